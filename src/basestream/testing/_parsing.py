"""HTTP/1.1 requests off a wire: strict, total, and written without a look at any client.

This module does not know about behaviours, records or answers. Whatever the bytes are, it gives a request,
raises ``Malformed``, or lets ``Gone`` pass. Strict means: what RFC 9112 lets a server refuse is refused, so
that a client's slip shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

if TYPE_CHECKING:
    from ._records import Framing
    from ._wire import Wire

HEAD_LIMIT = 64 * 1024
_CHUNK_LINE_LIMIT = 4 * 1024

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110 section 5.6.2
# Bytes above 0x7f are against RFC 3986 and come from real clients: they are recorded, not refused.
_REQUEST_LINE = re.compile(rb"(%s) ([\x21-\x7e\x80-\xff]+) (HTTP/1\.[01])\r\n" % _TOKEN)
_FIELD_NAME = re.compile(_TOKEN)
_FIELD_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[\t\x20-\x7e\x80-\xff]*)?\r\n")  # RFC 9112 section 7.1

Headers = list[tuple[str, str]]


class Malformed(Exception):
    """The bytes are no valid request."""


@dataclass(frozen=True)
class Request:
    """A request's head."""

    method: str
    target: str
    version: str
    headers: Headers

    def header(self, name: str) -> list[str]:
        return _values(self.headers, name)

    @property
    def path(self) -> str:
        """The target's path as on the wire; of an absolute-form target too (RFC 9112 section 3.2.2)."""
        path = self.target.partition("?")[0]
        if not path.startswith("/") and "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]
        return path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, percent-decoded into latin-1: any bytes; a plus is a plus."""
        pairs = (pair.partition("=") for pair in self.target.partition("?")[2].split("&") if pair)
        return [(unquote(name, "latin-1"), unquote(value, "latin-1")) for name, _, value in pairs]

    @property
    def persistent(self) -> bool:
        """Whether a further request may follow on the connection (RFC 9112 sections 6.3 and 9.3)."""
        listed = ",".join(self.header("connection")).lower().split(",")
        closing = "close" in [option.strip() for option in listed]
        return self.version == "HTTP/1.1" and not closing and framing_of(self.headers) != "both"

    @property
    def expects_continue(self) -> bool:
        return self.version == "HTTP/1.1" and "100-continue" in map(str.lower, self.header("expect"))


def _values(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key.lower() == name]


def framing_of(headers: Headers) -> Framing:
    """Say which framing headers are there, whatever their values."""
    sized, coded = bool(_values(headers, "content-length")), bool(_values(headers, "transfer-encoding"))
    if sized and coded:
        return "both"
    if coded:
        return "chunked"
    return "content-length" if sized else "none"


def parse_request_line(line: bytes) -> tuple[str, str, str]:
    """Split a request line into method, target and version (RFC 9112 section 3)."""
    match = _REQUEST_LINE.fullmatch(line)
    if not match:
        raise Malformed(f"no valid request line: {line[:80]!r}")
    method, target, version = (part.decode("latin-1") for part in match.groups())
    return method, target, version


def read_fields(wire: Wire) -> Headers:
    """Read header or trailer fields up to the empty line (RFC 9112 section 5)."""
    headers: Headers = []
    left = HEAD_LIMIT
    while (line := wire.line(left)) != b"\r\n":
        left -= len(line)
        if left <= 0:
            raise Malformed(f"more than {HEAD_LIMIT} bytes of header fields")
        headers.append(_field(line))
    return headers


def _field(line: bytes) -> tuple[str, str]:
    # A fold or a space before the colon does not match as a name: both are to be refused (sections 5.1 and
    # 5.2).
    name, colon, rest = line.removesuffix(b"\r\n").partition(b":")
    value = rest.strip(b" \t")
    valid = _FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value)
    if not (valid and colon and line.endswith(b"\r\n")):
        raise Malformed(f"no valid header field: {line[:80]!r}")
    return name.decode("latin-1"), value.decode("latin-1")


class Body(Protocol):
    """A request's body, read piece by piece."""

    done: bool
    """Whether the whole body, its framing included, has been read."""

    def read(self, limit: int) -> memoryview:
        """Give between 1 and ``limit`` bytes of body, or none at its end."""
        ...


class SizedBody:
    """A body of known length, also the empty one of a request without framing."""

    def __init__(self, wire: Wire, size: int) -> None:
        self._wire = wire
        self._left = size
        self.done = size == 0

    def read(self, limit: int) -> memoryview:
        if self.done:
            return memoryview(b"")
        view = self._wire.take(min(limit, self._left))
        self._left -= len(view)
        self.done = self._left == 0
        return view


class ChunkedBody:
    """A chunked body, unchunked (RFC 9112 section 7.1). Extensions and trailers are checked and dropped."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._left = 0
        self._inside = False
        self.done = False

    def read(self, limit: int) -> memoryview:
        if not self.done and not self._left:
            self._next_chunk()
        if self.done:
            return memoryview(b"")
        view = self._wire.take(min(limit, self._left))
        self._left -= len(view)
        return view

    def _next_chunk(self) -> None:
        # A chunk's CRLF is read here and not after its data: reading a line may overwrite the view handed
        # out.
        if self._inside and self._wire.line(2) != b"\r\n":
            raise Malformed("a chunk is longer than its size says")
        line = self._wire.line(_CHUNK_LINE_LIMIT)
        match = _CHUNK_SIZE.fullmatch(line)
        if not match:
            raise Malformed(f"no valid chunk size: {line[:80]!r}")
        self._inside = True
        self._left = int(match[1], 16)
        if not self._left:
            read_fields(self._wire)
            self.done = True


def open_body(wire: Wire, request: Request) -> Body:
    """Decide how long the body is (RFC 9112 section 6.3) and check the head on the way."""
    # RFC 9112 section 3.2: a server MUST answer 400 to an HTTP/1.1 request without Host, or with two.
    if len(request.header("host")) != 1 and request.version == "HTTP/1.1":
        raise Malformed("not exactly one Host")
    codings, lengths = request.header("transfer-encoding"), request.header("content-length")
    if codings:
        if request.version != "HTTP/1.1" or [coding.lower() for coding in codings] != ["chunked"]:
            raise Malformed(f"a Transfer-Encoding that is not served: {codings!r}")
        return ChunkedBody(wire)
    if lengths and (len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0])):
        raise Malformed(f"no valid Content-Length: {lengths!r}")
    return SizedBody(wire, int(lengths[0]) if lengths else 0)
