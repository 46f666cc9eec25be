"""How each client uploads a body: the raw socket, which is the limit, the bare clients, the toolbelt, ours.

Rule 1: a variant opens a connection, sends a warm-up GET on it, and uploads under the meter. It gives the
        number of bytes that the sink has counted.
Rule 2: a client is imported by the variant that needs it, so that one that is not there only lacks its row.
Rule 3: the raw limit is fixed: chunks below 32 KiB are joined with ``b"".join`` to 256 KiB, others pass as
        they come, files by ``read(262144)``; then ``sendall``.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ._sink import Target
from ._workloads import KIB, Body

BLOCK = 256 * KIB
READY = "bare, blocks ready"
"""What the client itself costs where nobody has to make the blocks: no session can be below."""
JOIN_BELOW = 32 * KIB

Meter = AbstractContextManager[object]
Upload = Callable[[Target, Body, Meter], int]


class Variant(NamedTuple):
    """A row of the table."""

    client: str
    name: str
    upload: Upload
    packages: tuple[str, ...] = ()
    """What must be installed."""
    program: str = sys.executable
    """What must be there."""
    chunks: bool = True
    """Whether it uploads what a generator gives."""
    files: bool = True
    """Whether it uploads files."""
    slow: tuple[int, ...] = ()
    """Chunk lengths that take it so long that a part of the bytes is enough."""

    @property
    def label(self) -> str:
        """Both names."""
        return f"{self.client} {self.name}"

    @property
    def installed(self) -> bool:
        """Whether it can run here."""
        return bool(shutil.which(self.program)) and all(find_spec(package) for package in self.packages)


def raw(to: Target, body: Body, meter: Meter) -> int:
    """Nothing but ``sendall``."""
    address = urlsplit(to.url)
    assert address.hostname
    assert address.port
    head = f"PUT / HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {body.size}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port)) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = _context(to)
        connection = tls.wrap_socket(plain, server_hostname=address.hostname) if tls else plain
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        _raw_answer(connection)
        with meter:
            connection.sendall(head.encode())
            for block in raw_blocks(body):
                connection.sendall(block)
            return _raw_answer(connection)


def _context(to: Target) -> ssl.SSLContext | None:
    return None if to.cafile is None else ssl.create_default_context(cafile=to.cafile)


def raw_blocks(body: Body) -> Iterator[bytes]:
    """Give the blocks of the raw limit."""
    if body.path is not None:
        with open(body.path, "rb") as file:
            while block := file.read(BLOCK):
                yield block
    elif body.chunk >= JOIN_BELOW:
        yield from body.chunks()
    else:
        yield from joined(body.chunks())


def joined(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Join small chunks to blocks, checking nothing."""
    parts: list[bytes] = []
    held = 0
    for chunk in chunks:
        parts.append(chunk)
        held += len(chunk)
        if held >= BLOCK:
            yield b"".join(parts)
            parts.clear()
            held = 0
    yield b"".join(parts)


def _raw_answer(connection: socket.socket) -> int:
    head, _, count = connection.recv(KIB).partition(b"\r\n\r\n")  # the sink sends it as one segment
    assert head.startswith(b"HTTP/1.1 200 "), head
    return int(count)


def http_client(to: Target, body: Body, meter: Meter) -> int:
    """The standard library's client, given the generator or the file."""
    from http.client import HTTPConnection, HTTPSConnection

    tls, address = _context(to), urlsplit(to.url).netloc
    connection = HTTPSConnection(address, context=tls) if tls else HTTPConnection(address)
    connection.request("GET", "/")
    connection.getresponse().read()
    with meter, body.opened() as source:
        connection.request("PUT", "/", source, {"Content-Length": str(body.size)})
        count = connection.getresponse().read()
    connection.close()
    return int(count)


def bare_requests(to: Target, body: Body, meter: Meter) -> int:
    """Given the generator (which it sends chunked) or the file."""
    with import_module("requests").Session() as session:
        session.verify = to.cafile
        session.get(to.url)
        with meter, body.opened() as source:
            return int(session.put(to.url, data=source).content)


def toolbelt(to: Target, body: Body, meter: Meter) -> int:
    """Requests, given the toolbelt's ``StreamingIterator`` around the generator."""
    package = import_module("requests_toolbelt")
    with import_module("requests").Session() as session:
        session.verify = to.cafile
        session.get(to.url)
        with meter:
            return int(session.put(to.url, data=package.StreamingIterator(body.size, body.chunks())).content)


def bare_urllib3(to: Target, body: Body, meter: Meter) -> int:
    """Given the generator or the file."""
    manager = import_module("urllib3").PoolManager(ca_certs=to.cafile)
    manager.request("GET", to.url)
    with meter, body.opened() as source:
        headers = {"Content-Length": str(body.size)}
        return int(manager.request("PUT", to.url, body=source, headers=headers).data)


