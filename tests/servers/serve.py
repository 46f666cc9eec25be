"""``python -m servers.serve SERVER [CERTIFICATE KEY]``: a server with one of our applications, over TLS if told so.

The first line that it notes is the port where it listens, or soon will. But for the ASGI servers, each has one
process and one thread for requests.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from .applications import asgi, note, wsgi
from .loopback import HOST, free_port

IDLE = 60  # for how many seconds a connection is kept, where that can be set
LIMIT = 4 * 1024 * 1024  # the largest body that is accepted, where a server has such a setting

Pair = tuple[str, str] | None
"""The files of a certificate and its key."""


class Handler(WSGIRequestHandler):
    """One of wsgiref's that tells the client's port, as the other servers do."""

    def get_environ(self) -> dict[str, Any]:
        """Give the variables of a request."""
        return {**super().get_environ(), "REMOTE_PORT": self.client_address[1]}


def listener() -> socket.socket:
    """Listen, for a server that can be given a socket."""
    listening = socket.create_server((HOST, 0))
    note(listening=listening.getsockname()[1])
    return listening


def wsgiref(_: Pair) -> None:
    """Run the standard library's server."""
    with make_server(HOST, 0, wsgi, handler_class=Handler) as server:
        note(listening=server.server_port)
        server.serve_forever()


def werkzeug(pair: Pair) -> None:
    """Run werkzeug's server, as ``flask run --without-threads`` does."""
    server: Any = import_module("werkzeug.serving").make_server(HOST, 0, wsgi, ssl_context=pair)
    note(listening=server.server_port)
    server.serve_forever()


def gunicorn(worker_class: str, pair: Pair) -> None:
    """Run gunicorn, with one worker."""
    listening = listener()
    certificate, key = pair or (None, None)
    options: dict[str, Any] = {
        "bind": f"fd://{listening.fileno()}",
        "worker_class": worker_class,
        "threads": 1,
        "keepalive": IDLE,
        "graceful_timeout": 1,
        "control_socket_disable": True,
        "certfile": certificate,
        "keyfile": key,
    }

    def load_config(self: Any) -> None:
        for name in options.keys() & self.cfg.settings.keys():  # older ones have no control socket
            self.cfg.set(name, options[name])

    def load(self: Any) -> Any:
        return wsgi

    bases = (import_module("gunicorn.app.base").BaseApplication,)
    type("Application", bases, {"load_config": load_config, "load": load})().run()


def cheroot(pair: Pair) -> None:
    """Run CherryPy's server."""
    server: Any = import_module("cheroot.wsgi").Server((HOST, 0), wsgi, numthreads=1, max=1, timeout=IDLE)
    if pair:
        server.ssl_adapter = import_module("cheroot.ssl.builtin").BuiltinSSLAdapter(*pair)
    server.prepare()
    note(listening=server.bind_addr[1])
    server.serve()


def waitress(_: Pair) -> None:
    """Run waitress, which has the whole body before it calls the application."""
    server: Any = import_module("waitress").create_server(
        wsgi, host=HOST, port=0, threads=1, max_request_body_size=LIMIT
    )
    note(listening=server.effective_port)
    server.run()


def uvicorn(pair: Pair) -> None:
    """Run uvicorn, with the parser that it brings."""
    module: Any = import_module("uvicorn")
    certificate, key = pair or (None, None)
    config = module.Config(
        asgi,
        http="h11",
        lifespan="off",
        log_level="warning",
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    module.Server(config).run(sockets=[listener()])


def hypercorn(pair: Pair) -> None:
    """Run hypercorn, which offers HTTP/2 over TLS."""
    config: Any = import_module("hypercorn.config").Config()
    listening = listener()
    config.bind = [f"fd://{listening.fileno()}"]
    config.keep_alive_timeout = IDLE
    config.certfile, config.keyfile = pair or (None, None)
    serve = import_module("hypercorn.asyncio").serve
    # Not ended by SIGTERM in its own way, for which it waits half a minute for TLS to be closed, but by the default.
    asyncio.run(serve(asgi, config, shutdown_trigger=asyncio.Event().wait))


def granian(application: str, interface: str, pair: Pair) -> None:
    """Run granian, with one worker, which opens its socket itself: it is told a port that was free just now."""
    certificate, key = map(Path, pair) if pair else (None, None)
    port = free_port()
    note(listening=port)
    server: Any = import_module("granian").Granian(
        f"servers.applications:{application}",
        HOST,
        port,
        interface=import_module("granian.constants").Interfaces(interface),
        blocking_threads=1 if application == "wsgi" else None,
        websockets=False,
        log_enabled=False,  # it logs to the standard output, which is for notes
        ssl_cert=certificate,
        ssl_key=key,
    )
    server.serve()


SERVERS: dict[str, Callable[[Pair], None]] = {
    "wsgiref": wsgiref,
    "werkzeug": werkzeug,
    "gunicorn-sync": lambda pair: gunicorn("sync", pair),
    "gunicorn-gthread": lambda pair: gunicorn("gthread", pair),
    "cheroot": cheroot,
    "waitress": waitress,
    "granian-wsgi": lambda pair: granian("wsgi", "wsgi", pair),
    "uvicorn": uvicorn,
    "hypercorn": hypercorn,
    "granian-asgi": lambda pair: granian("asgi", "asginl", pair),
}

if __name__ == "__main__":
    name, *files = sys.argv[1:]
    SERVERS[name]((files[0], files[1]) if files else None)
