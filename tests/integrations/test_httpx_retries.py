"""httpx-retries: a transport that sends again, under a session of ours on httpx."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort
from basestream.testing import RecordingServer
from drivers import Driver
from integrations.common import UPLOAD, backends, framed, one_shot, replayable, too_short

httpx_retries: Any = import_module("httpx_retries")

RESET = "reset?times=1&after=100000"


def retrying() -> Any:
    """Make its transport; PUT is one of the methods that it repeats."""
    return httpx_retries.RetryTransport(retry=httpx_retries.Retry(total=3, backoff_factor=0))


@pytest.mark.parametrize("target", ["flaky/503?times=2", RESET], ids=["503", "reset"])
@backends("httpx")
def test_a_body_that_can_be_sent_again(driver: Driver, server: RecordingServer, target: str) -> None:
    """S8, W1: whole and sized in each attempt, also after one that was cut off in the middle."""
    with driver.session(server.url + "/v1", transport=retrying()) as api:
        assert 200 == api.put(target, replayable()).status

    complete = [exchange for exchange in server.exchanges if exchange.complete]
    assert [UPLOAD] * len(complete) == [framed(exchange) for exchange in complete]
    assert len(server.exchanges) >= 2


@pytest.mark.parametrize("target", ["flaky/503?times=2", RESET], ids=["503", "reset"])
@backends("httpx")
def test_a_body_that_can_be_sent_once(driver: Driver, server: RecordingServer, target: str) -> None:
    """S6: an error that names the remedy, and no second complete request."""
    says = pytest.raises(BodyConsumed, match=r"from_path\(\)")
    with driver.session(server.url + "/v1", transport=retrying()) as api, says:
        api.put(target, one_shot())

    server.wait_idle()
    complete = [exchange for exchange in server.exchanges if exchange.complete]
    assert len(complete) == (0 if target == RESET else 1)


@backends("httpx")
def test_a_wrong_body_is_not_sent_again(driver: Driver, server: RecordingServer) -> None:
    """S9: an error of the body is none of the network, so that it is told at once."""
    with driver.session(server.url + "/v1", transport=retrying()) as api, pytest.raises(BodyTooShort):
        api.put("blob", too_short())

    server.wait_idle()
    assert [False] == [exchange.complete for exchange in server.exchanges]


@backends("httpx2")
def test_httpx2_does_not_go_with_it(driver: Driver, server: RecordingServer) -> None:
    """Its transport is one of httpx, which refuses what httpx2 hands to it."""
    with driver.session(server.url + "/v1", transport=retrying()) as api, pytest.raises(AssertionError):
        api.get("users")

    assert [] == server.exchanges
