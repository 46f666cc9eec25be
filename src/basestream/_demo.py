"""What ``basestream demo`` does: a real input through every installed backend, judged by who received it (C3).

Rule 1: the server's word counts: bytes, framing and digest are what it saw, compared with what was sent.
Rule 2: backends are found and called as `basestream.backend` says; the clients' names serve as hints only.
Rule 3: this module prints nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

from . import StreamingIterator
from ._backends import NotInstalled, answer_of, as_body, find, known, sessions_of
from ._failures import CannotRun, one_line
from ._tar import PIECE, Input

HOST = "127.0.0.1"
BASE_PATH = "/v1"
STALLED = 60.0  # seconds without a byte after which the server gives a connection up


class Seen(NamedTuple):
    """A request as the server saw it, or should."""

    method: str
    path: str
    framing: str
    bytes: int
    sha256: str


class Lane(NamedTuple):
    """One way to upload: a backend's sync or async session."""

    label: str
    send: Callable[[str, str, StreamingIterator], tuple[Any, float]]
    """Uploads to a base and a reference; gives the client's own response, and the seconds that it took."""

    @property
    def reference(self) -> str:
        """The relative reference that it uploads to."""
        return "demo/" + re.sub(r"[^A-Za-z0-9._-]+", "-", self.label)

    def expected(self, size: int, sha256: str = "") -> Seen:
        """Tell what the server has to see."""
        return Seen("PUT", f"{BASE_PATH}/{self.reference}", f"Content-Length: {size}", size, sha256)


class Result(NamedTuple):
    """What came of one upload."""

    seen: Seen | None
    sha256: str
    """Of what was sent."""
    seconds: float
    blocks: int
    problem: str
    """What is wrong, in one line; empty if nothing is."""


def choose(names: Sequence[str]) -> tuple[list[Lane], list[str]]:
    """Load backends, by default all; give their lanes, and a line on each whose client is not installed.

    Raises:
        CannotRun: A name is unknown, or the client of a named one is not installed.
    """
    lanes: list[Lane] = []
    missing: list[str] = []
    for name in dict.fromkeys(names or known()):
        found, problem = _looked_up(name)
        lanes += found
        missing += problem
    if names and missing:
        raise CannotRun(missing[0])
    return lanes, missing


def upload(lane: Lane, base: str, source: Input, on_progress: Callable[[int, int], object]) -> Result:
    """Upload the input once, and compare what the server saw with what was sent."""
    hashed, blocks = _Hashed(source.chunks), 0

    def count(sent: int, total: int) -> None:
        nonlocal blocks
        blocks = blocks + 1 if sent else 0  # a pass begins with 0; then it is called once a block
        on_progress(sent, total)

    body = StreamingIterator(source.size, hashed, on_progress=count)
    try:
        response, seconds = lane.send(base, lane.reference, body)
        seen = _seen(response)
    except Exception as error:  # whatever a client raises is its own row's
        return Result(None, "", 0.0, blocks, one_line(error))
    pairs = zip(Seen._fields, seen, lane.expected(source.size, hashed.sha256), strict=True)
    wrong = [f"{name} should be {expected}" for name, got, expected in pairs if got != expected]
    return Result(seen, hashed.sha256, seconds, blocks, "; ".join(wrong))


@contextmanager
def running_server() -> Generator[str, None, None]:
    """Run the server, give the base URL below it, and reach it directly: no proxy of the environment's.

    Raises:
        CannotRun: It cannot listen.
    """
    try:
        server = _Server((HOST, 0), _Handler)
    except OSError as error:
        raise CannotRun(f"the server cannot listen on {HOST}: {error.strerror or error}") from None
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    with server, _no_proxies():
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_address[1]}{BASE_PATH}"
        finally:
            server.shutdown()
            thread.join()


