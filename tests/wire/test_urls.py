"""U9 to U19: errors that are the client's own too, the client's own URL classes, and a session's params."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

import basestream
from basestream.testing import RecordingServer
from drivers import Driver

REFUSED = [
    pytest.param("http:x", "'//' is missing", id="U9-http"),
    pytest.param("https:/x", "'//' is missing", id="U9-one-slash"),
    pytest.param("https:", "'//' is missing", id="U9-scheme-alone"),
    pytest.param("//other.invalid/x", "would name a host", id="U10-host"),
    pytest.param("///x", "would name a host", id="U10-three-slashes"),
    pytest.param("http:///x", "there is no host", id="U8-no-host"),
    pytest.param("a\nb", "control character", id="U12-line-feed"),
    pytest.param("a\x00b", "control character", id="U12-nul"),
    pytest.param("a\x7fb", "control character", id="U12-del"),
    pytest.param(" a", "strip it", id="U12-leading-space"),
    pytest.param("a\u00a0", "strip it", id="U12-trailing-nbsp"),
    pytest.param("a\\b", "backslash", id="U12-backslash"),
    pytest.param("http://api.invalid\\@other.invalid/", "backslash", id="U12-backslash-in-authority"),
    pytest.param("a\ud800", "surrogate", id="U12-surrogate"),
    pytest.param(b"a\xff", "UTF-8", id="U14-bytes"),
]


@pytest.mark.parametrize(("ref", "says"), REFUSED)
def test_what_two_clients_would_read_differently_is_refused(
    driver: Driver, server: RecordingServer, ref: Any, says: str
) -> None:
    """U8 to U14: the error is ours and the client's own, says what is wrong, and nothing is sent."""
    with driver.session(server.url + "/v1") as api, pytest.raises(basestream.InvalidURL) as caught:
        api.get(ref)

    assert isinstance(caught.value, _native_invalid_url(driver))
    assert says in str(caught.value)
    assert [] == server.connections


def _native_invalid_url(driver: Driver) -> type[Exception]:
    native: Any = driver.native
    kinds: dict[str, Callable[[], Any]] = {
        "requests": lambda: native.exceptions.InvalidURL,
        "urllib3": lambda: native.exceptions.LocationValueError,
    }
    kind: type[Exception] = kinds.get(driver.client, lambda: native.InvalidURL)()
    return kind


@pytest.mark.parametrize("ref", ["users", "", "users:123", "/x", "a/b:c"])
def test_a_relative_reference_needs_a_base(driver: Driver, ref: str) -> None:
    """U16: without a base the error is ours, a ``ValueError``, and what the client itself raises."""
    native: Any = driver.native
    if driver.client == "requests":
        wanted = native.exceptions.InvalidSchema if ref == "users:123" else native.exceptions.MissingSchema
    elif driver.client == "urllib3":
        wanted = native.exceptions.LocationValueError
    else:
        wanted = native.UnsupportedProtocol
    with driver.session() as api, pytest.raises(basestream.MissingBaseURL) as caught:
        api.get(ref)

    assert isinstance(caught.value, wanted)
    assert isinstance(caught.value, ValueError)
    assert (ref, None) == (caught.value.url, caught.value.base_url)


def test_the_kinds_of_url_that_people_pass(driver: Driver, server: RecordingServer) -> None:
    """U14: text, bytes, results of ``urllib.parse`` and the client's own URL class mean the same."""
    kinds: list[Any] = ["users?q=1", b"users?q=1", urlsplit("users?q=1")]
    if driver.client == "urllib3":
        kinds.append(driver.native.util.Url(path="/v1/users", query="q=1"))
    elif driver.client != "requests":
        kinds.append(driver.native.URL("users?q=1"))
    with driver.session(server.url + "/v1") as api:
        for kind in kinds:
            api.get(kind)

    assert ["/v1/users?q=1"] * len(kinds) == [exchange.target for exchange in server.exchanges]


def test_the_params_of_the_session_add_too(driver: Driver, server: RecordingServer) -> None:
    """U19: the reference's query, the session's params and the call's all arrive."""
    if driver.client == "urllib3":
        pytest.skip("urllib3 has no params of a session")
    with driver.session(server.url) as api:
        api.session.params = {"s": "1"}
        api.get("a?x=1", params={"y": "2"})
        api.get("b")

    assert ["/a?x=1&s=1&y=2", "/b?s=1"] == [exchange.target for exchange in server.exchanges]
