"""``python serve.py SERVER``: an application that notes what it gets of a body, on the server of that name.

The application does what many do: it asks for as many bytes as ``CONTENT_LENGTH`` says, and takes what it gets
for the body. What it notes are lines of JSON on the standard output: the server's port, then one line before it
reads a body and one after that. But for uvicorn each server has one process and one thread for requests.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import zlib
from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

HOST = "127.0.0.1"
PIECE = 16 * 1024
IDLE = 60  # for how many seconds a connection is kept, where that can be set


def note(**line: Any) -> None:
    """Note something, in one write."""
    os.write(1, json.dumps(line).encode() + b"\n")


def note_end(path: str, body: bytes, raised: str | None = None) -> None:
    """Note what was read of a body."""
    note(path=path, got=len(body), crc32=zlib.crc32(body), raised=raised)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the body at once, or below ``/pieces`` as one copies a file."""
    path, declared = environ["PATH_INFO"], int(environ.get("CONTENT_LENGTH") or 0)
    read = environ["wsgi.input"].read
    note(path=path, declared=declared, port=str(environ["REMOTE_PORT"]))
    body = b""
    try:
        if path.startswith("/pieces/"):
            while piece := read(min(PIECE, declared - len(body))):
                body += piece
        else:
            body = read(declared)
    except BaseException as exc:
        note_end(path, body, type(exc).__name__)
        raise
    note_end(path, body)
    answer = str(len(body)).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


async def asgi_application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Do the same under ASGI, where a body that is cut short has a message of its own."""
    path, declared = scope["path"], int(dict(scope["headers"]).get(b"content-length", 0))
    _, port = scope["client"] or ("", "")  # unknown where the client was gone before it was looked at
    note(path=path, declared=declared, port=str(port))
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            note_end(path, body, message["type"])
            return
        body, more = body + message.get("body", b""), message.get("more_body", False)
    note_end(path, body)
    answer = str(len(body)).encode()
    length = (b"content-length", str(len(answer)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": answer})


class Handler(WSGIRequestHandler):
    """One of wsgiref's that tells the client's port, as the other servers do."""

    def get_environ(self) -> dict[str, Any]:
        """Give the variables of a request."""
        return {**super().get_environ(), "REMOTE_PORT": self.client_address[1]}


def wsgiref() -> None:
    """Run the standard library's server."""
    with make_server(HOST, 0, application, handler_class=Handler) as server:
        note(listening=server.server_port)
        server.serve_forever()


def werkzeug() -> None:
    """Run werkzeug's server, as ``flask run --without-threads`` does."""
    server: Any = import_module("werkzeug.serving").make_server(HOST, 0, application)
    note(listening=server.server_port)
    server.serve_forever()


def gunicorn(worker_class: str) -> None:
    """Run gunicorn, with one worker."""
    listener = socket.create_server((HOST, 0))
    options: dict[str, Any] = {
        "bind": f"fd://{listener.fileno()}",
        "worker_class": worker_class,
        "threads": 1,
        "keepalive": IDLE,
        "graceful_timeout": 1,
        "control_socket_disable": True,
    }

    def load_config(self: Any) -> None:
        for name in options.keys() & self.cfg.settings.keys():  # older ones have no control socket
            self.cfg.set(name, options[name])

    def load(self: Any) -> Any:
        return application

    bases = (import_module("gunicorn.app.base").BaseApplication,)
    note(listening=listener.getsockname()[1])
    type("Application", bases, {"load_config": load_config, "load": load})().run()


def cheroot() -> None:
    """Run CherryPy's server."""
    server: Any = import_module("cheroot.wsgi").Server(
        (HOST, 0), application, numthreads=1, max=1, timeout=IDLE
    )
    server.prepare()
    note(listening=server.bind_addr[1])
    server.serve()


def waitress() -> None:
    """Run waitress, which has the whole body before it calls the application."""
    server: Any = import_module("waitress").create_server(application, host=HOST, port=0, threads=1)
    note(listening=server.effective_port)
    server.run()


def uvicorn() -> None:
    """Run uvicorn, with the parser that it brings."""
    module: Any = import_module("uvicorn")
    listener = socket.create_server((HOST, 0))
    note(listening=listener.getsockname()[1])
    config = module.Config(
        asgi_application, http="h11", lifespan="off", log_level="warning", timeout_keep_alive=IDLE
    )
    module.Server(config).run(sockets=[listener])


SERVERS: dict[str, Callable[[], None]] = {
    "wsgiref": wsgiref,
    "werkzeug": werkzeug,
    "gunicorn-sync": lambda: gunicorn("sync"),
    "gunicorn-gthread": lambda: gunicorn("gthread"),
    "cheroot": cheroot,
    "waitress": waitress,
    "uvicorn": uvicorn,
}

if __name__ == "__main__":
    SERVERS[sys.argv[1]]()
