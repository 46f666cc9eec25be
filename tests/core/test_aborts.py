"""W4, W5: the guard of a connection, and the mixin for clients that are built on ``http.client``."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from basestream import BodyTooShort, SizedStream
from basestream._aborts import checked_abort
from basestream.backend import AbortGuard, GuardedConnection, Limits, Transport, Upload
from basestream.testing import RecordingServer


def lingers(connection: socket.socket) -> bool:
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER) == 1


@pytest.fixture
def connection() -> Iterator[socket.socket]:
    with socket.socket() as connection:
        yield connection


def test_a_connection_is_armed_for_a_body_only(connection: socket.socket) -> None:
    """W4: whether it is opened before the body begins or after."""
    guard = AbortGuard()
    guard.attach(connection)
    seen = [lingers(connection)]
    for step in (guard.arm, guard.arm, guard.disarm, guard.disarm):
        step()
        seen.append(lingers(connection))
    guard.arm()
    with socket.socket() as later:
        guard.attach(later)
        seen.append(lingers(later))

    assert [False, True, True, False, False, True] == seen


def test_a_connection_is_armed_again_for_the_next_body(connection: socket.socket) -> None:
    """W4: a connection that carries a second upload is guarded as for the first."""
    guard = AbortGuard()
    guard.attach(connection)
    seen: list[bool] = []
    for step in (guard.arm, guard.disarm, guard.arm):
        step()
        seen.append(lingers(connection))

    assert [True, False, True] == seen


def test_a_connection_opened_after_a_body_is_not_armed(connection: socket.socket) -> None:
    """W4: once the body was sent, what is opened is closed as usual."""
    guard = AbortGuard()
    guard.arm()
    guard.disarm()
    guard.attach(connection)

    assert not lingers(connection)


@pytest.mark.parametrize("abort", ["reset", "close"])
def test_the_two_ways_to_abort(abort: str) -> None:
    """W4: both words are given back."""
    assert checked_abort(abort) == abort


@pytest.mark.parametrize("abort", ["Reset", "", None, True])
def test_there_is_no_third_way_to_abort(abort: object) -> None:
    """W4: anything else is an error that names the two."""
    with pytest.raises(ValueError, match="abort must be 'reset' or 'close', not "):
        checked_abort(abort)


def test_a_connection_that_is_left_stays_as_it_is(connection: socket.socket) -> None:
    """W4: what follows on the guard does not touch it."""
    guard = AbortGuard()
    guard.attach(connection)
    guard.arm()
    guard.leave()
    guard.disarm()
    guard.attach(None)
    guard.arm()

    assert lingers(connection)


def test_the_connection_after_one_that_is_left(connection: socket.socket) -> None:
    """W4: no body is under way on it yet, and it is closed as usual."""
    guard = AbortGuard()
    guard.arm()
    guard.leave()
    guard.attach(connection)

    assert not lingers(connection)


def test_a_socket_that_is_closed_needs_no_guard() -> None:
    """W4: an error of its would hide the one that is told."""
    connection = socket.socket()
    connection.close()
    guard = AbortGuard()
    guard.attach(connection)
    guard.arm()
    guard.disarm()


class Connection(GuardedConnection, HTTPConnection):
    """The standard library's connection, guarded."""


def test_a_guarded_connection_takes_the_arguments_of_its_client() -> None:
    """W4: by position and by keyword."""
    connection = Connection("h", 8080, timeout=5)

    assert (connection.host, connection.port, connection.timeout) == ("h", 8080, 5)


def test_a_guarded_connection_sends_what_it_is_given(server: RecordingServer) -> None:
    """W4: target, body and fields, by position and by keyword."""
    connection = Connection(server.host, server.port)
    connection.request("PUT", "/x", b"one", {"X-Own": "1"})
    connection.getresponse().read()
    connection.request("PUT", "/y", body=b"two", headers={"X-Own": "2"})
    connection.getresponse().read()
    connection.close()

    server.wait_closed()
    seen = [(exchange.target, exchange.body, exchange.header("x-own")) for exchange in server.exchanges]
    assert [("/x", b"one", ["1"]), ("/y", b"two", ["2"])] == seen


def upload(size: int, **options: Any) -> Upload:
    return Upload(SizedStream(size, [b"x" * 200_000]), Transport(), **options)


@pytest.mark.parametrize("options", [{}, {"reset_on_abort": False}])
def test_a_guarded_connection(server: RecordingServer, options: dict[str, bool]) -> None:
    """W4: reset in the middle of a body, unless that is switched off; and polite after one that was sent."""
    one, other = (Connection(server.host, server.port) for _ in range(2))
    one.request("PUT", "/x", upload(200_000, **options), {"Content-Length": "200000"})
    one.getresponse().read()
    with pytest.raises(BodyTooShort):
        other.request("PUT", "/x", upload(300_000, **options), {"Content-Length": "300000"})
    one.close()
    other.close()

    server.wait_closed()
    assert ["fin", "fin" if options else "reset"] == [connection.ended for connection in server.connections]


def test_a_guarded_connection_takes_views(server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S5: it hands them to its socket, so that nothing of a long chunk is copied on the way."""
    sent: list[Any] = []
    connection = Connection(server.host, server.port)
    connection.connect()
    monkeypatch.setattr(connection, "send", sent.append)
    data = b"x" * 600_000
    body = Upload(SizedStream(len(data), data), Transport(Limits(views=True)))
    connection.request("PUT", "/x", body, {"Content-Length": "600000"})
    connection.close()

    assert [data] * 3 == [piece.obj for piece in sent[1:]]  # the first is the head


def test_a_connection_that_is_used_again_is_not_armed_any_more(server: RecordingServer) -> None:
    """W4: a request without an upload disarms what an upload has left armed."""
    connection = Connection(server.host, server.port)
    with pytest.raises(BodyTooShort):
        connection.request("PUT", "/x", upload(300_000), {"Content-Length": "300000"})
    connection.close()
    connection.request("GET", "/y")
    connection.getresponse().read()
    connection.close()

    server.wait_closed()
    assert ["reset", "fin"] == [connection.ended for connection in server.connections]


class Broken:
    """A client whose peer has reset the connection."""

    sock = None

    def request(self, *args: object) -> None:
        """Fail as a socket does."""
        raise ConnectionResetError(errno.ECONNRESET, "by peer")


class BrokenConnection(GuardedConnection, Broken):  # type: ignore[misc]  # its sock is never one
    """The same, guarded."""


def test_a_reset_by_the_peer_looks_like_a_broken_pipe() -> None:
    """W5: so that urllib3 reads the answer that may have come before; for uploads alone."""
    with pytest.raises(BrokenPipeError) as caught:
        BrokenConnection().request("PUT", "/x", upload(200_000))
    with pytest.raises(ConnectionResetError):
        BrokenConnection().request("PUT", "/x", b"bytes")

    assert (errno.ECONNRESET, "by peer") == caught.value.args
    assert isinstance(caught.value.__cause__, ConnectionResetError)
