"""What a recording server saw: the public records, and the ledger they are copied from.

This module does not know about sockets, about HTTP syntax or about behaviours.

Rule 1: a public record never changes; asking the server again gives a newer one.
Rule 2: everything mutable here is touched only under the one condition of its ledger, and each change
        announces itself there, so that a test can wait for a state instead of sleeping until it is likely.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Generator

Framing = Literal["none", "content-length", "chunked", "both"]
Ended = Literal["open", "fin", "reset", "closed-by-server"]
Phase = Literal["idle", "busy", "lingering", "ended"]


@dataclass(frozen=True)
class Exchange:
    """One request as it came off the wire, and how it was answered.

    Args:
        method: The method; empty when no valid request line was found.
        target: The request-target exactly as on the wire, decoded as latin-1.
        version: ``"HTTP/1.1"`` or ``"HTTP/1.0"``; empty when no valid request line was found.
        headers: The fields in the order and case of the wire, decoded as latin-1.
        framing: Which framing headers the request carried.
        body: The body without its framing, at most the server's ``record_limit`` bytes of it.
        size: Bytes of body received, stored or not.
        sha256: Hex digest of the bytes that ``size`` counts.
        complete: Whether the whole request arrived.
        connection: The ``index`` of its connection.
        status: The status that was answered, ``None`` before an answer or without one.
        error: Why the request was refused or broke off; ``None`` for a good one, and for one that the
            server itself cut.

    Example:
        >>> from http.client import HTTPConnection
        >>> from basestream.testing import RecordingServer
        >>> with RecordingServer() as server:
        ...     client = HTTPConnection(server.host, server.port)
        ...     client.request("PUT", "/x", b"hello")
        ...     client.close()
        ...     server.wait_closed()
        >>> [exchange] = server.exchanges
        >>> exchange.method, exchange.framing, exchange.header("content-length")
        ('PUT', 'content-length', ['5'])
    """

    method: str
    target: str
    version: str
    headers: list[tuple[str, str]]
    framing: Framing
    body: bytes = field(repr=False)
    size: int
    sha256: str
    complete: bool
    connection: int
    status: int | None
    error: str | None

    def header(self, name: str) -> list[str]:
        """Give all values of a header field, in order.

        Args:
            name: The field's name in any case.
        """
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Connection:
    """One connection as the server saw it.

    Args:
        index: Its number in order of arrival; never reused, also not after ``RecordingServer.clear``.
        received: The raw bytes (after TLS, if any), at most ``record_limit`` of them.
        size: How many raw bytes were received, stored or not.
        exchanges: Its requests in order.
        ended: ``"open"``, or who ended it and how: the client by ``"fin"`` or ``"reset"``, or
            ``"closed-by-server"``.
        error: What the TLS layer or the socket said at the end, if anything.

    Example:
        >>> import socket
        >>> from basestream.testing import RecordingServer
        >>> with RecordingServer() as server:
        ...     with socket.create_connection((server.host, server.port)) as client:
        ...         client.sendall(b"GET / HT")
        ...     server.wait_closed()
        >>> [connection] = server.connections
        >>> connection.received, connection.ended, connection.exchanges[0].error
        (b'GET / HT', 'fin', 'the connection ended inside the request: fin')
    """

    index: int
    received: bytes = field(repr=False)
    size: int
    exchanges: list[Exchange]
    ended: Ended
    error: str | None


@contextmanager
def announced(changed: threading.Condition) -> Generator[None]:
    """Hold the condition for a change, then wake whoever waits for one."""
    with changed:
        yield
        changed.notify_all()


class Capped:
    """The first bytes of something long, and the count of all: memory stays flat."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.size = 0
        self._limit = limit

    def add(self, view: memoryview) -> None:
        self.size += len(view)
        room = self._limit - len(self.data)
        if room > 0:
            self.data += view[:room]


