"""A session over one bare socket: the control of the oracle, and what the flaws of `flaws` are made of.

It knows as much of HTTP as the recording server needs.
"""

from __future__ import annotations

import socket
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from basestream import SizedStream
from basestream.testing import Reply

from .asks import Scheme
from .oracle import Client


class RawCaller:
    """An honest session.

    Args:
        base_url: Where references begin.
        scheme: What its credentials are for.
    """

    def __init__(self, base_url: str, scheme: Scheme) -> None:
        self.base = base_url + "/"
        self.scheme: Scheme = scheme
        self.socket: socket.socket | None = None

    def request(self, method: str, url: Any, *, timeout: float, body: SizedStream | None = None) -> Reply:
        """Send a request, follow its redirects, and answer a challenge."""
        target, credentials = urljoin(self.base, url), ""
        while True:
            reply = self.exchange(method, target, credentials, body, timeout)
            location = _field(reply.native, "location")
            if reply.status == 401 and self.scheme == "basic" and not credentials:
                credentials = "Authorization: Basic bWU6c2VjcmV0\r\n"
            elif location is None or not 300 <= reply.status < 400:
                return reply
            else:
                target = urljoin(target, location)
                method, body = ("GET", None) if reply.status == 303 else (method, body)

    def end(self) -> None:
        """The session is over."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def exchange(
        self, method: str, target: str, credentials: str, body: SizedStream | None, timeout: float
    ) -> Reply:
        """Send one request and read its answer; after an error the connection is closed."""
        try:
            return self.send(method, target, credentials, body, timeout)
        except BaseException:
            self.failed()
            raise

    def failed(self) -> None:
        """An exchange has ended in an error."""
        self.close()

    def send(
        self, method: str, target: str, credentials: str, body: SizedStream | None, timeout: float
    ) -> Reply:
        """Send one request on the connection that is open, or on a new one."""
        parts = urlsplit(target)
        length = "" if body is None else f"Content-Length: {self.length(body)}\r\n"
        blocks: Iterator[bytes] = iter(() if body is None else self.blocks(body))
        first = next(blocks, b"")
        head = f"{method} {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\n{length}{credentials}\r\n"
        sock = self._connected(parts.port or 80, timeout)
        sock.sendall(head.encode("latin-1") + first)
        for block in blocks:
            sock.sendall(block)
        return self._reply(sock)

    def length(self, body: SizedStream) -> int:
        """What is declared."""
        return body.size

    def blocks(self, body: SizedStream) -> Iterable[bytes]:
        """What is sent."""
        return body

    def _connected(self, port: int, timeout: float) -> socket.socket:
        if self.socket is not None and _has_ended(self.socket):
            self.close()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(timeout)
        return self.socket

    def _reply(self, sock: socket.socket) -> Reply:
        received = b""
        while b"\r\n\r\n" not in received:
            received += _receive(sock)
        head, _, body = received.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        size = int(_field(text, "content-length") or 0)
        while len(body) < size:
            body += _receive(sock)
        if _field(text, "connection") == "close":
            self.close()
        return Reply(int(text.split(" ")[1]), body, text)


class Raw:
    """A backend of such sessions.

    Args:
        caller: The class of a session.
    """

    asynchronous = False
    schemes: tuple[Scheme, ...] = ("none", "basic")
    client = Client(patient=False, errors=(OSError,), takes_cut_heads=False)

    def __init__(self, caller: type[RawCaller] = RawCaller) -> None:
        self._caller = caller
        self._callers: list[RawCaller] = []

    @contextmanager
    def session(self, base_url: str, scheme: Scheme) -> Generator[RawCaller, None, None]:
        """Open a session."""
        caller = self._caller(base_url, scheme)
        self._callers.append(caller)
        try:
            yield caller
        finally:
            caller.end()

    def close(self) -> None:
        """Close what a flaw has left open."""
        for caller in self._callers:
            caller.close()


def _receive(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise ConnectionError("the server has ended")
    return data


def _has_ended(sock: socket.socket) -> bool:
    """Tell whether there is something to read where nothing was asked: the end, or what is as bad."""
    sock.setblocking(False)
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _field(head: str, name: str) -> str | None:
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip()
    return None
