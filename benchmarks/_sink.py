"""A loopback server that takes any upload at next to no cost: `Sink`, or ``python -m benchmarks._sink``.

It has a process of its own, a thread for each connection, and drops a body inside the kernel (``MSG_TRUNC``,
Linux), so that what is measured is the client. It answers 200 with the number of body bytes it has seen.
The process prints its port and ends when its standard input does, so that none is left behind.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType

_ROOT = Path(__file__).parent.parent
_LINE_BYTES = 8 * 1024  # read at once where lines are looked for: what is read beyond a line is copied
_DROP_BYTES = 1024 * 1024
_DROP = socket.MSG_TRUNC if sys.platform == "linux" else 0  # elsewhere the flag means something else


class _Gone(Exception):
    """The client has closed the connection."""


class _Input:
    """Lines to read and bodies to drop, of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = b""
        self._at = 0
        self._space = bytearray(_DROP_BYTES)

    def line(self) -> bytes:
        """Read a line, without its end."""
        while (end := self._data.find(b"\r\n", self._at)) < 0:
            more = self._connection.recv(_LINE_BYTES)
            if not more:
                raise _Gone
            self._data, self._at = self._data[self._at :] + more, 0
        line, self._at = self._data[self._at : end], end + 2
        return line

    def drop(self, count: int) -> None:
        """Take bytes off the connection."""
        left = count - (len(self._data) - self._at)
        if left <= 0:
            self._at += count
            return
        self._data, self._at = b"", 0
        while left:
            dropped = self._connection.recv_into(self._space, min(left, _DROP_BYTES), _DROP)
            if not dropped:
                raise _Gone
            left -= dropped


def _take_request(stream: _Input) -> int:
    """Read a request to its end and give the length of its body."""
    headers: dict[bytes, bytes] = {}
    stream.line()
    while line := stream.line():
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return _drop_chunked(stream)
    length = int(headers.get(b"content-length", b"0"))
    stream.drop(length)
    return length


def _drop_chunked(stream: _Input) -> int:
    length = 0
    while size := int(stream.line().partition(b";")[0], 16):
        stream.drop(size + 2)
        length += size
    while stream.line():
        pass  # trailers
    return length


def _converse(connection: socket.socket) -> None:
    stream = _Input(connection)
    with connection, suppress(_Gone, ConnectionError):
        while True:
            count = b"%d" % _take_request(stream)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(count), count))


def _serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        Thread(target=_converse, args=(connection,), daemon=True).start()


def pin(cpu: int | None) -> None:
    """Keep this process on one CPU: two that exchange data through two caches swing by a factor of five."""
    if cpu is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {cpu})


def shared_cpu() -> int | None:
    """Choose the CPU for client and sink; None where processes cannot be pinned."""
    return max(os.sched_getaffinity(0)) if sys.platform == "linux" else None


class Sink:
    """The server in its own process, for the time of a ``with`` block.

    Args:
        cpu: The CPU that it is pinned to.
    """

    url: str
    """Where it listens, with a final slash."""

    def __init__(self, cpu: int | None = None) -> None:
        self._command = [sys.executable, "-m", "benchmarks._sink", *([] if cpu is None else [str(cpu)])]

    def __enter__(self) -> Sink:
        self._process = subprocess.Popen(
            self._command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}/"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # closes its standard input


def main() -> None:
    """Listen, print the port, and serve until standard input ends."""
    pin(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=_serve, args=(listener,), daemon=True).start()
        print(listener.getsockname()[1], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
