"""httpbin, and pytest-httpserver: the two servers that tests of clients use most."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from basestream import BodyConsumed, SizedStream
from drivers import Driver
from integrations.common import BODY, EITHER, SIZE, one_shot, replayable
from serving import served

TEXT = "".join(f"line {number}\n" for number in range(10_000))


def patient(application: Any) -> Any:
    """Read what comes in chunks before it is refused: a client that still sends could miss the answer."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"].read()
        return application(environ, start_response)

    return wrapped


@pytest.fixture(scope="module")
def httpbin() -> Iterator[str]:
    """httpbin on werkzeug's server."""
    with served(patient(import_module("httpbin").app)) as url:
        yield url


def test_httpbin_shows_the_upload(driver: Driver, httpbin: str) -> None:
    """U1, W1: ``/anything`` gives back what it saw."""
    with driver.session(httpbin + "/anything/v1") as api:
        seen = json.loads(api.put("blob", SizedStream(len(TEXT), iter(TEXT.splitlines(True)))).body)

    assert (httpbin + "/anything/v1/blob", TEXT) == (seen["url"], seen["data"])
    assert str(len(TEXT)) == seen["headers"]["Content-Length"]
    assert "Transfer-Encoding" not in seen["headers"]


def test_httpbin_refuses_chunks(driver: Driver, httpbin: str) -> None:
    """What the same generator meets without a size: 501."""

    async def chunks() -> Any:
        yield b"abc"

    with driver.session(httpbin) as api:
        assert 501 == api.put("put", chunks() if driver.asynchronous else iter([b"abc"])).status


@pytest.mark.parametrize("body", EITHER)
def test_pytest_httpserver_matches_the_body(
    driver: Driver, httpserver: HTTPServer, body: Callable[[], SizedStream]
) -> None:
    """U1, W1: by method, path, header and every byte."""
    headers = {"Content-Length": str(SIZE)}
    httpserver.expect_oneshot_request(
        "/v1/blob", method="PUT", data=BODY, headers=headers
    ).respond_with_data()
    with driver.session(httpserver.url_for("/v1")) as api:
        assert 200 == api.put("blob", body()).status

    httpserver.check_assertions()


def test_pytest_httpserver_redirects(driver: Driver, httpserver: HTTPServer) -> None:
    """S6, S8: as any server."""
    moved = {"Location": "/v1/new"}
    httpserver.expect_request("/v1/old", data=BODY).respond_with_data(status=307, headers=moved)
    httpserver.expect_oneshot_request("/v1/new", data=BODY).respond_with_data("landed")
    with driver.session(httpserver.url_for("/v1")) as api:
        assert b"landed" == api.put("old", replayable()).body
        with pytest.raises(BodyConsumed):
            api.put("old", one_shot())

    httpserver.check_assertions()
