"""respx: it stands in for httpcore under httpx, sees joined URLs, and reads the body."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from drivers import Driver
from integrations.common import BODY, EITHER, SIZE, UPLOAD, backends, framed, one_shot, replayable, too_short

respx: Any = import_module("respx")

BASE = "https://api.example.com/v1"


@backends("httpx")
def test_the_joined_url_is_what_is_matched(driver: Driver) -> None:
    """U1, U2: its ``base_url`` is a prefix; a reference with a leading slash leaves that of ours."""
    with respx.mock(base_url=BASE, assert_all_called=False) as mock, driver.session(BASE) as api:
        mock.get("/users").respond(json=["Ada"])
        assert b'["Ada"]' == api.get("users").body
        with pytest.raises(respx.models.AllMockedAssertionError, match=r"api\.example\.com/users"):
            api.get("/users")


@pytest.mark.parametrize("body", EITHER)
@backends("httpx")
def test_it_reads_the_body(driver: Driver, body: Callable[[], SizedStream]) -> None:
    """W1: what a test finds in ``calls`` is the body as bytes, under the header with its size."""
    with respx.mock as mock, driver.session(BASE) as api:
        route = mock.put(BASE + "/blob", content=BODY).respond(201)
        assert 201 == api.put("blob", body()).status

    request = route.calls.last.request
    assert (BODY, str(SIZE)) == (request.content, request.headers["content-length"])
    assert "transfer-encoding" not in request.headers


@backends("httpx")
def test_a_wrong_body_is_noticed(driver: Driver) -> None:
    """S3: it is read to its end, so that a size that is wrong is an error in the test as well."""
    with respx.mock(assert_all_called=False) as mock, driver.session(BASE) as api:
        route = mock.put(BASE + "/blob")
        with pytest.raises(BodyTooShort):
            api.put("blob", too_short())

    assert not route.called


@backends("httpx")
def test_a_body_that_was_read_cannot_be_sent_again(driver: Driver) -> None:
    """S6, S8: a redirect in a mock is as hard on a one-shot body as one of a server."""
    with respx.mock as mock, driver.session(BASE) as api:
        mock.put(BASE + "/old").respond(307, headers={"Location": BASE + "/new"})
        landed = mock.put(BASE + "/new").respond(200)
        api.put("old", replayable())
        with pytest.raises(BodyConsumed, match="redirect"):
            api.put("old", one_shot())

    assert [BODY] == [call.request.content for call in landed.calls]


@pytest.mark.parametrize("body", EITHER)
@backends("httpx")
def test_what_is_passed_through_arrives(
    driver: Driver, server: RecordingServer, body: Callable[[], SizedStream]
) -> None:
    """W1: a real server behind ``pass_through`` gets the exact body."""
    with respx.mock as mock, driver.session(server.url + "/v1") as api:
        mock.put(server.url + "/v1/blob").pass_through()
        api.put("blob", body())

    assert UPLOAD == framed(server.exchanges[0])


@backends("httpx2")
def test_httpx2_goes_past_it(driver: Driver, server: RecordingServer) -> None:
    """A plain ``respx.mock`` knows httpx alone: a request of httpx2 reaches the network."""
    with respx.mock(assert_all_called=False) as mock, driver.session(server.url + "/v1") as api:
        mock.get(server.url + "/v1/users").respond(204)
        assert 200 == api.get("users").status

    assert ["/v1/users"] == [exchange.target for exchange in server.exchanges]