def _verified(to: Target) -> dict[str, Any]:
    # Reading the machine's certificates takes httpx up to half a second, and plain http needs none.
    return {"verify": _context(to) or False}


def curl(to: Target, body: Body, meter: Meter) -> int:
    """The command, given the file; its start counts, which is some 10 ms."""
    assert body.path is not None
    trusted = () if to.cafile is None else ("--cacert", to.cafile)
    with meter:
        command = ["curl", "-sS", "-H", "Expect:", *trusted, "-T", body.path, to.url]
        return int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def bare_httpx(to: Target, body: Body, meter: Meter, *, package: str) -> int:
    """Given the generator or the file."""
    with import_module(package).Client(**_verified(to)) as client:
        client.get(to.url)
        with meter, body.opened() as source:
            return int(client.put(to.url, content=source, headers={"Content-Length": str(body.size)}).content)


def bare_httpx_async(to: Target, body: Body, meter: Meter, *, package: str) -> int:
    """Given an async generator."""

    async def upload() -> int:
        async with import_module(package).AsyncClient(**_verified(to)) as client:
            await client.get(to.url)
            with meter:
                headers = {"Content-Length": str(body.size)}
                reply = await client.put(to.url, content=body.async_chunks(), headers=headers)
                return int(reply.content)

    return asyncio.run(upload())


def ready(to: Target, body: Body, meter: Meter, *, upload: Upload) -> int:
    """Given blocks that nobody has to make, in place of the body's own chunks."""
    return upload(to, body._replace(chunk=BLOCK), meter)


def ours(to: Target, body: Body, meter: Meter, *, package: str) -> int:
    """A session of ours, given a stream around the generator, or of the file's path."""
    backend = import_module(f"basestream_{package}")
    options = _verified(to) if package.startswith("httpx") else {}
    if package == "urllib3":
        options = {"ca_certs": to.cafile}
    with backend.BaseUrlSession(to.url, **options) as session:
        if package == "requests":
            session.verify = to.cafile
        session.get("")
        with meter:
            reply = session.put("", **{backend.BODY_KEYWORD: _stream(backend, body)})
            return int(reply.data if package == "urllib3" else reply.content)


def ours_async(
    to: Target,
    body: Body,
    meter: Meter,
    *,
    package: str,
    from_async: bool = False,
    in_thread: bool | None = None,
) -> int:
    """An async session of ours: the same, or around an async generator."""

    async def upload() -> int:
        backend = import_module(f"basestream_{package}")
        async with backend.AsyncBaseUrlSession(to.url, **_verified(to)) as session:
            await session.get("")
            with meter:
                stream = _stream(backend, body, from_async=from_async, in_thread=in_thread)
                reply = await session.put("", **{backend.BODY_KEYWORD: stream})
                return int(reply.content)

    return asyncio.run(upload())


def _stream(backend: Any, body: Body, *, from_async: bool = False, in_thread: bool | None = None) -> Any:
    if body.path is not None:
        return backend.SizedStream.from_path(body.path, in_thread=in_thread)
    return backend.SizedStream(body.size, body.async_chunks() if from_async else body.chunks())


def _ours(package: str) -> Variant:
    return Variant(package, "basestream", partial(ours, package=package), (package, f"basestream_{package}"))


def _httpx(package: str) -> Iterator[Variant]:
    bare = partial(bare_httpx, package=package)
    yield Variant(package, "bare", bare, (package,), slow=(100,))
    yield Variant(package, READY, partial(ready, upload=bare), (package,), files=False)
    yield _ours(package)


def _httpx_async(package: str) -> Iterator[Variant]:
    client, bare = f"{package} async", partial(bare_httpx_async, package=package)
    our_own, needed = partial(ours_async, package=package), (package, f"basestream_{package}")
    yield Variant(client, "bare", bare, (package,), slow=(100,))
    yield Variant(client, READY, partial(ready, upload=bare), (package,))
    yield Variant(client, "basestream", our_own, needed)
    yield Variant(client, "basestream, async source", partial(our_own, from_async=True), needed, files=False)
    yield Variant(client, "basestream, no thread", partial(our_own, in_thread=False), needed, chunks=False)


LIMIT = Variant("raw socket", "loop", raw)
VARIANTS = (
    Variant("http.client", "bare", http_client),
    Variant("curl", "-T", curl, program="curl", chunks=False),
    Variant("requests", "bare", bare_requests, ("requests",)),
    Variant("requests", "toolbelt", toolbelt, ("requests", "requests_toolbelt"), files=False, slow=(100,)),
    _ours("requests"),
    Variant("urllib3", "bare", bare_urllib3, ("urllib3",)),
    _ours("urllib3"),
    *_httpx("httpx"),
    *_httpx_async("httpx"),
    *_httpx("httpx2"),
    *_httpx_async("httpx2"),
)
