"""A loopback server that takes any upload at next to no cost: `Sink`, or ``python -m benchmarks._sink``.

It has a process of its own, a thread for each connection, and drops a body inside the kernel (``MSG_TRUNC``,
Linux), so that what is measured is the client; over TLS it has to decrypt, and only the client's CPU means
anything. It answers 200 with the number of body bytes it has seen. The process prints its ports and ends when its
standard input does, so that none is left behind.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import TracebackType
from typing import NamedTuple

_ROOT = Path(__file__).parent.parent
_LINE_BYTES = 8 * 1024  # read at once where lines are looked for: what is read beyond a line is copied
_DROP_BYTES = 1024 * 1024
_DROP = socket.MSG_TRUNC if sys.platform == "linux" else 0  # elsewhere the flag means something else


class Target(NamedTuple):
    """Where to upload to."""

    url: str
    """With a final slash."""
    cafile: str | None = None
    """What to trust, where it is https."""


class _Gone(Exception):
    """The client has closed the connection."""


class _Input:
    """Lines to read and bodies to drop, of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = b""
        self._at = 0
        self._space = bytearray(_DROP_BYTES)
        self._flags = 0 if isinstance(connection, ssl.SSLSocket) else _DROP

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
            dropped = self._connection.recv_into(self._space, min(left, _DROP_BYTES), self._flags)
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


def _accept(connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    with suppress(ConnectionError, ssl.SSLError):
        _converse(tls.wrap_socket(connection, server_side=True) if tls else connection)


def _serve(listener: socket.socket, tls: ssl.SSLContext | None) -> None:
    while True:
        connection, _ = listener.accept()
        Thread(target=_accept, args=(connection, tls), daemon=True).start()


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
        tls: Whether it listens for https too.
    """

    def __init__(self, cpu: int | None = None, *, tls: bool = False) -> None:
        self._cpu = "" if cpu is None else str(cpu)
        self._folder = TemporaryDirectory(prefix="basestream-sink-")
        self._certificate = _certificate(Path(self._folder.name)) if tls else None

    def __enter__(self) -> Sink:
        command = [sys.executable, "-m", "benchmarks._sink", self._cpu, *(self._certificate or ())[1:]]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        ports = self._process.stdout.readline().split()
        self.url = f"http://127.0.0.1:{int(ports[0])}/"
        self.targets = {False: Target(self.url)}
        """Where to upload to, with TLS and without."""
        if self._certificate:
            self.targets[True] = Target(f"https://127.0.0.1:{int(ports[1])}/", self._certificate[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # closes its standard input
        self._folder.cleanup()


def _certificate(folder: Path) -> tuple[str, str]:
    """Write what a client trusts, and the chain with its key that the server shows."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    return str(folder / "ca.pem"), str(folder / "server.pem")


def main() -> None:
    """Listen, print the ports, and serve until standard input ends."""
    _, cpu, *certificates = sys.argv
    pin(int(cpu) if cpu else None)
    contexts: list[ssl.SSLContext | None] = [None]
    for certificate in certificates:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        contexts.append(context)
    ports: list[int] = []
    for tls in contexts:
        listener = socket.create_server(("127.0.0.1", 0))
        ports.append(listener.getsockname()[1])
        Thread(target=_serve, args=(listener, tls), daemon=True).start()
    print(*ports, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
