"""requests-mock: it stands in for the adapter, sees joined URLs, and never reads the body."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from basestream_requests import BaseUrlSession
from integrations.common import BODY, EITHER, SIZE, UPLOAD, framed, mounted, one_shot, replayable, too_short

requests_mock: Any = import_module("requests_mock")

BASE = "https://api.example.com/v1"


def joined(request: Any, context: Any) -> bytes:
    """Answer with the body, as a callback that stands in for a server."""
    return b"".join(request.body)


def everywhere(api: BaseUrlSession) -> Any:
    """Mock all sessions."""
    return requests_mock.Mocker()


def one_session(api: BaseUrlSession) -> Any:
    """Mock this one."""
    return requests_mock.Mocker(session=api)


@pytest.mark.parametrize("mocker", [everywhere, one_session])
def test_the_joined_url_is_what_is_matched(mocker: Callable[[BaseUrlSession], Any]) -> None:
    """U1: a mock is registered under the URL that the session requests."""
    with BaseUrlSession(BASE) as api, mocker(api) as mock:
        mock.get(BASE + "/users", json=["Ada"])
        assert ["Ada"] == api.get("users").json()

    assert BASE + "/users" == mock.last_request.url


def test_an_adapter_under_a_scheme_of_its_own() -> None:
    """U17: a base may have any scheme, so that what is mounted under ``mock://`` is met."""
    adapter = requests_mock.Adapter()
    adapter.register_uri("PUT", "mock://host/v1/blob", status_code=201)
    with BaseUrlSession("mock://host/v1") as api:
        api.mount("mock://", adapter)
        assert 201 == api.put("blob", data=one_shot()).status_code

    assert str(SIZE) == adapter.last_request.headers["Content-Length"]


def test_it_does_not_read_the_body(requests_mock: Any) -> None:
    """``last_request.body`` is the body that would be sent; a test that wants its bytes joins them."""
    requests_mock.put(BASE + "/blob")
    with BaseUrlSession(BASE) as api:
        api.put("blob", data=replayable())

    request = requests_mock.last_request
    assert (str(SIZE), None) == (request.headers["Content-Length"], request.headers.get("Transfer-Encoding"))
    assert BODY == b"".join(request.body)


def test_a_wrong_body_is_noticed_as_far_as_the_first_block() -> None:
    """S4: our session pulls 64 KiB, the mock nothing; what is wrong further on shows only on a server."""
    with BaseUrlSession(BASE) as api, requests_mock.Mocker() as mock:
        mock.put(BASE + "/blob")
        with pytest.raises(BodyTooShort):
            api.put("blob", data=SizedStream(3, ["ab"]))
        assert 200 == api.put("blob", data=too_short()).status_code


def test_a_body_that_was_begun_cannot_be_sent_again() -> None:
    """S6: the first block is gone, also where nobody else has read; never a body without its beginning."""
    body = one_shot()
    with BaseUrlSession(BASE) as api, requests_mock.Mocker() as mock:
        mock.put(BASE + "/blob")
        api.put("blob", data=body)
        with pytest.raises(BodyConsumed):
            api.put("blob", data=body)

    assert 1 == mock.call_count


@pytest.mark.parametrize("body", EITHER)
def test_a_redirect_is_kinder_than_that_of_a_server(body: Callable[[], SizedStream]) -> None:
    """Nobody has read the body when it is redirected, so that a one-shot body is still whole."""
    with BaseUrlSession(BASE) as api, requests_mock.Mocker() as mock:
        mock.put(BASE + "/old", status_code=307, headers={"Location": "/v1/new"})
        mock.put(BASE + "/new", content=joined)
        assert BODY == api.put("old", data=body()).content


@pytest.mark.parametrize("body", EITHER)
def test_what_is_passed_through_arrives(server: RecordingServer, body: Callable[[], SizedStream]) -> None:
    """W1: a real server behind ``real_http`` gets the exact body."""
    with BaseUrlSession(server.url + "/v1") as api, requests_mock.Mocker(real_http=True):
        api.put("blob", data=body())

    assert "/v1/blob" == server.exchanges[0].target
    assert UPLOAD == framed(server.exchanges[0])


def test_the_adapter_mounted_for_http() -> None:
    """U21: mounting it over ours takes all of that scheme."""
    adapter = requests_mock.Adapter()
    adapter.register_uri(requests_mock.ANY, requests_mock.ANY, text="mocked")
    with BaseUrlSession(BASE) as api:
        mounted(adapter)(api)
        assert "mocked" == api.get("users").text

    assert [BASE + "/users"] == [request.url for request in adapter.request_history]
