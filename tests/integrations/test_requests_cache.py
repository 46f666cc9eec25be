"""requests-cache: what it makes of bodies. `tests/mixins` has its classes mixed with ours."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from basestream import BodyConsumed, SizedStream, StreamingIterator
from basestream.testing import RecordingServer
from basestream_requests import BaseUrlSession
from integrations.common import EITHER, SIZE, UPLOAD, chunks, framed, lines, mixed

requests_cache: Any = import_module("requests_cache")

Cached = mixed(requests_cache.CacheMixin, BaseUrlSession)


@pytest.fixture
def options(server: RecordingServer) -> dict[str, Any]:
    return {
        "base_url": server.url + "/v1",
        "backend": "memory",
        "allowable_methods": ("GET", "PUT"),  # the latter is not its default
    }


@pytest.mark.parametrize("body", EITHER)
def test_an_upload_passes_it_by(
    options: dict[str, Any], server: RecordingServer, body: Callable[[], SizedStream]
) -> None:
    """S6, W1: it does not read the body of a session of ours, so that one that can be read once is whole."""
    with Cached(**options) as session:
        session.put("blob", data=body())

    assert UPLOAD == framed(server.exchanges[0])


def test_no_upload_is_answered_with_the_answer_to_another(
    options: dict[str, Any], server: RecordingServer
) -> None:
    """S3: whatever methods it may cache, each body is sent. It takes bodies that it cannot read by their text."""
    bodies = [b"%03d" % number for number in range(20)]
    with Cached(**options) as session:
        answers = [session.put("blob", data=SizedStream(3, [data])) for data in bodies]

    assert {False} == {answer.from_cache for answer in answers}
    assert bodies == [exchange.body for exchange in server.exchanges]


def test_a_form_cannot_be_its_key(options: dict[str, Any], server: RecordingServer) -> None:
    """It looks for parameters in a form, and wants bytes for that: an error before anything is sent."""
    with Cached(**options) as session, pytest.raises(AttributeError, match="no attribute 'decode'"):
        session.put(
            "form",
            data=SizedStream(3, [b"a=b"]),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )

    assert [] == server.exchanges


def test_its_own_session_reads_a_body_that_has_read(options: dict[str, Any], server: RecordingServer) -> None:
    """S6: then there is nothing left of a generator, and the error says who may have read it."""
    url = options.pop("base_url")
    with requests_cache.CachedSession(**options) as session:
        with pytest.raises(BodyConsumed, match="a cache or a mock"):
            session.put(url, data=StreamingIterator(SIZE, chunks()))
        assert [] == [exchange.target for exchange in server.exchanges if exchange.complete]
        session.put(url, data=StreamingIterator(SIZE, chunks))

    server.wait_idle()
    assert UPLOAD == framed(server.exchanges[-1])


def test_installing_it_does_not_touch_our_class(server: RecordingServer) -> None:
    """``install_cache`` replaces ``requests.Session`` for those who ask for it later: mix the class instead."""
    with requests_cache.enabled(backend="memory"), BaseUrlSession(server.url + "/v1") as session:
        answers: list[Any] = [session.get("users") for _ in range(2)]

    assert ["GET /v1/users"] * 2 == lines(server)
    assert not any(hasattr(answer, "from_cache") for answer in answers)
