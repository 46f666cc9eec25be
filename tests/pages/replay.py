"""What docs/replay.md claims, measured: each kind of source through each event that may send a body again."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import Retry

from basestream.testing import RecordingServer
from basestream_requests import BaseUrlSession, BodyConsumed, GuessAuth, SizedStream

responses: Any = import_module("responses")  # this and the next are installed for the docs alone
CacheMixin: Any = import_module("requests_cache").CacheMixin

DATA = b"hello"
Make = Callable[[], SizedStream]
Event = Callable[[RecordingServer, Make], None]


class Retrying(BaseUrlSession):
    """A session that sends again after a reset and after a 503."""

    def __init__(self) -> None:
        super().__init__()
        self.mount("http://", HTTPAdapter(max_retries=Retry(2, status_forcelist=[503], allowed_methods=None)))


Cached: Any = type("Cached", (CacheMixin, BaseUrlSession), {})


def sent(url: str, body: SizedStream, kind: Any = BaseUrlSession, **options: Any) -> None:
    with kind(**options) as api:
        assert api.put(url, data=body).ok


def redirect(status: int) -> Event:
    return lambda server, make: sent(f"{server.url}/redirect/{status}?to={server.url}/there", make())


def retry(trouble: str) -> Event:
    return lambda server, make: sent(f"{server.url}/{trouble}", make(), Retrying)


def login(kind: str) -> Event:
    def event(server: RecordingServer, make: Make) -> None:
        with BaseUrlSession(server.url) as api:
            api.auth = GuessAuth("me", "secret")
            assert api.put(f"{kind}?user=me&password=secret", data=make()).ok

    return event


def cache(server: RecordingServer, make: Make) -> None:
    sent(f"{server.url}/x", make(), Cached, backend="memory", allowable_methods=["PUT"])


def mock(server: RecordingServer, make: Make) -> None:
    with responses.RequestsMock() as mocked:
        mocked.put("http://mocked/x")
        sent("http://mocked/x", make())


COLUMNS: list[list[Event]] = [
    [redirect(307), redirect(308)],
    [retry("flaky/503?times=1"), retry("reset?times=1&after=3")],
    [login("basic"), login("digest")],
    [cache],
    [mock],
]


def outcome(event: Event, make: Make) -> str:
    """Tell how an event ended; whatever request was complete at the server had the whole body."""
    with RecordingServer() as server:
        try:
            event(server, make)
            result = "yes"
        except BodyConsumed:
            result = "BodyConsumed"
        assert all(exchange.body == DATA for exchange in server.exchanges if exchange.complete)
        return result


def chunks() -> Iterator[bytes]:
    yield DATA[:3]
    yield DATA[3:]


def piped(opened: ExitStack) -> io.BufferedReader:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as end:
        end.write(DATA)
    return opened.enter_context(os.fdopen(reading, "rb"))


def measured() -> list[list[str]]:
    """Give the rows of the table, in order, without their names; a cell is the one outcome of its events."""
    with tempfile.NamedTemporaryFile() as file, ExitStack() as opened:
        file.write(DATA)
        file.flush()
        sources: list[Make] = [
            lambda: SizedStream(5, DATA),
            lambda: SizedStream(5, [DATA[:3], DATA[3:]]),
            lambda: SizedStream(5, io.BytesIO(DATA)),
            lambda: SizedStream.from_path(file.name),
            lambda: SizedStream(5, chunks),
            lambda: SizedStream(5, chunks()),
            lambda: SizedStream(5, piped(opened)),
        ]
        return [
            [" or ".join(sorted({outcome(event, make) for event in column})) for column in COLUMNS]
            for make in sources
        ]
