"""Loud aborts (W4): while a body is under way, its connection is set to end in a reset.

Rule 1: the socket is armed before the first byte of a body and disarmed after the last one, so that whatever
        ends the upload in between is loud: an error of the source, a timeout, Ctrl-C, the death of the process.
Rule 2: plain HTTP only. Under TLS the servers that take a cut body for a whole one do so after a reset too.
Rule 3: nothing here opens, reads or writes a socket; the client's own close does what the option says.
"""

from __future__ import annotations

import struct
import sys
from contextlib import suppress
from typing import Any, Literal, Protocol

from ._uploads import Upload

Abort = Literal["reset", "close"]
"""How the connection ends when an upload is cut short (W4)."""

_SHORTS = sys.platform == "win32"  # struct linger has two shorts there, and two ints elsewhere


def checked_abort(abort: object) -> Abort:
    """Give ``abort`` back, or raise ``ValueError``."""
    if abort in ("reset", "close"):
        return abort
    raise ValueError(f"abort must be 'reset' or 'close', not {abort!r}")


class Socket(Protocol):
    """What is needed of a socket, which asyncio's ``TransportSocket`` has too."""

    def setsockopt(self, level: int, option: int, value: bytes, /) -> object:
        """Set an option."""
        ...


class AbortGuard:
    """Makes one connection end in a reset for as long as a body is under way; idempotent throughout.

    Example:
        >>> from socket import AF_INET, SO_LINGER, SOCK_STREAM, SOL_SOCKET, socket
        >>> with socket(AF_INET, SOCK_STREAM) as connection:
        ...     guard = AbortGuard()
        ...     guard.arm()  # the body begins, and a connection is opened for it
        ...     guard.attach(connection)
        ...     armed = connection.getsockopt(SOL_SOCKET, SO_LINGER)
        ...     guard.disarm()  # the body was sent
        >>> armed
        1
    """

    def __init__(self) -> None:
        self._socket: Socket | None = None
        self._armed = False

    def attach(self, socket: Socket | None) -> None:
        """Take the socket of a connection that was opened just now; None for one that needs no guard."""
        self._socket = socket
        if self._armed:
            self._set(on=True)

    def arm(self) -> None:
        """A body begins."""
        if not self._armed:
            self._armed = True
            self._set(on=True)

    def disarm(self) -> None:
        """A body was sent, or another kind of request begins."""
        if self._armed:
            self._armed = False
            self._set(on=False)

    def leave(self) -> None:
        """A body was cut short: forget the socket as it is."""
        self._socket, self._armed = None, False

    def _set(self, *, on: bool) -> None:
        if self._socket is None:
            return
        from socket import SO_LINGER, SOL_SOCKET  # not at the top: the core imports no socket

        with suppress(OSError):  # closed already, or no TCP
            self._socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("hh" if _SHORTS else "ii", on, 0))


class GuardedConnection:
    """Beside an `http.client.HTTPConnection`, one of urllib3 for instance: guards each `Upload` that it sends.

    Example:
        >>> from http.client import HTTPConnection
        >>> class Connection(GuardedConnection, HTTPConnection):
        ...     pass
    """

    sock: Any
    """The socket that the client has opened, or None."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = AbortGuard()

    def connect(self) -> None:
        """Open the connection, as the client does."""
        super().connect()  # type: ignore[misc]  # of the class beside
        self._guard.attach(self.sock)

    def request(self, method: str, url: str, body: Any = None, *args: Any, **kwargs: Any) -> None:
        """Send a request, as the client does.

        Raises:
            BrokenPipeError: The peer has reset the connection while an upload was under way. urllib3 looks for
                an early answer then, and only then (W5): it takes ``ConnectionResetError`` for the end.
        """
        if isinstance(body, Upload) and body.reset_on_abort:
            self._guard.arm()
        sent = body.pieces() if isinstance(body, Upload) else body
        try:
            super().request(method, url, sent, *args, **kwargs)  # type: ignore[misc]  # of the class beside
        except ConnectionResetError as error:
            if isinstance(body, Upload):  # whose source raises a BodySourceError instead
                raise BrokenPipeError(*error.args) from error
            raise
        self._guard.disarm()
