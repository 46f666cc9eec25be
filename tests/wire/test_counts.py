"""What an upload costs, by counting: sends, calls of the source, copies (S5). No clock is involved."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from basestream import SizedStream
from basestream.testing import RecordingServer
from drivers import Driver

KIB = 1024
MIB = 1024 * KIB
SIZE = 8 * MIB + 1


class Sent(NamedTuple):
    """One call of a socket's."""

    length: int
    identity: int


class CountingSocket(socket.socket):
    """A socket as Python makes it for every client, that notes what it was asked to send."""

    sent: list[tuple[int, Sent]]

    def send(self, data: Any, flags: int = 0, /) -> int:
        self._note(data)
        return super().send(data, flags)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        self._note(data)
        super().sendall(data, flags)

    def _note(self, data: Any) -> None:
        whole: Any = getattr(data, "obj", data)  # httpx2 sends views
        self.sent.append((self.getpeername()[1], Sent(len(data), id(whole))))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Sent]]:
    """What every socket in the process is asked to send, with the port that it goes to."""
    monkeypatch.setattr(CountingSocket, "sent", [], raising=False)
    monkeypatch.setattr(socket, "socket", CountingSocket)
    return CountingSocket.sent


def upload(driver: Driver, server: RecordingServer, stream: SizedStream) -> None:
    with driver.session(server.url) as api:
        api.put("x", stream)
    assert server.exchanges[0].size == stream.size


def to(server: RecordingServer, sent: list[tuple[int, Sent]]) -> list[Sent]:
    return [what for port, what in sent if port == server.port]


def chunks(length: int) -> Iterator[bytes]:
    whole, rest = divmod(SIZE, length)
    yield from [b"x" * length] * whole
    yield b"x" * rest


@pytest.mark.parametrize("length", [100, 1000, 65_536, 1024 * KIB, SIZE])
def test_blocks(driver: Driver, server: RecordingServer, length: int) -> None:
    """S5: tiny chunks are joined, huge ones are split: neither the system calls nor the buffers explode."""
    seen: list[int] = []
    upload(
        driver, server, SizedStream(SIZE, chunks(length), on_progress=lambda done, size: seen.append(done))
    )

    blocks = [after - before for before, after in pairwise(seen)]
    assert SIZE == sum(blocks)
    assert len(blocks) <= -(-SIZE // (64 * KIB)) + 2
    assert max(blocks) <= 256 * KIB


@pytest.mark.parametrize("length", [100, 1000, 32 * KIB - 1])
def test_sends(driver: Driver, server: RecordingServer, sent: list[tuple[int, Sent]], length: int) -> None:
    """S5: chunks below 32 KiB leave in blocks of 256 KiB, each in one call."""
    upload(driver, server, SizedStream(SIZE, chunks(length)))

    calls = to(server, sent)
    assert max(call.length for call in calls) <= 256 * KIB
    if driver.client in ("requests", "urllib3"):  # httpx sends what a full socket has left over by itself
        assert len(calls) <= -(-SIZE // (256 * KIB - length)) + 8


def test_no_copy(driver: Driver, server: RecordingServer, sent: list[tuple[int, Sent]]) -> None:
    """S5: a chunk that is a good block reaches the socket as the object that it is."""
    chunk = b"x" * (128 * KIB)
    upload(driver, server, SizedStream(40 * len(chunk), iter([chunk] * 40)))

    assert sum(call.identity == id(chunk) for call in to(server, sent)) == 40


def test_pieces_of_a_huge_chunk(
    driver: Driver, server: RecordingServer, sent: list[tuple[int, Sent]]
) -> None:
    """S5: a chunk above 256 KiB is sent in pieces; they are views of it where the client hands them to its socket."""
    chunk = b"x" * MIB
    upload(driver, server, SizedStream(4 * MIB, iter([chunk] * 4)))

    calls = to(server, sent)
    assert max(call.length for call in calls) <= 256 * KIB
    views = sum(call.identity == id(chunk) for call in calls)
    assert views == (16 if driver.client in ("requests", "urllib3") else 0)


class CountedFile(io.BytesIO):
    """A file that counts how often it is read."""

    reads = 0

    def read(self, count: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(count)


def test_reads_of_a_file(driver: Driver, server: RecordingServer) -> None:
    """S5: a file is read in blocks of 256 KiB after the first one, and never again after its end."""
    file = CountedFile(bytes(SIZE))
    upload(driver, server, SizedStream(SIZE, file))

    assert file.reads <= -(-SIZE // (256 * KIB)) + 1


@pytest.mark.parametrize("length", [100, 64 * KIB, MIB])
def test_pulls_of_a_generator(driver: Driver, server: RecordingServer, length: int) -> None:
    """S3: a source is asked once for each chunk, and once more for its end."""
    pulls = 0

    class Counted:
        def __iter__(self) -> Iterator[bytes]:
            return self

        def __next__(self) -> bytes:
            nonlocal pulls
            pulls += 1
            return next(given)

    given = chunks(length)
    upload(driver, server, SizedStream(SIZE, Counted()))

    assert pulls == SIZE // length + 2
