"""``MockTransport``, which httpx and httpx2 bring: it reads the body, and hands the request to a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream
from drivers import Driver
from integrations.common import BODY, EITHER, SIZE, backends, one_shot, too_short

BASE = "https://api.example.com/v1"
CLIENTS = backends("httpx", "httpx2")


def mocked(driver: Driver, seen: list[Any]) -> Any:
    """Make a transport that notes requests, and redirects from one place."""

    def answer(request: Any) -> Any:
        seen.append(request)
        if request.url.path == "/v1/old":
            return driver.native.Response(307, headers={"Location": "/v1/new"})
        return driver.native.Response(200, text=str(request.url))

    return driver.native.MockTransport(answer)


@pytest.mark.parametrize("body", EITHER)
@CLIENTS
def test_it_reads_the_body(driver: Driver, body: Callable[[], SizedStream]) -> None:
    """U1, W1: the function sees the joined URL, the bytes, and the header with their size."""
    seen: list[Any] = []
    with driver.session(BASE, transport=mocked(driver, seen)) as api:
        assert (BASE + "/blob").encode() == api.put("blob", body()).body

    assert [(BODY, str(SIZE))] == [(request.content, request.headers["content-length"]) for request in seen]


@pytest.mark.parametrize("body", EITHER)
@CLIENTS
def test_a_redirect_is_kinder_than_that_of_a_server(driver: Driver, body: Callable[[], SizedStream]) -> None:
    """It puts the bytes that it has read into the request, so that a one-shot body is redirected as well."""
    seen: list[Any] = []
    with driver.session(BASE, transport=mocked(driver, seen)) as api:
        api.put("old", body())

    assert [("/v1/old", BODY), ("/v1/new", BODY)] == [(request.url.path, request.content) for request in seen]


@CLIENTS
def test_wrong_and_consumed_bodies(driver: Driver) -> None:
    """S3, S6: it reads to the end, so that both are errors in the test as well."""
    seen: list[Any] = []
    body = one_shot()
    with driver.session(BASE, transport=mocked(driver, seen)) as api:
        with pytest.raises(BodyTooShort):
            api.put("blob", too_short())
        api.put("blob", body)
        with pytest.raises(BodyConsumed):
            api.put("blob", body)

    assert [BODY] == [request.content for request in seen]
