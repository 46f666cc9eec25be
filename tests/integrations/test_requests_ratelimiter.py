"""requests-ratelimiter: its mixin and its adapter, with a limit that is reached at once and waits for nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
import requests

from basestream.testing import RecordingServer
from basestream_requests import BaseUrlSession
from integrations.common import UPLOAD, framed, lines, mixed, mounted, one_shot

ratelimiter: Any = import_module("requests_ratelimiter")

LIMIT: dict[str, Any] = {"per_hour": 2, "max_delay": 0}


def mixin_in_front(base: str) -> Any:
    """Make a session of a class whose first base is the mixin."""
    return mixed(ratelimiter.LimiterMixin, BaseUrlSession)(base_url=base, **LIMIT)


def mixin_behind(base: str) -> Any:
    """Make a session of a class whose first base is ours."""
    return mixed(BaseUrlSession, ratelimiter.LimiterMixin, requests.Session)(base, **LIMIT)


def adapter(base: str) -> Any:
    """Mount its adapter."""
    session = BaseUrlSession(base)
    mounted(ratelimiter.LimiterAdapter(**LIMIT))(session)
    return session


@pytest.mark.parametrize("make", [mixin_in_front, mixin_behind, adapter])
def test_two_an_hour(make: Callable[[str], Any], server: RecordingServer) -> None:
    """U1, U21, W1: two requests are sent, joined and sized; the third is not."""
    with make(server.url + "/v1") as api:
        api.get("users")
        api.put("blob", data=one_shot())
        with pytest.raises(requests.Timeout, match="max_delay=0"):
            api.get("users")

    assert ["GET /v1/users", "PUT /v1/blob"] == lines(server)
    assert UPLOAD == framed(server.exchanges[1])
