"""stamina: a decorated call that is tried again, on every client."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from basestream import BodyConsumed, SizedStream
from basestream.testing import RecordingServer
from drivers import Caller, Driver
from integrations.common import UPLOAD, framed, one_shot, replayable

stamina: Any = import_module("stamina")

AT_ONCE = {"attempts": 5, "wait_initial": 0, "wait_max": 0, "wait_jitter": 0}


class Busy(Exception):
    """The server has said 503."""


@stamina.retry(on=Busy, **AT_ONCE)  # type: ignore[untyped-decorator]  # imported by name, hence Any
def put(api: Caller, body: SizedStream) -> int:
    """Upload until the server is not busy any more."""
    status = api.put("flaky/503?times=2", body).status
    if status == 503:
        raise Busy
    return status


def test_a_body_that_can_be_sent_again(driver: Driver, server: RecordingServer) -> None:
    """S8, W1: the same stream in each attempt, and the same bytes."""
    with driver.session(server.url + "/v1") as api:
        assert 200 == put(api, replayable())

    assert [UPLOAD] * 3 == [framed(exchange) for exchange in server.exchanges]


def test_a_body_that_can_be_sent_once(driver: Driver, server: RecordingServer) -> None:
    """S6: ``BodyConsumed`` is not what it was told to try again for: it is what the caller sees."""
    with driver.session(server.url + "/v1") as api, pytest.raises(BodyConsumed, match=r"from_path\(\)"):
        put(api, one_shot())

    assert [UPLOAD] == [framed(exchange) for exchange in server.exchanges]
