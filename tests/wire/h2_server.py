"""A small HTTP/2 server on loopback, by prior knowledge or over TLS, that notes what each stream carried.

The last segment of a path chooses the answer:

    /redirect-307   sends the client to /landed
    /early-413      comes before the body, which is read all the same
    /goaway         on the first connection no answer, but GOAWAY: the request was not looked at
    anything else   200

But for the early one, an answer follows the end of the request.

Rule: what a client may see is noted before it is sent.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any, cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset

if TYPE_CHECKING:
    from collections.abc import Generator


@dataclass
class Stream:
    """One request. Its connection's thread writes it: read it after its answer, or after ``wait_closed``."""

    connection: int
    headers: list[tuple[str, str]]
    data: bytearray = field(default_factory=bytearray)
    ended: bool = False
    """Whether END_STREAM came."""
    reset: bool = False
    """Whether RST_STREAM came."""

    def header(self, name: str) -> list[str]:
        """Give all values of a header field, in order."""
        return [value for key, value in self.headers if key == name]

    @property
    def body(self) -> bytes:
        """What came in DATA."""
        return bytes(self.data)

    @property
    def path(self) -> str:
        """The path and the query."""
        return self.header(":path")[0]


class H2Server(ThreadingTCPServer):
    """Serves until the ``with`` block is left, when its clients have to be closed."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.tls = tls
        self.streams: list[Stream] = []
        self.ended: list[str] = []
        """How each connection ended, by its number: ``"fin"``, ``"reset"``, ``"failed"``; ``"open"``: not yet."""
        self.failures: list[BaseException | None] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """The server's origin."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> H2Server:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()  # waits for the connections, too
        assert kind or not self.failures, self.failures

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong for the end; the base class prints it."""
        self.failures.append(sys.exc_info()[1])

    def wait_closed(self) -> None:
        """Block until the connections that were served have ended: then all that they carried is noted."""
        with self._changed:
            assert self._changed.wait_for(lambda: "open" not in self.ended, 10), (self.ended, self.streams)

    @contextmanager
    def change(self) -> Generator[None]:
        """Change the records, and wake whoever waits."""
        with self._changed:
            yield
            self._changed.notify_all()


class _Connection(BaseRequestHandler):
    request: socket.socket

    def handle(self) -> None:
        self.owner = cast("H2Server", self.server)
        self.request.settimeout(10)  # a client that stays is a failure of its test, and no hang
        self.state = H2Connection(H2Configuration(client_side=False))
        self.streams: dict[int, Stream] = {}
        with self.owner.change():
            self.number = len(self.owner.ended)
            self.owner.ended.append("open")
        ended = "failed"
        try:
            ended = self._converse()
        finally:
            with self.owner.change():
                self.owner.ended[self.number] = ended

    def _converse(self) -> str:
        tls = self.owner.tls
        wrapped = tls.wrap_socket(self.request, server_side=True) if tls else nullcontext(self.request)
        self.state.initiate_connection()
        with wrapped as sock:
            try:
                sock.sendall(self.state.data_to_send())
                while data := sock.recv(65_536):
                    for event in self.state.receive_data(data):
                        self._take(event)
                    sock.sendall(self.state.data_to_send())
            except ConnectionError:
                return "reset"
        return "fin"

    def _take(self, event: Event) -> None:
        with self.owner.change():
            if isinstance(event, RequestReceived):
                self._begin(event)
            elif isinstance(event, DataReceived):
                self.streams[event.stream_id].data += event.data
                self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                self._end(event.stream_id)
            elif isinstance(event, StreamReset):
                self.streams[event.stream_id].reset = True

    def _begin(self, event: RequestReceived) -> None:
        headers = [(name.decode(), value.decode()) for name, value in event.headers]
        stream = self.streams[event.stream_id] = Stream(self.number, headers)
        self.owner.streams.append(stream)
        if stream.path.endswith("/early-413"):
            self._answer(event.stream_id, "413")

    def _end(self, number: int) -> None:
        stream = self.streams[number]
        stream.ended = True
        if stream.path.endswith("/redirect-307"):
            self._answer(number, "307", ("location", "/landed"))
        elif stream.path.endswith("/goaway") and self.number == 0:
            self.state.close_connection(last_stream_id=number - 2)  # RFC 9113 section 6.8
        elif not stream.path.endswith("/early-413"):
            self._answer(number, "200")

    def _answer(self, number: int, status: str, *headers: tuple[str, str]) -> None:
        self.state.send_headers(number, [(":status", status), *headers], end_stream=True)