class _Hashed:
    """A factory of passes over an input, which takes the SHA-256 of what is sent."""

    def __init__(self, chunks: Callable[[], Generator[bytes, None, None]]) -> None:
        self._chunks = chunks
        self.sha256 = ""
        """Of the latest pass, once it has come to its end."""

    def __call__(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        with closing(self._chunks()) as chunks:
            for chunk in chunks:
                digest.update(chunk)
                yield chunk
        self.sha256 = digest.hexdigest()


def _looked_up(name: str) -> tuple[list[Lane], list[str]]:
    try:
        return list(_lanes_of(name, find(name))), []
    except NotInstalled as error:
        return [], [str(error)]
    except CannotRun:
        raise
    except Exception as error:  # a broken backend of somebody's is a row of the table
        return [Lane(name, partial(_fail, error))], []


def _lanes_of(name: str, module: ModuleType) -> Iterator[Lane]:
    sync, asynchronous = sessions_of(module)
    if sync:
        yield Lane(name, partial(_send, module))
    if asynchronous:
        yield Lane(f"{name} async", partial(_send_async, module))


def _fail(error: Exception, *_: object) -> NoReturn:
    raise error


def _send(module: ModuleType, base: str, reference: str, body: StreamingIterator) -> tuple[Any, float]:
    with module.BaseUrlSession(base) as session:
        start = time.perf_counter()
        response = session.request("PUT", reference, **as_body(module, body))
        return response, time.perf_counter() - start


def _send_async(module: ModuleType, base: str, reference: str, body: StreamingIterator) -> tuple[Any, float]:
    async def put() -> tuple[Any, float]:
        async with module.AsyncBaseUrlSession(base) as session:
            start = time.perf_counter()
            response = await session.request("PUT", reference, **as_body(module, body))
            return response, time.perf_counter() - start

    return asyncio.run(put())


def _seen(response: Any) -> Seen:
    answer = answer_of(response)
    if answer.status != 200:
        raise ConnectionError(f"the server answered {answer.status}")
    return Seen(**json.loads(answer.content))


@contextmanager
def _no_proxies() -> Generator[None, None, None]:
    saved = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    for name in saved:
        del os.environ[name]  # not no_proxy alone: httpx refuses a SOCKS proxy even if it would not be used
    os.environ["no_proxy"] = HOST  # without a variable, the proxies of the system's settings would count
    try:
        yield
    finally:
        del os.environ["no_proxy"]
        os.environ.update(saved)


class _Server(ThreadingHTTPServer):
    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's asks DNS for the host's name, which may take seconds

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: an upload that was cut short is reported where it was sent."""


class _Handler(BaseHTTPRequestHandler):
    """Hashes the body of a PUT, keeps nothing of it, and answers what it saw."""

    protocol_version = "HTTP/1.1"
    timeout = STALLED
    wbufsize = -1  # head and body of the answer in one segment: in two, the second waits for an ACK

    def do_PUT(self) -> None:
        size, sha256 = self._receive()
        seen = Seen(self.command, self.path, self._framing(), size, sha256)
        payload = json.dumps(seen._asdict()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the table does."""

    def _receive(self) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        buffer = memoryview(bytearray(PIECE))
        for length in self._lengths():
            left = length
            while left:
                count = self.rfile.readinto(buffer[:left])
                if not count:
                    raise ConnectionError("the body was cut short")
                digest.update(buffer[:count])  # releases the GIL, so that the client goes on
                left -= count
            size += length
        return size, digest.hexdigest()

    def _lengths(self) -> Iterator[int]:
        """Give the length of each part of the body, which is to be read before the next is asked for."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            yield int(self.headers.get("Content-Length", 0))
            return
        while length := int(self.rfile.readline().partition(b";")[0], 16):
            yield length
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers

    def _framing(self) -> str:
        lengths = [f"Content-Length: {value}" for value in self.headers.get_all("Content-Length", ())]
        return " + ".join([*lengths, *self.headers.get_all("Transfer-Encoding", ())]) or "none"
