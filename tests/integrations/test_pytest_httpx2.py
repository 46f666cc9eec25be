"""pytest-httpx2: respx for httpx2; it stands in for httpcore2, sees joined URLs, and reads the body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream
from drivers import Driver
from integrations.common import BODY, EITHER, SIZE, backends, one_shot, replayable, too_short

BASE = "https://api.example.com/v1"


@backends("httpx2")
def test_the_joined_url_is_what_is_matched(driver: Driver, httpx2_mock: Any) -> None:
    """U1, U2: a route is registered under the URL that the session requests."""
    httpx2_mock.get(BASE + "/users").respond(json=["Ada"])
    httpx2_mock.get("https://api.example.com/health").respond(text="fine")
    with driver.session(BASE) as api:
        assert b'["Ada"]' == api.get("users").body
        assert b"fine" == api.get("/health").body


@pytest.mark.parametrize("body", EITHER)
@backends("httpx2")
def test_it_reads_the_body(driver: Driver, body: Callable[[], SizedStream], httpx2_mock: Any) -> None:
    """W1: what a test finds in ``calls`` is the body as bytes, under the header with its size."""
    route = httpx2_mock.put(BASE + "/blob", content=BODY).respond(201)
    with driver.session(BASE) as api:
        assert 201 == api.put("blob", body()).status

    request = route.calls.last.request
    assert (BODY, str(SIZE)) == (request.content, request.headers["content-length"])
    assert "transfer-encoding" not in request.headers


@backends("httpx2")
def test_a_wrong_body_is_noticed(driver: Driver, httpx2_mock: Any) -> None:
    """S3: it is read to its end, so that a size that is wrong is an error in the test as well."""
    route = httpx2_mock.put(BASE + "/blob")
    with driver.session(BASE) as api:
        with pytest.raises(BodyTooShort):
            api.put("blob", too_short())
        assert 0 == route.call_count
        api.put("blob", one_shot())

    assert 1 == route.call_count


@backends("httpx2")
def test_a_body_that_was_read_cannot_be_sent_again(driver: Driver, httpx2_mock: Any) -> None:
    """S6, S8: a redirect in a mock is as hard on a one-shot body as one of a server."""
    httpx2_mock.put(BASE + "/old").respond(307, headers={"Location": BASE + "/new"})
    landed = httpx2_mock.put(BASE + "/new").respond(200)
    with driver.session(BASE) as api:
        api.put("old", replayable())
        with pytest.raises(BodyConsumed, match="redirect"):
            api.put("old", one_shot())

    assert [BODY] == [call.request.content for call in landed.calls]
