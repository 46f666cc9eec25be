"""One accepted socket: bytes in, bytes out, and the ways to end it.

This module does not know about HTTP. It knows TCP and TLS, and turns every way in which a peer can go away
into ``Gone``.

Rule 1: only the connection's own thread reads, writes and closes; other threads may ``abort`` and ask
        ``readable``.
Rule 2: no byte is taken from the socket that was not asked for (a head is asked for in small blocks, its
        length being unknown): a server that stops reading has really stopped, and the client feels it.
"""

from __future__ import annotations

import os
import selectors
import socket
import ssl
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._records import Ended

BLOCK = 256 * 1024
HEAD_BLOCK = 8 * 1024
LINGER_BYTES = 64 * 1024 * 1024
LINGER_SECONDS = 2.0

# SO_LINGER on with zero seconds: close() discards and sends RST. Winsock's struct has two shorts
# (winsock2.h, LINGER).
_RST_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Gone(Exception):
    """The connection has ended.

    Args:
        how: Who ended it and how.
        reason: What the socket or the TLS layer said, if anything.
    """

    def __init__(self, how: Ended, reason: str | None = None) -> None:
        super().__init__(how, reason)
        self.how: Ended = how
        self.reason = reason


def _gone(error: OSError) -> Gone:
    # Linux reports EPIPE for a send after the peer's FIN, and ECONNRESET once for an RST that came without
    # one.
    if isinstance(
        error, (BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
    ):  # the last: up to 3.11.2
        return Gone("fin", str(error))
    if isinstance(error, ssl.SSLError):
        return Gone("closed-by-server", str(error))
    return Gone("reset", str(error))


class Wire:
    """A buffered, abortable view of one socket.

    Args:
        sock: An accepted, blocking socket; owned from now on.
        saw: Called with every block received, before anybody parses it.
    """

    def __init__(self, sock: socket.socket, saw: Callable[[memoryview], None]) -> None:
        self._sock = sock
        self._saw = saw
        self._lock = threading.Lock()
        self._aborted = False
        self._closed = False
        self._buffer = bytearray(BLOCK)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        with suppress(OSError):  # some systems refuse options of a socket that its peer has reset
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def secure(self, tls: ssl.SSLContext) -> None:
        """Do the server's part of a TLS handshake."""
        try:
            wrapped = tls.wrap_socket(self._sock, server_side=True, do_handshake_on_connect=False)
            with self._lock:
                self._sock = wrapped
            self._check_aborted()
            wrapped.do_handshake()
        except OSError as error:
            self._check_aborted()
            raise _gone(error) from error

    @property
    def pending(self) -> bool:
        """Whether bytes wait in the buffer."""
        return self._start < self._end

    def park(self) -> None:
        """Wait for the next byte and leave it where it is.

        Whoever asks ``readable`` meanwhile gets the truth: consuming comes after the caller has noted that
        it is busy. The base class's ``recv`` is used because an SSLSocket refuses flags, and here the
        ciphertext is what counts.
        """
        try:
            socket.socket.recv(self._sock, 1, socket.MSG_PEEK)
        except OSError as error:
            self._check_aborted()
            raise _gone(error) from error

    def readable(self) -> bool:
        """Whether the kernel holds something unread, the end included. For other threads."""
        with self._lock, selectors.DefaultSelector() as selector:
            if self._closed:
                return False
            selector.register(self._sock, selectors.EVENT_READ)
            return bool(selector.select(0))

    def look(self) -> bool:
        """Take in what has already arrived, without waiting, and say whether there is something.

        A FIN is nothing: a client may half-close and wait for its answer.
        """
        self._sock.setblocking(False)
        try:
            self.fill(HEAD_BLOCK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except Gone as gone:
            if gone.how == "fin":
                return False
            raise
        finally:
            self._sock.setblocking(True)
        return True

    def fill(self, limit: int) -> int:
        """Receive one block into the empty buffer; ``Gone`` at the end."""
        self._start = self._end = 0
        try:
            # Older CPythons take a reset under TLS for an end of file (gh-115627): ask the bare socket first.
            if isinstance(self._sock, ssl.SSLSocket) and not self._sock.pending():
                socket.socket.recv(self._sock, 1, socket.MSG_PEEK)
            count = self._sock.recv_into(self._view[: min(limit, BLOCK)])
        except (BlockingIOError, ssl.SSLWantReadError):
            raise
        except OSError as error:
            self._check_aborted()
            raise _gone(error) from error
        # Linux goes on accepting data after shutdown(SHUT_RD): a fast sender would keep an aborted thread
        # busy.
        self._check_aborted()
        if not count:
            raise Gone("fin")
        self._end = count
        self._saw(self._view[:count])
        return count

    def take(self, limit: int) -> memoryview:
        """Give between 1 and ``limit`` bytes. The view is good until the next call of any method."""
        if not self.pending:
            self.fill(limit)
        view = self._view[self._start : min(self._end, self._start + limit)]
        self._start += len(view)
        return view

    def line(self, limit: int) -> bytes:
        """Give the bytes up to and with the next LF, or ``limit`` bytes without one."""
        line = bytearray()
        while not line.endswith(b"\n") and len(line) < limit:
            if not self.pending:
                self.fill(HEAD_BLOCK)
            found = self._buffer.find(b"\n", self._start, self._end) + 1
            line += self.take(min((found or self._end) - self._start, limit - len(line)))
        return bytes(line)

    def send(self, data: bytes) -> None:
        """Send all of it; ``Gone`` when the peer has left."""
        try:
            self._sock.sendall(data)
        except OSError as error:
            self._check_aborted()
            raise _gone(error) from error

    def finish(self) -> None:
        """Half-close, then read on until the peer ends: a plain close() with unread bytes would send RST.

        RFC 9112 section 9.6. Under TLS no close_notify is sent: the peer may be in the middle of its
        upload, and OpenSSL reads no application data after its own close_notify.
        """
        with suppress(OSError, Gone):
            self._sock.settimeout(LINGER_SECONDS)
            socket.socket.shutdown(self._sock, socket.SHUT_WR)
            left = LINGER_BYTES
            while left > 0:
                left -= self.fill(BLOCK)

    def reset(self) -> None:
        """Close with RST."""
        with suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
        self.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._sock.close()

    def abort(self) -> None:
        """Wake the connection's thread, wherever it waits, with ``Gone``. For other threads; idempotent.

        The base class's ``shutdown``, because SSLSocket's forgets the TLS state and would hand out
        ciphertext.
        """
        with self._lock, suppress(OSError):
            self._aborted = True
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def _check_aborted(self) -> None:
        if self._aborted:
            raise Gone("closed-by-server", "the server was closed")
