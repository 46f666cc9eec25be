"""tenacity: a call that is tried again, on every client; what can be read once stops it with the reason."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from basestream import BodyConsumed, BodyError, SizedStream
from basestream.testing import RecordingServer
from drivers import Caller, Driver
from integrations.common import SIZE, UPLOAD, backends, chunks, framed, one_shot, replayable

tenacity: Any = import_module("tenacity")

FLAKY = "flaky/503?times=2"


class Busy(Exception):
    """The server has said 503."""


def put(api: Caller, body: SizedStream) -> int:
    """Upload once, or raise ``Busy``."""
    status = api.put(FLAKY, body).status
    if status == 503:
        raise Busy
    return status


def again(**options: Any) -> Any:
    """Give a policy that does not wait."""
    return tenacity.Retrying(stop=tenacity.stop_after_attempt(5), reraise=True, **options)


def test_a_body_that_can_be_sent_again(driver: Driver, server: RecordingServer) -> None:
    """S8, W1: the same stream in each attempt, and the same bytes."""
    body = replayable()
    with driver.session(server.url + "/v1") as api:
        assert 200 == again()(put, api, body)

    assert [UPLOAD] * 3 == [framed(exchange) for exchange in server.exchanges]


def test_a_body_made_for_each_attempt(driver: Driver, server: RecordingServer) -> None:
    """S6: where the generator is made within what is tried again, one that is read once will do."""
    with driver.session(server.url + "/v1") as api:
        assert 200 == again()(lambda: put(api, SizedStream(SIZE, chunks())))

    assert [UPLOAD] * 3 == [framed(exchange) for exchange in server.exchanges]


def test_a_body_that_can_be_sent_once(driver: Driver, server: RecordingServer) -> None:
    """S6: the second attempt raises, and nothing is sent; so does each further one, if the policy allows them."""
    body = one_shot()
    policy = again(retry=tenacity.retry_if_not_exception_type(BodyError))
    with driver.session(server.url + "/v1") as api:
        with pytest.raises(BodyConsumed, match=r"from_path\(\)"):
            policy(put, api, body)
        with pytest.raises(BodyConsumed):
            again()(put, api, body)

    assert 2 == policy.statistics["attempt_number"]
    assert [UPLOAD] == [framed(exchange) for exchange in server.exchanges]


@backends("httpx", "httpx2", only="async")
def test_its_async_face(driver: Driver, server: RecordingServer) -> None:
    """S8, S13: ``AsyncRetrying`` around an async session."""
    body = replayable()
    with driver.session(server.url + "/v1") as api:

        async def put_once() -> int:
            answer = await api.session.put(FLAKY, content=body)
            if answer.status_code == 503:
                raise Busy
            return int(answer.status_code)

        policy = tenacity.AsyncRetrying(stop=tenacity.stop_after_attempt(5))
        assert 200 == driver.run(policy(put_once))

    assert [UPLOAD] * 3 == [framed(exchange) for exchange in server.exchanges]
