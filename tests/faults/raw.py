"""A session of our own over one socket: honest, or with a flaw that the oracle has to find.

It knows as much of HTTP as the recording server needs. With no flaw it stands for the control.
"""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

from basestream import SizedStream
from basestream.testing import Reply

from .asks import Scheme
from .oracle import Client

Flaw: TypeAlias = Literal[
    "",
    "truncates",
    "pads",
    "sends the surplus",
    "leaves requests unfinished",
    "swaps answers",
    "hides errors of the source",
    "sends again what was sent",
    "refuses a right body",
    "repeats the first body",
    "forgets to close",
    "asks twice",
]
FLAWS: tuple[Flaw, ...] = (
    "truncates",
    "pads",
    "sends the surplus",
    "leaves requests unfinished",
    "swaps answers",
    "hides errors of the source",
    "sends again what was sent",
    "refuses a right body",
    "repeats the first body",
    "forgets to close",
    "asks twice",
)


class Raw:
    """A backend over sockets.

    Args:
        flaw: What is wrong with it.
    """

    asynchronous = False
    schemes: tuple[Scheme, ...] = ("none", "basic")
    client = Client(patient=False, errors=(OSError,), takes_cut_heads=False)

    def __init__(self, flaw: Flaw = "") -> None:
        self.flaw: Flaw = flaw
        self._callers: list[RawCaller] = []

    @contextmanager
    def session(self, base_url: str, scheme: Scheme) -> Generator[RawCaller, None, None]:
        """Open a session; it answers Basic challenges, and takes a Digest one for an answer."""
        caller = RawCaller(base_url, self.flaw, scheme)
        self._callers.append(caller)
        try:
            yield caller
        finally:
            if self.flaw != "forgets to close":
                caller.close()

    def close(self) -> None:
        """Close what a flaw has left open."""
        for caller in self._callers:
            caller.close()


class RawCaller:
    """A session.

    Args:
        base_url: Where references begin.
        flaw: What is wrong with it.
        scheme: What its credentials are for.
    """

    def __init__(self, base_url: str, flaw: Flaw, scheme: Scheme) -> None:
        self._base = base_url + "/"
        self._flaw: Flaw = flaw
        self._scheme: Scheme = scheme
        self._socket: socket.socket | None = None
        self._last: Reply | None = None
        self._first_body: bytes | None = None

    def request(self, method: str, url: Any, *, timeout: float, body: SizedStream | None = None) -> Reply:
        """Send a request and follow its redirects."""
        target = urljoin(self._base, url)
        data = b"" if body is None else self._whole(body)
        headers = ""
        for _ in range(5):
            reply = self._exchange(method, target, data, headers, timeout)
            location = _field(reply.native, "location")
            if reply.status == 401 and self._scheme == "basic" and not headers:
                headers = "Authorization: Basic bWU6c2VjcmV0\r\n"
            elif location is None or not 300 <= reply.status < 400:
                break
            else:
                target = urljoin(target, location)
                method, data = ("GET", b"") if reply.status == 303 else (method, data)
        if self._flaw == "swaps answers" and self._last is not None:
            reply, self._last = self._last, reply
        else:
            self._last = reply
        return reply

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _whole(self, body: SizedStream) -> bytes:
        """Read a body, as it is or as the flaw would have it."""
        blocks: list[bytes] = []
        if self._flaw == "refuses a right body" and body.size > 1000:
            raise ValueError("too large")
        try:
            blocks += map(bytes, body)
        except Exception:
            data = b"".join(blocks)
            if self._flaw == "truncates":
                return data
            if self._flaw == "pads":
                return data.ljust(body.size, b"\0")
            if self._flaw == "sends the surplus":
                return data.ljust(body.size, b"\0") + b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
            if self._flaw == "hides errors of the source":
                return b""
            if self._flaw == "leaves requests unfinished" and self._socket is not None:
                self._socket.sendall(b"PUT /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
            raise
        data = b"".join(blocks)
        if self._flaw == "repeats the first body" and data:
            self._first_body = self._first_body or data
            return self._first_body
        return data

    def _exchange(self, method: str, target: str, data: bytes, headers: str, timeout: float) -> Reply:
        parts = urlsplit(target)
        length = f"Content-Length: {len(data)}\r\n" if method == "PUT" else ""
        path = f"{parts.path}?{parts.query}"
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{length}{headers}\r\n".encode("latin-1")
        try:
            reply = self._send(parts.port or 80, head + data, timeout)
            if self._flaw in ("sends again what was sent", "asks twice"):
                if self._flaw == "asks twice" and self._socket is not None:
                    head = head.replace(b"?", b"?again=1&", 1)
                with suppress(OSError):
                    self._send(parts.port or 80, head + data, timeout)
        except BaseException:
            self.close()
            raise
        return reply

    def _send(self, port: int, data: bytes, timeout: float) -> Reply:
        if self._socket is not None and self._has_ended(self._socket):
            self.close()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.settimeout(timeout)
        self._socket.sendall(data)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, body = received.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        size = int(_field(text, "content-length") or 0)
        while len(body) < size:
            body += self._receive()
        if _field(text, "connection") == "close":
            self.close()
        try:
            return Reply(int(text.split(" ")[1]), body[:size], text)
        except (IndexError, ValueError) as error:
            raise OSError("not HTTP") from error

    def _receive(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server has ended")
        return data

    @staticmethod
    def _has_ended(sock: socket.socket) -> bool:
        sock.setblocking(False)
        try:
            sock.recv(1)  # a byte that nobody asked for is as bad as the end
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            sock.setblocking(True)
        return True


def _field(head: str, name: str) -> str | None:
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip()
    return None
