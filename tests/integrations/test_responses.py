"""responses: it stands in for the adapter, sees joined URLs, and reads no body of our sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
import requests

from basestream import BodyConsumed, BodyTooShort, SizedStream, StreamingIterator
from basestream.testing import RecordingServer
from basestream_requests import BaseUrlSession
from integrations.common import BODY, EITHER, SIZE, UPLOAD, chunks, framed, one_shot, replayable, too_short

responses: Any = import_module("responses")

BASE = "https://api.example.com/v1"


def joined(request: Any) -> tuple[int, dict[str, str], bytes]:
    """Answer with the body, as a callback that stands in for a server."""
    return 200, {}, b"".join(request.body)


def is_the_body(request: Any) -> tuple[bool, str]:
    """Match the body."""
    return b"".join(request.body) == BODY, "another body"


@pytest.fixture
def mock() -> Iterator[Any]:
    with responses.RequestsMock() as mock:
        yield mock


def test_the_joined_url_is_what_is_matched(mock: Any) -> None:
    """U1, U2: a mock is registered under the URL that the session requests."""
    mock.get(BASE + "/users", json=["Ada"])
    mock.get("https://api.example.com/health", body="fine")
    with BaseUrlSession(BASE) as api:
        assert ["Ada"] == api.get("users").json()
        assert "fine" == api.get("/health").text


def test_it_does_not_read_the_body(mock: Any) -> None:
    """W1: what a test finds in ``calls`` is the body that would be sent, under the header with its size."""
    mock.put(BASE + "/blob", status=201)
    with BaseUrlSession(BASE) as api:
        assert 201 == api.put("blob", data=replayable()).status_code

    request = mock.calls[0].request
    assert (str(SIZE), None) == (request.headers["Content-Length"], request.headers.get("Transfer-Encoding"))
    assert BODY == b"".join(request.body)


@pytest.mark.parametrize("body", EITHER)
def test_a_callback_may_read_it(mock: Any, body: Callable[[], SizedStream]) -> None:
    """S3, S6: a callback that joins the blocks stands in for a server, whatever the source; wrong bodies fail."""
    mock.add_callback("PUT", BASE + "/blob", joined)
    with BaseUrlSession(BASE) as api:
        assert BODY == api.put("blob", data=body()).content
        with pytest.raises(BodyTooShort):
            api.put("blob", data=too_short())


def test_its_matchers_for_bodies_want_bytes(mock: Any) -> None:
    """They take ``request.body`` for bytes; a matcher of one's own joins the blocks."""
    matches = responses.matchers.json_params_matcher({})
    mock.put(BASE + "/blob", match=[matches])
    with (
        BaseUrlSession(BASE) as api,
        pytest.raises(TypeError, match="must be str, bytes or bytearray, not Upload"),
    ):
        api.put("blob", data=SizedStream(2, iter(["{}"])))

    mock.reset()
    mock.put(BASE + "/blob", match=[is_the_body])
    with BaseUrlSession(BASE) as api:
        assert 200 == api.put("blob", data=replayable()).status_code


def test_a_wrong_body_is_noticed_as_far_as_the_first_block(mock: Any) -> None:
    """S4: our session pulls 64 KiB, the mock nothing; what is wrong further on shows only on a server."""
    mock.put(BASE + "/blob")
    with BaseUrlSession(BASE) as api:
        with pytest.raises(BodyTooShort):
            api.put("blob", data=SizedStream(3, ["ab"]))
        assert 200 == api.put("blob", data=too_short()).status_code


def test_a_body_that_was_begun_cannot_be_sent_again(mock: Any) -> None:
    """S6: the first block is gone, also where nobody else has read; never a body without its beginning."""
    mock.put(BASE + "/blob", status=503)
    body = one_shot()
    with BaseUrlSession(BASE) as api:
        assert 503 == api.put("blob", data=body).status_code
        with pytest.raises(BodyConsumed, match="a cache or a mock"):
            api.put("blob", data=body)

    assert 1 == len(mock.calls)


@pytest.mark.parametrize("body", EITHER)
def test_a_redirect_is_kinder_than_that_of_a_server(mock: Any, body: Callable[[], SizedStream]) -> None:
    """Nobody has read the body when it is redirected, so that a one-shot body is still whole."""
    mock.put(BASE + "/old", status=307, headers={"Location": "/v1/new"})
    mock.add_callback("PUT", BASE + "/new", joined)
    with BaseUrlSession(BASE) as api:
        assert BODY == api.put("old", data=body()).content


def test_a_bare_session_has_its_body_read(mock: Any) -> None:
    """An object with ``read`` is replaced by its bytes: so is a ``StreamingIterator`` without a session of ours."""
    mock.put(BASE + "/blob")
    requests.put(BASE + "/blob", data=StreamingIterator(SIZE, chunks()))

    assert BODY == mock.calls[0].request.body


@pytest.mark.parametrize("body", EITHER)
def test_what_is_passed_through_arrives(
    mock: Any, server: RecordingServer, body: Callable[[], SizedStream]
) -> None:
    """W1: a real server behind ``add_passthru`` gets the exact body."""
    mock.add_passthru(server.url)
    with BaseUrlSession(server.url + "/v1") as api:
        api.put("blob", data=body())

    assert "/v1/blob" == server.exchanges[0].target
    assert UPLOAD == framed(server.exchanges[0])