class Draft:
    """An exchange in the making. Only its connection's thread writes it."""

    def __init__(self, changed: threading.Condition, connection: int, limit: int) -> None:
        self._changed = changed
        self._connection = connection
        self._line = ("", "", "")
        self._headers: list[tuple[str, str]] = []
        self._framing: Framing = "none"
        self._body = Capped(limit)
        self._digest = hashlib.sha256()
        self._complete = False
        self._status: int | None = None
        self._error: str | None = None
        self._copy: Exchange | None = None

    @contextmanager
    def _change(self) -> Generator[None]:
        with announced(self._changed):
            self._copy = None
            yield

    def line(self, method: str, target: str, version: str) -> None:
        with self._change():
            self._line = (method, target, version)

    def fields(self, headers: list[tuple[str, str]], framing: Framing) -> None:
        with self._change():
            self._headers = headers
            self._framing = framing

    def add(self, view: memoryview) -> None:
        with self._change():
            self._body.add(view)
            self._digest.update(view)

    def finish(self) -> None:
        with self._change():
            self._complete = True

    def answered(self, status: int) -> None:
        with self._change():
            self._status = status

    def fail(self, reason: str) -> None:
        """Note why the request broke off; one that had arrived whole stays without an error."""
        with self._change():
            if not self._complete:
                self._error = reason

    def snapshot(self) -> Exchange:
        # The copy is kept until the next change: predicates in wait_for ask often, and a body may have 8 MiB.
        with self._changed:
            if self._copy is None:
                self._copy = self._compose()
            return self._copy

    def _compose(self) -> Exchange:
        method, target, version = self._line
        return Exchange(
            method=method,
            target=target,
            version=version,
            headers=list(self._headers),
            framing=self._framing,
            body=bytes(self._body.data),
            size=self._body.size,
            sha256=self._digest.hexdigest(),
            complete=self._complete,
            connection=self._connection,
            status=self._status,
            error=self._error,
        )


class Track:
    """A connection in the making. Only its own thread writes it."""

    def __init__(self, ledger: Ledger, index: int) -> None:
        self.index = index
        self.phase: Phase = "busy"  # accepted, and not yet known to be waiting for a request
        self._ledger = ledger
        self._drafts: list[Draft] = []
        self._received = Capped(ledger.record_limit)
        self._ended: Ended = "open"
        self._error: str | None = None
        self._copy: bytes | None = None

    def saw(self, view: memoryview) -> None:
        with announced(self._ledger.changed):
            self._received.add(view)
            self._copy = None

    def enter(self, phase: Phase) -> None:
        with announced(self._ledger.changed):
            self.phase = phase

    def begin(self) -> Draft:
        """Open an exchange: the first byte of a request has arrived."""
        with announced(self._ledger.changed):
            draft = Draft(self._ledger.changed, self.index, self._ledger.record_limit)
            self._drafts.append(draft)
            self._ledger.drafts.append(draft)
            return draft

    def drop(self, draft: Draft) -> None:
        """Take back an exchange that turned out to be no request at all."""
        with announced(self._ledger.changed):
            for drafts in (self._drafts, self._ledger.drafts):
                drafts[:] = [other for other in drafts if other is not draft]

    def end(self, ended: Ended, error: str | None) -> None:
        with announced(self._ledger.changed):
            self.phase = "ended"
            self._ended = ended
            self._error = error

    def clear(self) -> None:
        with announced(self._ledger.changed):
            self._drafts = []
            self._received = Capped(self._ledger.record_limit)
            self._copy = None

    def snapshot(self) -> Connection:
        with self._ledger.changed:
            if self._copy is None:
                self._copy = bytes(self._received.data)
            return Connection(
                index=self.index,
                received=self._copy,
                size=self._received.size,
                exchanges=[draft.snapshot() for draft in self._drafts],
                ended=self._ended,
                error=self._error,
            )


class Ledger:
    """All records of one server, under one condition."""

    def __init__(self, record_limit: int) -> None:
        self.changed = threading.Condition()
        self.record_limit = record_limit
        self.drafts: list[Draft] = []
        self.tracks: list[Track] = []
        self._next_index = 0

    def open_track(self) -> Track:
        with announced(self.changed):
            track = Track(self, self._next_index)
            self._next_index += 1
            self.tracks.append(track)
            return track

    def exchanges(self) -> list[Exchange]:
        with self.changed:
            return [draft.snapshot() for draft in self.drafts]

    def connections(self) -> list[Connection]:
        with self.changed:
            return [track.snapshot() for track in self.tracks]

    def clear(self) -> None:
        """Forget what has ended; a live connection stays listed, with empty records."""
        with announced(self.changed):
            self.drafts.clear()
            self.tracks = [track for track in self.tracks if track.phase != "ended"]
            for track in self.tracks:
                track.clear()
