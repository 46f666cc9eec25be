"""The applications that the servers run: they note what they get of a body, and do with it what many do.

What they note are lines of JSON on the standard output: one before a body is read, and one after that. The path
chooses how it is read: at once, below ``/pieces`` as one copies a file, and below ``/refuse`` not at all.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

PIECE = 16 * 1024
REFUSED = b"too large"


def note(**line: Any) -> None:
    """Note something, in one write."""
    os.write(1, json.dumps(line).encode() + b"\n")


def note_end(path: str, body: bytes, raised: str | None = None) -> None:
    """Note what was read of a body."""
    note(path=path, got=len(body), crc32=zlib.crc32(body), raised=raised)


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Ask for as many bytes as ``CONTENT_LENGTH`` says, and take what comes for the body."""
    path, declared = environ["PATH_INFO"], int(environ.get("CONTENT_LENGTH") or 0)
    read = environ["wsgi.input"].read
    note(path=path, declared=declared, port=client_port(environ))
    if path.startswith("/refuse/"):
        start_response("413 Content Too Large", [("Content-Length", str(len(REFUSED)))])
        return [REFUSED]
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


def client_port(environ: dict[str, Any]) -> str:
    """Tell connections apart: a proxy names the client's port, and granian gives it with the address."""
    for name in ("HTTP_X_CLIENT_PORT", "REMOTE_PORT", "REMOTE_ADDR"):
        if name in environ:
            return str(environ[name])
    return ""


async def asgi(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Do the same under ASGI, where a body that is cut short has a message of its own."""
    assert scope["type"] == "http", scope["type"]  # no lifespan: a server goes on without
    path, declared = scope["path"], int(dict(scope["headers"]).get(b"content-length", 0))
    _, port = scope["client"] or ("", "")  # unknown where the client was gone before it was looked at
    note(path=path, declared=declared, port=str(port))
    if path.startswith("/refuse/"):
        await answer(send, 413, REFUSED)
        return
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            note_end(path, body, message["type"])
            return
        body, more = body + message.get("body", b""), message.get("more_body", False)
    note_end(path, body)
    await answer(send, 200, str(len(body)).encode())


async def answer(send: Callable[[dict[str, Any]], Awaitable[None]], status: int, body: bytes) -> None:
    """Answer under ASGI."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length]})
    await send({"type": "http.response.body", "body": body})
