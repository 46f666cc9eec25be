"""W4: what a real server hands to its application when an upload is cut short; `serve.py` runs the servers."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from basestream import BodySourceError, BodyTooShort, SizedStream
from drivers import Caller, Driver

BIG = 300_000
FITS = 70_000  # that much can be sent to a server that does not read yet
PIECE = b"0123456789" * 100
SECONDS = 20  # what a server that has nothing to say is given

STORED = "stored"  # fewer bytes than were declared, and no error: to the application that is the body
WHOLE = "whole"
NOT_CALLED = "not called"


@dataclass(frozen=True)
class Traits:
    """What an application is told of a body that is cut short, and whether a connection carries a next request."""

    on_close: str
    on_reset: str
    keeps: bool

    @property
    def calls_early(self) -> bool:
        """Whether the application is called before the body is there."""
        return self.on_close != NOT_CALLED


# Every word here is checked. A server that has learnt what a cut body is fails a test too: then correct its row.
TRAITS = {
    "wsgiref": Traits(on_close=STORED, on_reset="ConnectionResetError", keeps=False),
    "werkzeug": Traits(on_close=STORED, on_reset="ConnectionResetError", keeps=False),
    "gunicorn-sync": Traits(on_close=STORED, on_reset="ConnectionResetError", keeps=False),
    "gunicorn-gthread": Traits(on_close=STORED, on_reset="ConnectionResetError", keeps=True),
    "cheroot": Traits(on_close=STORED, on_reset="ConnectionResetError", keeps=True),
    "waitress": Traits(on_close=NOT_CALLED, on_reset=NOT_CALLED, keeps=True),
    "uvicorn": Traits(on_close="http.disconnect", on_reset="http.disconnect", keeps=True),
}


@dataclass(frozen=True)
class Seen:
    """What the application has noted of a request."""

    declared: int
    port: str
    got: int = 0
    crc32: int = 0
    raised: str | None = None
    over: bool = False

    @property
    def outcome(self) -> str:
        """Say what the application can know of the body."""
        return self.raised or (STORED if self.got < self.declared else WHOLE)


class Server:
    """A server in a process of its own, with the application that notes what it gets."""

    def __init__(self, name: str, folder: Path) -> None:
        self.traits = TRAITS[name]
        self.port = 0
        self._seen: dict[str, Seen] = {}
        self._numbers = count()
        self._rest = b""
        self._errors = folder / "errors.txt"
        script = Path(__file__).with_name("serve.py")
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(script), name], stdout=subprocess.PIPE, stderr=errors
            )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def path(self, reading: str = "whole") -> str:
        """Give a path that no other request has; it begins with how the body is to be read."""
        return f"{reading}/{next(self._numbers)}"

    def seen(self, path: str) -> Seen | None:
        """Give what the application has noted of a request until now; None if it was not called."""
        while self._listen(0):
            pass
        return self._seen.get(f"/{path}")

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait until the application has noted what makes this true."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert self._listen(max(0, deadline - time.monotonic())), f"waited {SECONDS} s for {condition}"

    def wait_called(self, path: str) -> None:
        """Wait until the application has begun with a request."""
        self.wait(lambda: self.seen(path))

    def outcome(self, path: str) -> str:
        """Say what the application was told of a body; to be asked when a later request was answered."""
        if self.seen(path) is None:
            return NOT_CALLED
        self.wait(lambda: self._seen[f"/{path}"].over)
        return self._seen[f"/{path}"].outcome

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise

    def _listen(self, seconds: float) -> bool:
        """Take in what was noted, or is within so many seconds."""
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        if not select.select([output], [], [], seconds)[0]:
            return False
        data = os.read(output, 65536)
        assert data, f"the server has ended:\n{self._errors.read_text()}"
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in map(json.loads, lines):
            if "listening" in line:
                self.port = line["listening"]
                continue
            path = line.pop("path")
            if "declared" in line:
                self._seen[path] = Seen(**line)
            else:
                self._seen[path] = replace(self._seen[path], over=True, **line)
        return True


@pytest.fixture(scope="module", params=TRAITS)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn."""
    server = Server(request.param, tmp_path_factory.mktemp(request.param))
    try:
        server.wait(lambda: server.port)
        yield server
    finally:
        server.close()


