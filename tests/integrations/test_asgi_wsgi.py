"""Applications without a server: ``WSGITransport`` and ``ASGITransport`` of httpx and httpx2."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream
from drivers import Caller, Driver
from integrations.apps import Application, Seen
from integrations.common import BODY, EITHER, SIZE, backends, one_shot, replayable, too_short

CLIENTS = backends("httpx", "httpx2")  # the sync ones take WSGI, the async ones ASGI


@contextmanager
def calling(driver: Driver, application: Application) -> Generator[Caller, None, None]:
    """Open a session that calls the application."""
    if driver.asynchronous:
        transport = driver.native.ASGITransport(application.asgi)
    else:
        transport = driver.native.WSGITransport(application.wsgi)
    with driver.session("http://app/v1", transport=transport) as api:
        yield api


def uploaded(line: str) -> Seen:
    return Seen(line, str(SIZE), None, BODY)


@pytest.mark.parametrize("body", EITHER)
@CLIENTS
def test_the_application_sees_the_joined_path_and_the_body(
    driver: Driver, body: Callable[[], SizedStream]
) -> None:
    """U1, W1: the length in its header, no chunks, every byte."""
    application = Application()
    with calling(driver, application) as api:
        assert b"ok" == api.get("users").body
        assert 200 == api.put("blob", body()).status

    assert "GET /v1/users" == application.seen[0].line
    assert uploaded("PUT /v1/blob") == application.seen[1]


@CLIENTS
def test_a_redirect(driver: Driver) -> None:
    """S6, S8: as by a server under ASGI; ``WSGITransport`` keeps the bytes, so that it redirects any body."""
    application = Application()
    refused = pytest.raises(BodyConsumed, match="redirect") if driver.asynchronous else nullcontext()
    with calling(driver, application) as api:
        api.put("old", replayable())
        with refused:
            api.put("old", one_shot())

    names = ["old", "new", "old"] if driver.asynchronous else ["old", "new", "old", "new"]
    assert [uploaded(f"PUT /v1/{name}") for name in names] == application.seen


@CLIENTS
def test_a_wrong_body_is_never_seen_whole(driver: Driver) -> None:
    """S3: WSGI is not called at all; in ASGI ``receive`` raises, so that the application cannot go on."""
    application = Application()
    with calling(driver, application) as api, pytest.raises(BodyTooShort):
        api.put("blob", too_short())

    assert [] == application.seen
    assert (["BodyTooShort"] if driver.asynchronous else []) == application.raised
