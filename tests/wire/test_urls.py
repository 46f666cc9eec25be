"""U1 to U19 where they count: in the request line, the same on every client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

import basestream
from basestream.testing import RecordingServer
from drivers import Driver

# (reference, target) under the base /v1: what every client puts into its request line.
TARGETS = [
    ("users", "/v1/users"),
    ("users/", "/v1/users/"),
    ("users/1", "/v1/users/1"),
    ("users/1?q=2", "/v1/users/1?q=2"),
    ("users/1?q=2#f", "/v1/users/1?q=2"),
    ("./users", "/v1/users"),
    ("/users", "/users"),
    ("/", "/"),
    ("", "/v1"),
    ("?q=1", "/v1?q=1"),
    ("#f", "/v1"),
    (".", "/v1/"),
    ("./", "/v1/"),
    ("a/../b", "/v1/b"),
    ("a/./b", "/v1/a/b"),
    ("a/b/..", "/v1/a/"),
    ("..", "/"),
    ("../x", "/x"),
    ("../../x", "/x"),
    ("/../x", "/x"),
    ("/a/../x", "/x"),
    ("%2e%2e/x", "/x"),
    ("%2E%2E/x", "/x"),
    (".%2e/x", "/x"),
    ("a/%2e/b", "/v1/a/b"),
    ("a..b/c...", "/v1/a..b/c..."),
    (".hidden", "/v1/.hidden"),
    ("users:123", "/v1/users:123"),
    ("documents:batchGet", "/v1/documents:batchGet"),
    ("sha256:ab/manifest", "/v1/sha256:ab/manifest"),
    ("localhost:8080/x", "/v1/localhost:8080/x"),
    ("mailto:a@b", "/v1/mailto:a@b"),
    ("./http:x", "/v1/http:x"),
    ("x/http://other/", "/v1/x/http://other/"),
    ("a?next=http://other/", "/v1/a?next=http://other/"),
    ("a//b", "/v1/a//b"),
    ("a///", "/v1/a///"),
    ("a b", "/v1/a%20b"),
    ("a%20b", "/v1/a%20b"),
    ("a+b", "/v1/a+b"),
    ("grüße", "/v1/gr%C3%BC%C3%9Fe"),
    ("日本/語", "/v1/%E6%97%A5%E6%9C%AC/%E8%AA%9E"),
    ("emoji/😀", "/v1/emoji/%F0%9F%98%80"),
    ('a"b', "/v1/a%22b"),
    ("a<b>c", "/v1/a%3Cb%3Ec"),
    ("a^b", "/v1/a%5Eb"),
    ("a{b}c", "/v1/a%7Bb%7Dc"),
    ("a|b", "/v1/a%7Cb"),
    ("a`b", "/v1/a%60b"),
    ("a[0]", "/v1/a%5B0%5D"),
    ("100%", "/v1/100%25"),
    ("100%zz", "/v1/100%25zz"),
    ("%%41", "/v1/%25A"),
    ("%2541", "/v1/%2541"),
    ("%41%7e%2D", "/v1/A~-"),
    ("a%2fb", "/v1/a%2Fb"),
    ("a%2Fb%3f%23", "/v1/a%2Fb%3F%23"),
    ("%e2%82%ac", "/v1/%E2%82%AC"),
    ("~me", "/v1/~me"),
    ("%7Eme", "/v1/~me"),
    ("a!$&'()*+,;=:@b", "/v1/a!$&'()*+,;=:@b"),
    ("a;v=1/b", "/v1/a;v=1/b"),
    ("a?x=a b", "/v1/a?x=a%20b"),
    ("a?x=ü", "/v1/a?x=%C3%BC"),
    ("a?x[]=1", "/v1/a?x%5B%5D=1"),
    ("a?x={}|^`", "/v1/a?x=%7B%7D%7C%5E%60"),
    ("a?x=\\", "/v1/a?x=%5C"),
    ("a?x='\"<>", "/v1/a?x='%22%3C%3E"),
    ("a?x=1?y=/2", "/v1/a?x=1?y=/2"),
    ("a?x=%41%2f%zz", "/v1/a?x=A%2F%25zz"),
    ("a?x=..&y=.", "/v1/a?x=..&y=."),
    ("a?x=1#y#z", "/v1/a?x=1"),
    ("a?x=1&x=2&&z", "/v1/a?x=1&x=2&&z"),
    ("a?%2e%2e", "/v1/a?.."),
]


@pytest.mark.parametrize("base", ["/v1", "/v1/"], ids=["base", "base-slash"])
def test_every_client_sends_the_same_target(driver: Driver, server: RecordingServer, base: str) -> None:
    """U1 to U13: for each of more than 60 references the request line is the one of the table."""
    as_written = {"": base, "?q=1": base + "?q=1", "#f": base}  # U3, U4: the base's own slash shows
    with driver.session(server.url + base) as api:
        for ref, _ in TARGETS:
            api.get(ref)

    wanted = [(ref, as_written.get(ref, target)) for ref, target in TARGETS]
    assert wanted == [(ref, seen.target) for (ref, _), seen in zip(TARGETS, server.exchanges, strict=True)]


def test_an_empty_query_is_kept_but_by_requests(driver: Driver, server: RecordingServer) -> None:
    """U4: ``users?`` keeps its question mark; requests drops an empty query, and nothing public can stop it."""
    with driver.session(server.url) as api:
        api.get("users?")

    wanted = "/users" if driver.client == "requests" else "/users?"
    assert [wanted] == [exchange.target for exchange in server.exchanges]


def test_an_absolute_url_is_passed_on_verbatim(driver: Driver, server: RecordingServer) -> None:
    """U8: a signed URL reaches the server with every byte that it was signed with."""
    signed = "/bucket/a%20b%2Fc?X-Amz-Signature=0123&X-Amz-Date=2026%2F01&list-type=2&empty="
    with driver.session("https://api.invalid/v1") as api:
        api.get(server.url + signed)

    assert [signed] == [exchange.target for exchange in server.exchanges]


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


@pytest.mark.parametrize(
    "ref", [None, 1, 1.5, ("a", "b"), object()], ids=["None", "int", "float", "tuple", "object"]
)
def test_what_is_no_url_is_a_type_error(driver: Driver, server: RecordingServer, ref: Any) -> None:
    """U15: anything but text and the named URL classes is a ``TypeError``."""
    with driver.session(server.url) as api, pytest.raises(TypeError):
        api.get(ref)

    assert [] == server.connections


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


PARAMS = [
    pytest.param("a?x=1", {"y": "2"}, "/v1/a?x=1&y=2", id="both"),
    pytest.param("a", {"y": "2"}, "/v1/a?y=2", id="params alone"),
    pytest.param("a?x=1", {}, "/v1/a?x=1", id="empty params"),
    pytest.param("a?x=1#f", {"x": "2"}, "/v1/a?x=1&x=2", id="same name"),
    pytest.param("", {"y": "2"}, "/v1?y=2", id="the base itself"),
    pytest.param("a?x=%2F", {"y": "a b&c"}, "/v1/a?x=%2F&y=a+b%26c", id="encoded"),
]


@pytest.mark.parametrize(("ref", "params", "target"), PARAMS)
def test_a_query_and_params_both_reach_the_server(
    driver: Driver, server: RecordingServer, ref: str, params: dict[str, str], target: str
) -> None:
    """U19: httpx would drop the query of the reference, urllib3 would write a second question mark."""
    with driver.session(server.url + "/v1") as api:
        api.get(ref, params=params)

    # 0.25 to 0.27 of httpx write a space in params as %20; both are right in a query.
    assert [target] == [exchange.target.replace("%20", "+") for exchange in server.exchanges]


def test_the_params_of_the_session_add_too(driver: Driver, server: RecordingServer) -> None:
    """U19: the reference's query, the session's params and the call's all arrive."""
    if driver.client == "urllib3":
        pytest.skip("urllib3 has no params of a session")
    with driver.session(server.url) as api:
        api.session.params = {"s": "1"}
        api.get("a?x=1", params={"y": "2"})
        api.get("b")

    assert ["/a?x=1&s=1&y=2", "/b?s=1"] == [exchange.target for exchange in server.exchanges]
