"""The recording server: a loopback HTTP/1.1 server that notes what is really on the wire.

It is the independent observer of the conformance kit, so it does not know about basestream, about any HTTP
client, or about pytest, and it is not built on ``http.server``: sockets, threads and the standard library's
TLS, nothing else.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ._behaviours import Script
from ._conversation import Conversation
from ._records import Ledger, announced
from ._wire import Gone, Wire

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

    from ._records import Connection, Ended, Exchange, Track

_BACKLOG = 128


class RecordingServer:
    """A loopback HTTP/1.1 server that records every request byte and can misbehave on demand.

    What it does with a request is chosen by the last segments of the path (``/status/404``,
    ``/early/413?after=10``, ...); the table stands in ``basestream.testing``. A server is entered once.

    Args:
        tls: Serves https with this context.
        host: The loopback address to listen on; ``"::1"`` for IPv6.
        record_limit: How many bytes of a body, and of a connection, are kept. What is beyond is counted and
            hashed.
        close_timeout: Seconds that leaving the ``with`` block may take.

    Raises:
        RuntimeError: On leaving, when something went wrong inside the server or a thread did not end in
            time. An exception of the ``with`` block itself goes first; ``failures`` has the details.

    Example:
        >>> from http.client import HTTPConnection
        >>> from basestream.testing import RecordingServer
        >>> with RecordingServer() as server:
        ...     client = HTTPConnection(server.host, server.port)
        ...     client.request("PUT", "/x", b"hello")
        ...     client.getresponse().status
        ...     client.close()
        ...     [exchange] = server.exchanges
        200
        >>> exchange.method, exchange.target, exchange.body
        ('PUT', '/x', b'hello')
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        record_limit: int = 8 * 1024 * 1024,
        close_timeout: float = 5.0,
    ) -> None:
        self.host: str = host
        self.port: int = 0
        """Where it listens; 0 before the ``with`` block is entered."""
        self.failures: list[BaseException] = []
        """What went wrong inside; leaving the ``with`` block raises it."""
        self._tls = tls
        self._close_timeout = close_timeout
        self._ledger = Ledger(record_limit)
        self._changed = self._ledger.changed
        self._script = Script()
        self._released = self._stopping = False
        self._knocks: set[int] = set()
        self._wires: dict[Track, Wire] = {}
        self._acceptor: threading.Thread | None = None
        self._threads: list[threading.Thread] = []
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET

    @property
    def url(self) -> str:
        """The server's origin, without a final slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests so far, in order of arrival; a copy, whose entries do not change any more.

        An exchange is listed from its first byte on, so a broken or smuggled request is there too.
        """
        return self._ledger.exchanges()

    @property
    def connections(self) -> list[Connection]:
        """All connections so far, in order of arrival; a copy, whose entries do not change any more."""
        return self._ledger.connections()

    _listener: socket.socket

    def __enter__(self) -> RecordingServer:
        if self._acceptor:
            raise RuntimeError("a recording server is entered once")
        listener = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            listener.bind((self.host, 0))
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._acceptor = self._start("accept", lambda: self._accept_all(listener))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        deadline = time.monotonic() + self._close_timeout
        with announced(self._changed):
            self._stopping = True
        with suppress(OSError):  # refused when the accepting thread has ended already
            self._knock(self._close_timeout)
        self._join([self._acceptor] if self._acceptor else [], deadline)
        self._listener.close()  # not before: another server could have the port when we knock
        with self._changed:
            wires = list(self._wires.values())
        for wire in wires:
            wire.abort()
        self._join(self._threads, deadline)
        if self.failures and error is None:
            raise RuntimeError(f"the recording server failed inside: {self.failures!r}") from self.failures[0]

    def _join(self, threads: list[threading.Thread], deadline: float) -> None:
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                self.failures.append(RuntimeError(f"{thread.name} did not end in time"))

    def wait_for(self, predicate: Callable[[], object], timeout: float = 5.0) -> None:
        """Block until the predicate holds; it is asked again after every change of the records.

        Args:
            predicate: A function without arguments. It runs under the server's lock and may read its records.
            timeout: Seconds.

        Raises:
            TimeoutError: It did not come to hold; the message shows the records.

        Example:
            >>> import socket
            >>> with RecordingServer() as server:
            ...     client = socket.create_connection((server.host, server.port))
            ...     server.wait_for(lambda: len(server.connections) == 1)
            ...     client.close()
        """
        with self._changed:
            if not self._changed.wait_for(predicate, timeout):
                raise TimeoutError(f"still not so after {timeout} s: {self.connections!r}")

    def wait_idle(self, timeout: float = 5.0) -> None:
        """Block until no connection is in the middle of a request.

        What clients had connected and sent by the time of the call is taken into account, read or not.

        Args:
            timeout: Seconds.

        Raises:
            TimeoutError: A request is still under way, a stalled or an unfinished one say.

        Example:
            >>> with RecordingServer() as server:
            ...     server.wait_idle()
            ...     server.exchanges  # nothing has reached the wire
            []
        """
        self._accept_pending(timeout)
        self.wait_for(self._is_idle, timeout)

    def wait_closed(self, timeout: float = 5.0) -> None:
        """Block until all connections have ended, those too that wait to be accepted.

        Args:
            timeout: Seconds.

        Raises:
            TimeoutError: A connection is still open.

        Example:
            >>> import socket
            >>> with RecordingServer() as server:
            ...     socket.create_connection((server.host, server.port)).close()
            ...     server.wait_closed()
            ...     [connection.ended for connection in server.connections]
            ['fin']
        """
        self._accept_pending(timeout)
        self.wait_for(lambda: not self._wires, timeout)

    def release(self) -> None:
        """Let stalled requests go on, those now waiting and all to come.

        ``clear`` arms ``/stall`` again. Idempotent.

        Example:
            >>> with RecordingServer() as server:
            ...     server.release()
        """
        with announced(self._changed):
            self._released = True

    def clear(self) -> None:
        """Forget the records and the counts of ``times=``, arm ``/stall``, change the Digest nonce.

        Open connections stay open and listed, with empty records. A request under way is forgotten:
        ``wait_idle`` first. Idempotent.

        Example:
            >>> with RecordingServer() as server:
            ...     server.clear()
            ...     server.exchanges
            []
        """
        with self._changed:
            self._released = False
            self._script.clear()
            self._ledger.clear()

    def _is_idle(self) -> bool:
        parked = [wire for track, wire in self._wires.items() if track.phase == "idle"]
        busy = any(track.phase == "busy" for track in self._wires)
        return not busy and not any(wire.readable() for wire in parked)

    def _accept_pending(self, timeout: float) -> None:
        # The backlog is a queue: when a connection of our own has come through, so have all that clients
        # opened earlier.
        port = self._knock(timeout)
        self.wait_for(lambda: port not in self._knocks, timeout)

    def _knock(self, timeout: float) -> int:
        """Connect to ourselves from a port that the accepting thread knows to ignore."""
        with socket.socket(self._family, socket.SOCK_STREAM) as client:
            client.settimeout(timeout)
            client.bind((self.host, 0))
            port: int = client.getsockname()[1]
            with self._changed:
                self._knocks.add(port)
            client.connect((self.host, self.port))
            return port

    def _start(self, name: str, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(
            target=self._guarded, args=(work,), name=f"RecordingServer {name}", daemon=True
        )
        thread.start()
        return thread

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # whatever it is, the test that caused it is told in __exit__
            with announced(self._changed):
                self.failures.append(error)

    def _accept_all(self, listener: socket.socket) -> None:
        while not self._stopping:
            sock, address = listener.accept()
            if self._is_knock(address[1]):
                sock.close()
            else:
                self._open(sock)

    def _is_knock(self, port: int) -> bool:
        with announced(self._changed):
            known = port in self._knocks
            self._knocks.discard(port)
            return known

    def _open(self, sock: socket.socket) -> None:
        with self._changed:
            track = self._ledger.open_track()
            wire = self._wires[track] = Wire(sock, track.saw)
        thread = self._start(f"connection {track.index}", lambda: self._serve(wire, track))
        self._threads = [*(old for old in self._threads if old.is_alive()), thread]

    def _serve(self, wire: Wire, track: Track) -> None:
        ended: tuple[Ended, str | None] = ("closed-by-server", "the server failed inside")
        try:
            ended = self._converse(wire, track)
        finally:
            wire.close()
            with announced(self._changed):
                del self._wires[track]
                track.end(*ended)

    def _converse(self, wire: Wire, track: Track) -> tuple[Ended, str | None]:
        try:
            if self._tls:
                wire.secure(self._tls)
        except Gone as gone:
            return gone.how, gone.reason
        return Conversation(wire, track, self._script.plan, self._hold).run()

    def _hold(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._released or self._stopping)
            if not self._released:
                raise Gone("closed-by-server", "the server was closed")
