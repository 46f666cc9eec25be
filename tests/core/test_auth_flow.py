"""A1: one request's way through its challenges, and what it takes along."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from basestream.backend import PROXY_FIELDS, Asked, Authenticator, AuthFlow, is_for_one_target, merged_cookies

HOME = "https://api.example/v1"
BASIC = "Basic bWU6c2VjcmV0"
OFFERS_BASIC = {"WWW-Authenticate": ['Basic realm="x"'], "Proxy-Authenticate": ['Basic realm="x"']}
NO_FIELDS: Callable[[str], list[str] | None] = dict[str, list[str]]().get


def authenticator() -> Authenticator:
    return Authenticator("me", "secret")


def asked(url: str = HOME, authorization: str | None = None) -> Asked:
    return Asked("GET", url, "/v1", authorization)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://other.example/v1", id="host"),
        pytest.param("http://api.example/v1", id="scheme"),
        pytest.param("https://api.example:8443/v1", id="port"),
        pytest.param("https://api.example\\@other.example/", id="unclear"),
    ],
)
def test_another_origin_is_given_nothing(url: str) -> None:
    """A1: not when it asks, and not unasked, whatever was learnt."""
    flow = AuthFlow(authenticator(), HOME)
    assert BASIC == flow.after(401, asked(), OFFERS_BASIC.get)

    assert flow.first(asked(url)) is None
    assert flow.after(401, asked(url), OFFERS_BASIC.get) is None


def test_only_the_status_of_a_challenge_is_answered() -> None:
    """A1: a 401 to the one, a 407 to the other."""
    assert AuthFlow(authenticator(), HOME).after(407, asked(), OFFERS_BASIC.get) is None
    assert AuthFlow(authenticator(), HOME, PROXY_FIELDS).after(401, asked(), OFFERS_BASIC.get) is None
    assert BASIC == AuthFlow(authenticator(), HOME, PROXY_FIELDS).after(407, asked(), OFFERS_BASIC.get)


def test_a_challenge_without_fields_is_the_response() -> None:
    """A1: RFC 9110 section 11.6.1 demands one, and not every server sends it."""
    assert AuthFlow(authenticator(), HOME).after(401, asked(), NO_FIELDS) is None


def test_a_server_that_is_never_content() -> None:
    """A1: whose nonces are stale again and again is answered twice, and then has the last word."""
    flow = AuthFlow(authenticator(), HOME)
    sent: list[str | None] = [None]
    for number in range(4):
        offer = {"WWW-Authenticate": [f'Digest realm="x", nonce="{number}", qop="auth", stale=true']}
        sent.append(flow.after(401, asked(authorization=sent[-1]), offer.get))

    assert [bool(value) for value in sent] == [False, True, True, False, False]


def test_a_response_teaches_the_next_nonce() -> None:
    """A1: RFC 7616 section 3.5; a response from elsewhere teaches nothing."""
    who = authenticator()
    flow = AuthFlow(who, HOME)
    offer = {"WWW-Authenticate": ['Digest realm="x", nonce="one", qop="auth"']}
    flow.after(401, asked(), offer.get)
    flow.after(200, asked(), {"Authentication-Info": ['nextnonce="two"']}.get)
    flow.after(200, asked("https://other.example"), {"Authentication-Info": ['nextnonce="three"']}.get)
    flow.after(200, asked(), NO_FIELDS)

    assert 'nonce="two"' in (AuthFlow(who, HOME).first(asked()) or "")


def test_what_a_redirect_may_carry() -> None:
    """A1: Digest names its target, in any case of the scheme."""
    assert is_for_one_target("digest x")
    assert not is_for_one_target("Digestive x")
    assert not is_for_one_target("Bearer x")


@pytest.mark.parametrize(
    ("before", "new", "merged"),
    [
        pytest.param(None, None, None, id="none"),
        pytest.param("a=1", None, "a=1", id="nothing-new"),
        pytest.param(None, "b=2", "b=2", id="only-new"),
        pytest.param("a=1", "b=2; c=3", "a=1; b=2; c=3", id="beside"),
        pytest.param("a=1; b=2", "a=9", "b=2; a=9", id="replaced"),
        pytest.param("a=1; b=2; d=3", "b=8; a=9", "d=3; b=8; a=9", id="two-are-replaced"),
        pytest.param("ab=1", "a=9", "ab=1; a=9", id="whole-names"),
        pytest.param("a=1; b=2; c=3", "c=4", "a=1; b=2; c=4", id="two-are-kept"),
        pytest.param("a=1=2; b=3", "a=9", "b=3; a=9", id="equals-in-an-old-value"),
        pytest.param("a=1; b=3", "a=1=2", "b=3; a=1=2", id="equals-in-a-new-value"),
        pytest.param("b=1", "a=2 b=3", "b=1; a=2 b=3", id="space-in-a-value"),
    ],
)
def test_merged_cookies(before: str | None, new: str | None, merged: str | None) -> None:
    """A1: RFC 6265 section 5.4: a name occurs once."""
    assert merged == merged_cookies(before, new)
