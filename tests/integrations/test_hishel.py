"""hishel: a caching transport or adapter under a session of ours, on requests, httpx and httpx2."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from drivers import Caller, Driver
from integrations.common import (
    EITHER,
    UPLOAD,
    backends,
    framed,
    lines,
    mounted,
    one_shot,
    replayable,
    too_short,
)

hishel: Any = import_module("hishel")

FRESH = "status/200?header=Cache-Control:max-age%3D600&body=users"


@contextmanager
def cached_session(driver: Driver, base: str, path: Path) -> Generator[Caller, None, None]:
    """Open a session over a cache in a file."""
    kind = "Async" if driver.asynchronous else ""
    storage = getattr(hishel, f"{kind}SqliteStorage")(database_path=str(path / "cache.db"))
    if driver.client == "requests":
        adapter = import_module("hishel.requests").CacheAdapter(storage=storage, rfc=True)
        with driver.session(base) as api:
            mounted(adapter)(api.session)
            yield api
        return
    under = getattr(driver.native, f"{kind}HTTPTransport")()
    cache = getattr(import_module(f"hishel.{driver.client}"), f"{kind}CacheTransport")
    with driver.session(base, transport=cache(next_transport=under, storage=storage, rfc=True)) as api:
        yield api


CLIENTS = backends("requests", "httpx", "httpx2")


@CLIENTS
def test_the_second_answer_comes_from_the_cache(
    driver: Driver, server: RecordingServer, tmp_path: Path
) -> None:
    """U1: one request, of the joined URL."""
    with cached_session(driver, server.url + "/v1", tmp_path) as api:
        assert [b"users", b"users"] == [api.get(FRESH).body for _ in range(2)]

    assert ["GET /v1/" + FRESH] == lines(server)


@pytest.mark.parametrize("body", EITHER)
@CLIENTS
def test_an_upload_passes_it_by(
    driver: Driver, server: RecordingServer, tmp_path: Path, body: Callable[[], SizedStream]
) -> None:
    """W1: sized and exact."""
    with cached_session(driver, server.url + "/v1", tmp_path) as api:
        assert 200 == api.put("blob", body()).status

    assert UPLOAD == framed(server.exchanges[0])


@CLIENTS
def test_a_wrong_body_never_completes(driver: Driver, server: RecordingServer, tmp_path: Path) -> None:
    """S3, W4: on requests its adapter is in the place of ours, so that the end is an ordinary close."""
    with cached_session(driver, server.url + "/v1", tmp_path) as api, pytest.raises(BodyTooShort):
        api.put("blob", too_short())

    server.wait_closed()
    assert ["fin" if driver.client == "requests" else "reset"] == [c.ended for c in server.connections]
    assert [False] == [exchange.complete for exchange in server.exchanges]


@CLIENTS
def test_a_redirect_over_it(driver: Driver, server: RecordingServer, tmp_path: Path) -> None:
    """S6, S8: as without it."""
    with cached_session(driver, server.url + "/v1", tmp_path) as api:
        api.put("redirect/307?to=/v1/landed", replayable())
        with pytest.raises(BodyConsumed, match="redirect"):
            api.put("redirect/307?to=/v1/landed", one_shot())

    assert [UPLOAD] * 3 == [framed(exchange) for exchange in server.exchanges]
