"""pytest-httpx: its fixture stands in for httpx's transports, sees joined URLs, and reads the body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from drivers import Driver
from integrations.common import BODY, EITHER, SIZE, backends, one_shot, replayable, too_short

BASE = "https://api.example.com/v1"


@backends("httpx")
def test_the_joined_url_is_what_is_matched(driver: Driver, httpx_mock: Any) -> None:
    """U1, U2: a response is registered under the URL that the session requests."""
    httpx_mock.add_response(url=BASE + "/users", json=["Ada"])
    httpx_mock.add_response(url="https://api.example.com/health", text="fine")
    with driver.session(BASE) as api:
        assert b'["Ada"]' == api.get("users").body
        assert b"fine" == api.get("/health").body


@pytest.mark.parametrize("body", EITHER)
@backends("httpx")
def test_it_reads_the_body(driver: Driver, body: Callable[[], SizedStream], httpx_mock: Any) -> None:
    """W1: ``match_content`` and ``get_request().content`` have the bytes, under the header with their size."""
    httpx_mock.add_response(201, method="PUT", url=BASE + "/blob", match_content=BODY)
    with driver.session(BASE) as api:
        assert 201 == api.put("blob", body()).status

    request = httpx_mock.get_request()
    assert (BODY, str(SIZE)) == (request.content, request.headers["content-length"])
    assert "transfer-encoding" not in request.headers


@backends("httpx")
def test_a_wrong_body_is_noticed(driver: Driver, httpx_mock: Any) -> None:
    """S3: it is read to its end, so that a size that is wrong is an error in the test as well."""
    httpx_mock.add_response(is_optional=True)
    with driver.session(BASE) as api, pytest.raises(BodyTooShort):
        api.put("blob", too_short())


@pytest.mark.parametrize("body", EITHER)
@backends("httpx")
def test_a_redirect_is_kinder_than_that_of_a_server(
    driver: Driver, body: Callable[[], SizedStream], httpx_mock: Any
) -> None:
    """It puts the bytes that it has read into the request, so that a one-shot body is redirected as well."""
    httpx_mock.add_response(307, url=BASE + "/old", headers={"Location": BASE + "/new"})
    httpx_mock.add_response(url=BASE + "/new", match_content=BODY)
    with driver.session(BASE) as api:
        assert 200 == api.put("old", body()).status


@backends("httpx")
def test_a_body_that_was_read_cannot_be_sent_again(driver: Driver, httpx_mock: Any) -> None:
    """S6: the same one-shot body in a second call is an error, as it is against a server."""
    httpx_mock.add_response(503, is_reusable=True)
    body, again = one_shot(), replayable()
    with driver.session(BASE) as api:
        assert [503] * 3 == [api.put("blob", each).status for each in (body, again, again)]
        with pytest.raises(BodyConsumed, match="a cache or a mock"):
            api.put("blob", body)

    assert [BODY] * 3 == [request.content for request in httpx_mock.get_requests()]


@backends("httpx2")
def test_httpx2_goes_past_it(driver: Driver, server: RecordingServer, httpx_mock: Any) -> None:
    """It knows httpx alone: a request of httpx2 reaches the network."""
    httpx_mock.add_response(204, is_optional=True)
    with driver.session(server.url + "/v1") as api:
        assert 200 == api.get("users").status

    assert ["/v1/users"] == [exchange.target for exchange in server.exchanges]
