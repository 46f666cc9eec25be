"""A Unix socket in front of a recording server, so that what clients send through one is recorded as well."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from tempfile import TemporaryDirectory

from basestream.testing import RecordingServer


@contextmanager
def unix_socket(server: RecordingServer) -> Generator[str, None, None]:
    """Give the path of a socket whose connections end at the server."""

    class Relay(StreamRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((server.host, server.port), 10) as upstream:
                back = threading.Thread(target=_pipe, args=(upstream, self.connection))
                back.start()
                _pipe(self.connection, upstream)
                back.join()

    with TemporaryDirectory() as folder:  # that of the test is too long for the address of a socket
        path = str(Path(folder, "s"))
        with ThreadingUnixStreamServer(path, Relay) as relay:
            thread = threading.Thread(target=relay.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield path
            finally:
                relay.shutdown()
                thread.join()


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with suppress(ConnectionError):
        while block := source.recv(65_536):
            target.sendall(block)
    with suppress(OSError):  # gone already
        target.shutdown(socket.SHUT_WR)
