"""A proxy that only knows CONNECT: whatever host is asked for, the bytes go to one server on loopback."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, cast


class Tunnel(ThreadingTCPServer):
    """Joins each client to the server at ``upstream``; notes what was asked for, and how each client ended."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Ends)
        self.upstream = upstream
        self.asked: list[bytes] = []
        self.ended: list[str] = []
        self.failures: list[BaseException | None] = []
        self.clients: list[socket.socket] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """The proxy's URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Tunnel:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        for client in self.clients:
            with suppress(OSError):  # closed, as it should be
                client.shutdown(socket.SHUT_RDWR)
        self.server_close()  # waits for the connections, too
        assert kind or not self.failures, self.failures

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong for the end; the base class prints it."""
        self.failures.append(sys.exc_info()[1])


class _Ends(StreamRequestHandler):
    request: socket.socket
    timeout = 10  # a hang is a failure
    rbufsize = 0  # not a byte of what follows the head

    def handle(self) -> None:
        tunnel = cast("Tunnel", self.server)
        tunnel.clients.append(self.request)
        method, authority, _ = self.rfile.readline().split()
        tunnel.asked.append(method + b" " + authority)
        while self.rfile.readline().strip():
            pass
        with socket.create_connection(tunnel.upstream, self.timeout) as upstream:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pipe, args=(upstream, self.request, []))
            back.start()
            _pipe(self.request, upstream, tunnel.ended)
            back.join()


def _pipe(source: socket.socket, target: socket.socket, ended: list[str]) -> None:
    """Pass on what comes, note how it ends, and pass the end on, which after a reset is one as well."""
    try:
        while block := source.recv(65_536):
            target.sendall(block)
        ended.append("fin")
    except ConnectionError:
        ended.append("reset")
    finally:
        with suppress(OSError):  # gone already
            target.shutdown(socket.SHUT_WR)
