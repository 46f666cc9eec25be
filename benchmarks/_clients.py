"""How each client uploads a body: the raw socket, which is the limit, the bare clients, the toolbelt, ours.

Rule 1: a variant opens a connection, sends a warm-up GET on it, and uploads under the meter. It gives the
        number of bytes that the sink has counted.
Rule 2: a client is imported by the variant that needs it, so that one that is not there only lacks its row.
Rule 3: the raw limit is fixed: chunks below 32 KiB are joined with ``b"".join`` to 256 KiB, others pass as
        they come, files by ``read(262144)``; then ``sendall``.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ._workloads import KIB, Body

BLOCK = 256 * KIB
JOIN_BELOW = 32 * KIB

# Reading the CA certificates takes httpx up to half a second before it starts, and plain http needs none.
HTTPX_OPTIONS = {"verify": False}

Meter = AbstractContextManager[object]


class Variant(NamedTuple):
    """A row of the table."""

    client: str
    name: str
    upload: Callable[[str, Body, Meter], int]
    packages: tuple[str, ...] = ()
    """What must be installed."""
    chunks: bool = True
    """Whether it uploads what a generator gives."""
    files: bool = True
    """Whether it uploads files."""

    @property
    def label(self) -> str:
        """Both names."""
        return f"{self.client} {self.name}"

    @property
    def installed(self) -> bool:
        """Whether it can run here."""
        return all(find_spec(package) for package in self.packages)

    def takes(self, *, is_file: bool) -> bool:
        """Whether it is meant for such a body."""
        return self.files if is_file else self.chunks


def raw(url: str, body: Body, meter: Meter) -> int:
    """Nothing but ``sendall``."""
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    head = f"PUT / HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {body.size}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        _raw_answer(connection)
        with meter:
            connection.sendall(head.encode())
            for block in raw_blocks(body):
                connection.sendall(block)
            return _raw_answer(connection)


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


def http_client(url: str, body: Body, meter: Meter) -> int:
    """The standard library's client, given the generator or the file."""
    from http.client import HTTPConnection

    connection = HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", "/")
    connection.getresponse().read()
    with meter, body.opened() as source:
        connection.request("PUT", "/", source, {"Content-Length": str(body.size)})
        count = connection.getresponse().read()
    connection.close()
    return int(count)


def bare_requests(url: str, body: Body, meter: Meter) -> int:
    """Given the generator (which it sends chunked) or the file."""
    with import_module("requests").Session() as session:
        session.get(url)
        with meter, body.opened() as source:
            return int(session.put(url, data=source).content)


def toolbelt(url: str, body: Body, meter: Meter) -> int:
    """Requests, given the toolbelt's ``StreamingIterator`` around the generator."""
    package = import_module("requests_toolbelt")
    with import_module("requests").Session() as session:
        session.get(url)
        with meter:
            return int(session.put(url, data=package.StreamingIterator(body.size, body.chunks())).content)


def bare_urllib3(url: str, body: Body, meter: Meter) -> int:
    """Given the generator or the file."""
    manager = import_module("urllib3").PoolManager()
    manager.request("GET", url)
    with meter, body.opened() as source:
        return int(manager.request("PUT", url, body=source, headers={"Content-Length": str(body.size)}).data)


def bare_httpx(url: str, body: Body, meter: Meter, *, package: str) -> int:
    """Given the generator or the file."""
    with import_module(package).Client(**HTTPX_OPTIONS) as client:
        client.get(url)
        with meter, body.opened() as source:
            return int(client.put(url, content=source, headers={"Content-Length": str(body.size)}).content)


def bare_httpx_async(url: str, body: Body, meter: Meter, *, package: str) -> int:
    """Given an async generator."""

    async def upload() -> int:
        async with import_module(package).AsyncClient(**HTTPX_OPTIONS) as client:
            await client.get(url)
            with meter:
                headers = {"Content-Length": str(body.size)}
                reply = await client.put(url, content=body.async_chunks(), headers=headers)
                return int(reply.content)

    return asyncio.run(upload())


def ours(url: str, body: Body, meter: Meter, *, package: str) -> int:
    """A session of ours, given a stream around the generator, or of the file's path."""
    backend = import_module(f"basestream_{package}")
    with backend.BaseUrlSession(url, **(HTTPX_OPTIONS if package.startswith("httpx") else {})) as session:
        session.get("")
        with meter:
            reply = session.put("", **{backend.BODY_KEYWORD: _stream(backend, body)})
            return int(reply.data if package == "urllib3" else reply.content)


def ours_async(
    url: str,
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
        async with backend.AsyncBaseUrlSession(url, **HTTPX_OPTIONS) as session:
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
    yield Variant(package, "bare", partial(bare_httpx, package=package), (package,))
    yield _ours(package)


def _httpx_async(package: str) -> Iterator[Variant]:
    client, bare = f"{package} async", partial(bare_httpx_async, package=package)
    our_own, needed = partial(ours_async, package=package), (package, f"basestream_{package}")
    yield Variant(client, "bare", bare, (package,))
    yield Variant(client, "basestream", our_own, needed)
    yield Variant(client, "basestream, async source", partial(our_own, from_async=True), needed, files=False)
    yield Variant(client, "basestream, no thread", partial(our_own, in_thread=False), needed, chunks=False)


LIMIT = Variant("raw socket", "loop", raw)
VARIANTS = (
    LIMIT,
    Variant("http.client", "bare", http_client),
    Variant("requests", "bare", bare_requests, ("requests",)),
    Variant("requests", "toolbelt", toolbelt, ("requests", "requests_toolbelt"), files=False),
    _ours("requests"),
    Variant("urllib3", "bare", bare_urllib3, ("urllib3",)),
    _ours("urllib3"),
    *_httpx("httpx"),
    *_httpx_async("httpx"),
    *_httpx("httpx2"),
    *_httpx_async("httpx2"),
)
