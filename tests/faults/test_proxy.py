"""The proxy does what a script says, at the byte that it names; seen by bare sockets on both sides."""

from __future__ import annotations

import socket
from collections.abc import Generator

import pytest

from faults.proxy import Proxy
from faults.scripts import Player, Step, Way

DATA = bytes(range(200)) * 5
WAYS: list[Way] = ["request", "response"]


class Ends:
    """A connection through the proxy: who asks, and who answers."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server = server

    def of(self, way: Way) -> tuple[socket.socket, socket.socket]:
        """Give who sends and who receives in a direction."""
        return (self.client, self.server) if way == "request" else (self.server, self.client)


@pytest.fixture
def ends() -> Generator[Ends, None, None]:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Proxy(*listener.getsockname()) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port)) as client,
    ):
        server, _ = listener.accept()
        with server:
            for sock in (client, server):
                sock.settimeout(10)
            yield Ends(proxy, client, server)


def received(sock: socket.socket) -> bytes | type[Exception]:
    """Read to the end; a reset is told by its class, after what came before it."""
    data = b""
    try:
        while block := sock.recv(65536):
            data += block
    except ConnectionResetError as error:
        return data or type(error)
    return data


@pytest.mark.parametrize("way", WAYS)
def test_without_a_script_everything_passes_and_both_ends_end(ends: Ends, way: Way) -> None:
    """What one side sends and how it ends is what the other one sees."""
    sender, receiver = ends.of(way)
    sender.sendall(DATA)
    sender.shutdown(socket.SHUT_WR)
    assert DATA == received(receiver)

    receiver.sendall(b"back")
    receiver.close()
    assert b"back" == received(sender)
    ends.proxy.settle()
    assert 0 == ends.proxy.open_links()
    [seen] = ends.proxy.take()
    assert (DATA if way == "request" else b"back") == seen.sent
    assert not seen.changed


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at", [0, 1, 500, len(DATA)])
def test_a_reset_comes_after_the_byte_that_the_script_names(ends: Ends, way: Way, at: int) -> None:
    """Both sides get RST; what was passed on before is not always readable after it, but never more."""
    sender, receiver = ends.of(way)
    with ends.proxy.playing((Step(way, at, "reset"),)) as player:
        sender.sendall(DATA)
        got = received(receiver)
        assert got in (ConnectionResetError, DATA[:at])
        with pytest.raises(ConnectionError):
            assert sender.recv(1)
    assert {"reset": 1} == player.played


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at", [0, 500, len(DATA)])
def test_a_half_close_ends_one_direction(ends: Ends, way: Way, at: int) -> None:
    """The receiver sees an ordinary end after so many bytes, and can still answer."""
    sender, receiver = ends.of(way)
    with ends.proxy.playing((Step(way, at, "half-close"),)):
        sender.sendall(DATA)
        assert DATA[:at] == received(receiver)
        receiver.sendall(b"back")
        assert b"back" == sender.recv(10)
    ends.proxy.settle()
    [seen] = ends.proxy.take()
    assert seen.ended_early == (way == "response")
    assert 1 == ends.proxy.open_links()  # it is for the two ends to close


@pytest.mark.parametrize("way", WAYS)
def test_a_flip_changes_one_byte(ends: Ends, way: Way) -> None:
    """The byte at the place named, and no other; the connection is reset when the script is over."""
    sender, receiver = ends.of(way)
    with ends.proxy.playing((Step(way, 7, "flip", 0xFF),)):
        sender.sendall(DATA)
        sender.shutdown(socket.SHUT_WR)
        assert DATA[:7] + bytes([DATA[7] ^ 0xFF]) + DATA[8:] == received(receiver)
    assert received(sender) is ConnectionResetError
    [seen] = ends.proxy.take()
    assert {way} == seen.changed
    assert (DATA if way == "request" else b"") == seen.sent  # as it was sent, not as it was passed on


@pytest.mark.parametrize("way", WAYS)
def test_a_replacement_takes_bytes_out_and_puts_others_in(ends: Ends, way: Way) -> None:
    """At the place named."""
    sender, receiver = ends.of(way)
    with ends.proxy.playing((Step(way, 7, "replace", 3, b"other"),)):
        sender.sendall(DATA)
        sender.shutdown(socket.SHUT_WR)
        assert DATA[:7] + b"other" + DATA[10:] == received(receiver)


@pytest.mark.parametrize("places", [(10,), (10, 11)])
@pytest.mark.parametrize("way", WAYS)
def test_a_stall_lasts_until_the_script_is_over(ends: Ends, way: Way, places: tuple[int, ...]) -> None:
    """What follows the place named arrives too late, but it does; a stall behind it has had no time to begin."""
    sender, receiver = ends.of(way)
    with ends.proxy.playing(tuple(Step(way, at, "stall") for at in places)):
        sender.sendall(DATA)
        assert DATA[:10] == receiver.recv(65536)
        ends.proxy.settle()
        receiver.setblocking(False)
        with pytest.raises(BlockingIOError):
            receiver.recv(1)
        receiver.settimeout(10)
    sender.shutdown(socket.SHUT_WR)
    assert DATA[10:] == received(receiver)


@pytest.mark.parametrize("way", WAYS)
def test_pieces_and_pauses_lose_nothing(ends: Ends, way: Way) -> None:
    """Bytes come later and in other portions, and they are the same."""
    sender, receiver = ends.of(way)
    script = (Step(way, 3, "split", 7), Step(way, 9, "pause"), Step(way, 600, "split", 1))
    with ends.proxy.playing(script) as player:
        sender.sendall(DATA)
        sender.shutdown(socket.SHUT_WR)
        first = receiver.recv(65536)
        assert len(first) < len(DATA)
        rest = received(receiver)
        assert isinstance(rest, bytes)
        assert DATA == first + rest
    assert {"split": 2, "pause": 1} == player.played


@pytest.mark.parametrize("how", ["fin", "reset"])
def test_idle_connections_can_be_ended(ends: Ends, how: str) -> None:
    """As a server or a firewall does between two requests."""
    assert 1 == ends.proxy.end_all("fin" if how == "fin" else "reset")
    for sock in (ends.client, ends.server):
        assert received(sock) == (b"" if how == "fin" else ConnectionResetError)


@pytest.mark.parametrize("portion", [1, 7, 50])
def test_a_script_is_cut_alike_however_the_bytes_come(portion: int) -> None:
    """The places are those of the direction, and not of the portions in which it is read."""
    script = (Step("request", 0, "pause"), Step("request", 20, "flip", 1), Step("request", 33, "reset"))
    player = Player((*script, Step("response", 5, "stall")))
    parts: list[bytes | Step] = []
    for start in range(0, 50, portion):
        parts += player.cut("request", DATA[start : start + portion][: 50 - start])

    flat = [part if isinstance(part, Step) else bytes([byte]) for part in parts for byte in _bytes(part)]
    data = DATA[:20] + bytes([DATA[20] ^ 1]) + DATA[21:50]
    before = [bytes([byte]) for byte in data]
    assert [script[0], *before[:21], script[1], *before[21:33], script[2], *before[33:]] == flat


def _bytes(part: bytes | Step) -> bytes:
    return b"!" if isinstance(part, Step) else part