def body(size: int = BIG) -> Iterator[bytes]:
    yield from [PIECE] * (size // len(PIECE))


def cut_short(size: int, when: Callable[[], object] | None, error: type[OSError] | None) -> Iterator[bytes]:
    """A source that gives so many bytes, waits for its time if it has one, and then ends or fails."""
    yield from body(size)
    if when is not None:
        when()
    if error is not None:
        raise error("disk")


def cut_in_the_middle(app: Server, api: Caller, path: str, error: type[OSError] | None = None) -> None:
    """Cut an upload short while the application reads it, if that is called before the body is there."""
    when = (lambda: app.wait_called(path)) if app.traits.calls_early else None
    with pytest.raises(BodyTooShort if error is None else BodySourceError):
        api.put(path, SizedStream(BIG, cut_short(200_000, when, error)))


def upload(app: Server, api: Caller) -> Seen:
    """Upload a body of the right size, and give what was noted of it."""
    path = app.path()
    reply = api.put(path, SizedStream(BIG, body))
    assert (200, b"%d" % BIG) == (reply.status, reply.body)
    seen = app.seen(path)
    assert seen is not None
    assert (BIG, BIG, zlib.crc32(b"".join(body()))) == (seen.declared, seen.got, seen.crc32)
    return seen


def test_a_body_of_the_right_size_arrives(app: Server, driver: Driver) -> None:
    """W1, S3: the application is told the size and gets every byte, on a new connection and on a reused one."""
    with driver.session(app.url) as api:
        ports = {upload(app, api).port for _ in range(3)}

    assert app.traits.keeps == (len(ports) == 1)


@pytest.mark.parametrize("reading", ["whole", "pieces"])
@pytest.mark.parametrize("error", [OSError, None], ids=["OSError", "short"])
def test_no_application_takes_a_cut_body_for_a_whole_one(
    app: Server, driver: Driver, error: type[OSError] | None, reading: str
) -> None:
    """W4, S3, W3: on a new connection it gets an error or is not called; the next upload is answered rightly."""
    path = app.path(reading)
    with driver.session(app.url) as api:
        cut_in_the_middle(app, api, path, error)
        upload(app, api)

    assert app.traits.on_reset == app.outcome(path)
    assert STORED != app.outcome(path)


@pytest.mark.parametrize("reading", ["whole", "pieces"])
def test_a_plain_close_is_not_enough(app: Server, driver: Driver, reading: str) -> None:
    """W4: with ``abort="close"`` the application of some servers takes a cut body for a whole one."""
    path = app.path(reading)
    with driver.session(app.url, abort="close") as api:
        cut_in_the_middle(app, api, path)
        upload(app, api)

    assert app.traits.on_close == app.outcome(path)


def test_a_reused_connection(app: Server, driver: Driver) -> None:
    """W4, a declared limit: httpx does not show a connection that it uses again; such a one is closed plainly."""
    first, path = app.path(), app.path()
    with driver.session(app.url) as api:
        api.get(first)
        cut_in_the_middle(app, api, path)
        upload(app, api)

    unguarded = app.traits.keeps and driver.client.startswith("httpx")
    assert (app.traits.on_close if unguarded else app.traits.on_reset) == app.outcome(path)
    if app.traits.keeps and app.traits.calls_early:
        assert 1 == len({seen.port for seen in (app.seen(first), app.seen(path)) if seen is not None})


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_server_that_is_busy(app: Server, driver: Driver, how: Any) -> None:
    """W4: it is the same where an upload has come and gone before the server has time for it."""
    busy, path = app.path(), app.path()
    with driver.session(app.url, abort=how) as api:
        with socket.create_connection(("127.0.0.1", app.port), SECONDS) as other:
            other.sendall(b"PUT /%b HTTP/1.0\r\nContent-Length: 1\r\n\r\n" % busy.encode())
            if app.traits.calls_early:
                app.wait_called(busy)
            with pytest.raises(BodySourceError):
                api.put(path, SizedStream(BIG, cut_short(FITS, None, OSError)))
            other.sendall(b"x")
            assert b" 200 " in other.recv(1024)
        upload(app, api)

    assert (app.traits.on_reset if how == "reset" else app.traits.on_close) == app.outcome(path)
