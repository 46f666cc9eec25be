"""starlette: our body in its ``TestClient``, and our session over its application."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from typing import Any

import pytest

from basestream import BodyTooShort, SizedStream, StreamingIterator
from drivers import Driver
from integrations.apps import Application, Seen
from integrations.common import BODY, SIZE, backends, chunks, one_shot, replayable, too_short

TestClient: Any = import_module("starlette.testclient").TestClient
applications: Any = import_module("starlette.applications")
responses: Any = import_module("starlette.responses")
routing: Any = import_module("starlette.routing")


@pytest.mark.parametrize("named", [True, False], ids=["header", "no header"])
@pytest.mark.parametrize("make", [one_shot, replayable, lambda: StreamingIterator(SIZE, chunks())])
def test_a_body_in_its_test_client(make: Callable[[], SizedStream], named: bool) -> None:
    """W2: sized, whether the header is named, as bare clients may need it, or found by httpx2 below."""
    application, body = Application(), make()
    with closing(TestClient(application.asgi)) as client:
        headers = body.headers if named else {}
        assert 200 == client.put("/v1/blob", content=body, headers=headers).status_code

    assert [Seen("PUT /v1/blob", str(SIZE), None, BODY)] == application.seen


def test_a_wrong_body_in_its_test_client() -> None:
    """S3: the test fails with the reason."""
    application, body = Application(), too_short()
    with closing(TestClient(application.asgi)) as client, pytest.raises(BodyTooShort):
        client.put("/v1/blob", content=body, headers=body.headers)

    assert [] == application.seen


@backends("httpx", "httpx2", only="async")
def test_an_application_of_its(driver: Driver) -> None:
    """U1, W1: a route is found under the base, and ``request.stream()`` gives the body."""

    async def put(request: Any) -> Any:
        parts = [part async for part in request.stream()]
        return responses.JSONResponse(
            {"size": len(b"".join(parts)), "length": request.headers["content-length"]}
        )

    app = applications.Starlette(routes=[routing.Route("/v1/{name}", put, methods=["PUT"])])
    with driver.session("http://app/v1", transport=driver.native.ASGITransport(app)) as api:
        answer = api.put("blob", SizedStream(SIZE, chunks()))

    assert {"size": SIZE, "length": str(SIZE)} == answer.native.json()
