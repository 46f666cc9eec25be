"""CacheControl: adapters that cache by the rules of HTTP, mounted on a session of ours."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from basestream_requests import BaseUrlSession
from integrations.common import EITHER, UPLOAD, framed, lines, mounted, one_shot, replayable, too_short

cachecontrol: Any = import_module("cachecontrol")

NOW = quote(formatdate(usegmt=True))  # without a date it takes no answer for fresh
FRESH = f"status/200?header=Cache-Control:max-age%3D600&header=Date:{NOW}&body=users"


def wrapped(session: BaseUrlSession) -> BaseUrlSession:
    """Mount its adapters by its function, which gives the session back."""
    api: BaseUrlSession = cachecontrol.CacheControl(session)
    return api


def by_hand(session: BaseUrlSession) -> BaseUrlSession:
    """Mount them oneself."""
    mounted(cachecontrol.CacheControlAdapter())(session)
    return session


@pytest.mark.parametrize("with_cache", [wrapped, by_hand])
def test_the_second_answer_comes_from_the_cache(
    with_cache: Callable[[BaseUrlSession], BaseUrlSession], server: RecordingServer
) -> None:
    """U1: one request, of the joined URL."""
    with with_cache(BaseUrlSession(server.url + "/v1")) as api:
        assert ["users", "users"] == [api.get(FRESH).text for _ in range(2)]

    assert ["GET /v1/" + FRESH] == lines(server)


@pytest.mark.parametrize("body", EITHER)
def test_an_upload_passes_it_by(server: RecordingServer, body: Callable[[], SizedStream]) -> None:
    """W1: sized and exact; and it makes what was cached of the URL stale."""
    with wrapped(BaseUrlSession(server.url + "/v1")) as api:
        api.get(FRESH)
        api.put(FRESH, data=body())
        api.get(FRESH)

    assert [f"{method} /v1/{FRESH}" for method in ("GET", "PUT", "GET")] == lines(server)
    assert UPLOAD == framed(server.exchanges[1])


def test_a_wrong_body_is_cut_short_in_an_ordinary_close(server: RecordingServer) -> None:
    """S3, W4: the adapter in the place of ours resets no connection; the body does not complete all the same."""
    with wrapped(BaseUrlSession(server.url + "/v1")) as api, pytest.raises(BodyTooShort):
        api.put("blob", data=too_short())

    server.wait_closed()
    assert ["fin"] == [connection.ended for connection in server.connections]
    assert [False] == [exchange.complete for exchange in server.exchanges]


def test_a_redirect_under_it(server: RecordingServer) -> None:
    """S6, S8: as without it."""
    with wrapped(BaseUrlSession(server.url + "/v1")) as api:
        api.put("redirect/307?to=/v1/landed", data=replayable())
        with pytest.raises(BodyConsumed, match="redirect"):
            api.put("redirect/307?to=/v1/landed", data=one_shot())

    assert [UPLOAD] * 3 == [framed(exchange) for exchange in server.exchanges]
