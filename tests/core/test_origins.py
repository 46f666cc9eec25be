"""Where a URL leads and what may travel there: P1, P2 and P3."""

from __future__ import annotations

from typing import Any, cast

import pytest

from basestream import InvalidURL, OutOfReachURL
from basestream._origins import (
    DEFAULT_CREDENTIAL_HEADERS,
    CredentialPolicy,
    Origin,
    Reach,
    check_reach,
    checked_reach,
    is_https_upgrade,
    is_plain,
    origin_of,
    same_origin,
)

ORIGINS = [
    # id, URL, origin
    ("default-port-http", "http://h/x", Origin("http", "h", 80)),
    ("default-port-https", "https://h", Origin("https", "h", 443)),
    ("default-port-ws", "ws://h", Origin("ws", "h", 80)),
    ("default-port-wss", "wss://h", Origin("wss", "h", 443)),
    ("default-port-ftp", "ftp://h", Origin("ftp", "h", 21)),
    ("port", "https://h:8443/x", Origin("https", "h", 8443)),
    ("empty-port", "https://h:/x", Origin("https", "h", 443)),
    ("zeros-before-port", "https://h:0443", Origin("https", "h", 443)),
    ("case", "HTTPS://API.Example.COM", Origin("https", "api.example.com", 443)),
    ("userinfo", "https://u:p@h", Origin("https", "h", 443)),
    ("ipv6", "http://[::1]:8080/x", Origin("http", "[::1]", 8080)),
    ("ipv6-case", "http://[FE80::1]", Origin("http", "[fe80::1]", 80)),
    ("zone-keeps-its-case", "http://[FE80::1%25Eth0]", Origin("http", "[fe80::1%25Eth0]", 80)),
    ("unknown-scheme", "mock://h", Origin("mock", "h", None)),
    ("unix", "http+unix://%2Fs/x", Origin("http+unix", "%2fs", None)),
    ("non-ascii-host-is-not-lowered", "https://STRAßE", Origin("https", "STRAßE", 443)),
    ("trailing-dot-is-another-host", "https://h./", Origin("https", "h.", 443)),
    ("at-in-path", "https://h/@evil", Origin("https", "h", 443)),
]

UNCLEAR = [
    ("relative", "/x"),
    ("no-scheme", "//h/x"),
    ("no-authority", "mailto:a@b"),
    ("no-host", "https:///x"),
    ("two-ats", "https://api.example.com@evil.example@other/"),
    ("backslash-in-userinfo", "https://api.example.com\\@evil.example/"),
    ("backslash-in-host", "https://evil.example\\.api.example.com/"),
    ("bracket", "https://[::1/"),
    ("space", "https://a b/"),
    ("port", "https://h:65536"),
    ("port-word", "https://h:x"),
    ("empty", ""),
]


@pytest.mark.parametrize(
    ("url", "origin"), [pytest.param(url, origin, id=name) for name, url, origin in ORIGINS]
)
def test_origin(url: str, origin: Origin) -> None:
    """P3. An origin is scheme, host and port, with defaults filled in."""
    assert origin_of(url) == origin


@pytest.mark.parametrize("url", [pytest.param(url, id=name) for name, url in UNCLEAR])
def test_no_origin(url: str) -> None:
    """P3. Where two clients might see two hosts, there is no origin: it counts as foreign."""
    assert origin_of(url) is None


def test_origin_with_a_port_of_many_zeros() -> None:
    """P3, U18. A port beyond Python's limit on digits is an answer, not an error."""
    assert origin_of("https://h:" + "0" * 5000 + "443") in (None, Origin("https", "h", 443))


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin("https", "h", 443), "https://h"),
        (Origin("https", "h", 80), "https://h:80"),
        (Origin("mock", "h", None), "mock://h"),
        (Origin("mock", "h", 5), "mock://h:5"),
    ],
)
def test_origin_text(origin: Origin, text: str) -> None:
    """P3. What is logged is the origin as people write it, without a default port."""
    assert str(origin) == text


@pytest.mark.parametrize(
    ("previous", "new", "upgrade"),
    [
        pytest.param("http://h", "https://h", True, id="upgrade"),
        pytest.param("http://h:80/a", "https://h:443/b", True, id="ports-written"),
        pytest.param("http://h", "https://g", False, id="other-host"),
        pytest.param("http://h:8080", "https://h", False, id="from-other-port"),
        pytest.param("http://h", "https://h:8443", False, id="to-other-port"),
        pytest.param("https://h", "http://h", False, id="downgrade"),
        pytest.param("http://h", "http://h", False, id="same"),
        pytest.param("ws://h", "wss://h", False, id="other-schemes"),
    ],
)
def test_https_upgrade(previous: str, new: str, upgrade: bool) -> None:
    """P2. The one exception, as in requests and httpx: the same host from http on 80 to https on 443."""
    before, after = origin_of(previous), origin_of(new)

    assert before is not None
    assert after is not None
    assert is_https_upgrade(before, after) is upgrade


BASE = "https://api/v1"

REACH = [
    # id, reach, URL, allowed
    ("any-elsewhere", "any", "http://other/", True),
    ("origin-beside", "origin", "https://api/v2", True),
    ("origin-port-written", "origin", "https://api:443/x", True),
    ("origin-case", "origin", "HTTPS://API/x", True),
    ("origin-userinfo", "origin", "https://u@api/x", True),
    ("origin-scheme", "origin", "http://api/v1", False),
    ("origin-port", "origin", "https://api:8443/v1", False),
    ("origin-subdomain", "origin", "https://x.api/v1", False),
    ("origin-unclear", "origin", "https://api\\@evil/v1", False),
    ("origin-elsewhere", "origin", "https://evil/v1", False),
    ("base-itself", "base", "https://api/v1", True),
    ("base-slash", "base", "https://api/v1/", True),
    ("base-under", "base", "https://api/v1/users/1?q#f", True),
    ("base-query", "base", "https://api/v1?q", True),
    ("base-dots-inside", "base", "https://api/v1/a/../b", True),
    ("base-encoded-slash", "base", "https://api/v1/a%2Fb", True),
    ("base-dots-in-name", "base", "https://api/v1/a..b/..c", True),
    ("base-in-query", "base", "https://api/v1/a?x=/../..%2F", True),
    ("base-longer-name", "base", "https://api/v10", False),
    ("base-longer-name-under", "base", "https://api/v10/users", False),
    ("base-shorter", "base", "https://api/v", False),
    ("base-root", "base", "https://api/", False),
    ("base-no-path", "base", "https://api", False),
    ("base-elsewhere", "base", "https://evil/v1/x", False),
    ("base-climb", "base", "https://api/v1/../admin", False),
    ("base-encoded-climb", "base", "https://api/v1/%2e%2E/admin", False),
    ("base-climb-and-back", "base", "https://api/v1/../v1/x", True),
    ("base-hidden-slash", "base", "https://api/v1/..%2Fadmin", False),
    ("base-hidden-slash-lower", "base", "https://api/v1/..%2fadmin", False),
    ("base-hidden-encoded-dots", "base", "https://api/v1/%2e%2e%2fadmin", False),
    ("base-hidden-parameter", "base", "https://api/v1/..;/admin", False),
    ("base-hidden-parameter-value", "base", "https://api/v1/..;x=1/admin", False),
    ("base-hidden-backslash", "base", "https://api/v1/..%5Cadmin", False),
    ("base-hidden-after-slash", "base", "https://api/v1/x%2F..%2F..%2Fadmin", False),
    ("base-hidden-after-backslash", "base", "https://api/v1/x%5C..%5C..%5Cadmin", False),
    ("base-hidden-at-the-end", "base", "https://api/v1/x%2F../%2F..", False),
]


@pytest.mark.parametrize("base", [BASE, BASE + "/"], ids=["bare", "slash"])
@pytest.mark.parametrize(
    ("reach", "url", "allowed"),
    [pytest.param(reach, url, allowed, id=name) for name, reach, url, allowed in REACH],
)
def test_reach(base: str, reach: Reach, url: str, allowed: bool) -> None:
    """P1. ``"origin"`` and ``"base"`` refuse what lies outside, also for a server that decodes first."""
    if allowed:
        check_reach(reach, base_url=base, url=url, ref="ref")
        return
    with pytest.raises(OutOfReachURL) as caught:
        check_reach(reach, base_url=base, url=url, ref="ref")

    assert isinstance(caught.value, ValueError)
    assert "'ref'" in str(caught.value)
    assert f"reach is {reach!r}" in str(caught.value)
    assert caught.value.base_url == base


def test_reach_of_a_root_base() -> None:
    """P1. Under a base without a path lies the whole origin, hidden climbs excepted."""
    check_reach("base", base_url="https://api/", url="https://api/x", ref="x")
    check_reach("base", base_url="https://api/", url="https://api", ref="")


def test_reach_of_an_unclear_base() -> None:
    """P1, P3. A base whose origin cannot be told contains nothing."""
    with pytest.raises(OutOfReachURL, match="another origin"):
        check_reach("origin", base_url="https://a@b@c/", url="https://a@b@c/", ref="")


def test_reach_errors_are_redacted() -> None:
    """P3. Neither the text nor the attributes of the error show userinfo."""
    with pytest.raises(OutOfReachURL) as caught:
        check_reach("origin", base_url="https://u:secret@h/", url="https://u:secret@g/", ref="//u:secret@g")

    error = caught.value
    assert "secret" not in f"{error} {error.url} {error.base_url}"


@pytest.mark.parametrize(
    ("reach", "url"),
    [pytest.param("origin", "https://g/x", id="origin"), pytest.param("base", "https://h/x", id="base")],
)
def test_reach_errors_name_both_urls(reach: Reach, url: str) -> None:
    """P1. The error has the URL that was refused and the base."""
    with pytest.raises(OutOfReachURL) as caught:
        check_reach(reach, base_url="https://h/v1", url=url, ref=url)

    assert (caught.value.url, caught.value.base_url) == (url, "https://h/v1")


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        pytest.param("https://h/a", "HTTPS://H:443/b", True, id="same"),
        pytest.param("https://h/a", "https://g/a", False, id="another"),
        pytest.param("https://h/a", "https://a@b@c/", False, id="unclear-other"),
        pytest.param("https://a@b@c/", "https://h/a", False, id="unclear"),
        pytest.param("https://a@b@c/", "https://a@b@c/", False, id="both-unclear"),
    ],
)
def test_same_origin(url: str, other: str, same: bool) -> None:
    """P3. Two URLs have one origin where both clearly do; what is unclear is not even its own."""
    assert same_origin(url, other) is same


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        pytest.param("https://h/", True, id="plain"),
        pytest.param("https://h%41/", False, id="triplet"),
        pytest.param("https://h:0/", False, id="port-0"),
        pytest.param("mock://h/", True, id="no-port"),
    ],
)
def test_plain(url: str, plain: bool) -> None:
    """P3. urllib3 decodes a triplet in a host, and requests ignores port 0: those are not plain."""
    origin = origin_of(url)

    assert origin is not None
    assert is_plain(origin) is plain


@pytest.mark.parametrize("reach", ["any", "origin", "base"])
def test_checked_reach(reach: str) -> None:
    """P1. The three words are given back."""
    assert checked_reach(reach) == reach


def test_no_other_word_for_reach() -> None:
    """P1. Any other word is a `ValueError` that names the three."""
    with pytest.raises(ValueError, match="reach must be 'any', 'origin' or 'base', not 'Base'"):
        checked_reach("Base")


def test_the_credential_headers() -> None:
    """P2. Authorization, Cookie and Proxy-Authorization always; the user's are added, in any case."""
    assert set(DEFAULT_CREDENTIAL_HEADERS) == {"authorization", "cookie", "proxy-authorization"}
    assert CredentialPolicy("same-origin", ()).headers == DEFAULT_CREDENTIAL_HEADERS
    assert CredentialPolicy("same-origin", ("X-API-Key",)).headers == DEFAULT_CREDENTIAL_HEADERS | {
        "x-api-key"
    }


def test_a_name_is_no_collection_of_names() -> None:
    """P2. A `str` would be read letter by letter: `TypeError` says how to write one name."""
    with pytest.raises(TypeError, match=r"write \('x-api-key',\)"):
        CredentialPolicy("same-origin", "x-api-key")


HOME = [
    # id, send_credentials, base, URL, home
    ("same-origin", "same-origin", BASE, "https://api/other", True),
    ("same-origin-port-written", "same-origin", BASE, "https://API:443/other", True),
    ("other-host", "same-origin", BASE, "https://evil/", False),
    ("other-scheme", "same-origin", BASE, "http://api/", False),
    ("other-port", "same-origin", BASE, "https://api:8443/", False),
    ("unclear", "same-origin", BASE, "https://api\\@evil/", False),
    ("both-unclear", "same-origin", "https://a@b@c", "https://a@b@c", False),
    ("no-base", "same-origin", None, "https://evil/", True),
    ("include", "include", BASE, "https://evil/", True),
    ("include-unclear", "include", BASE, "https://a@b@c/", True),
    ("trusted", ("https://cdn",), BASE, "https://cdn/x", True),
    ("trusted-slash", ["https://cdn/"], BASE, "https://cdn/x", True),
    ("trusted-port", {"https://cdn:8443"}, BASE, "https://cdn:8443/x", True),
    ("trusted-other-port", {"https://cdn:8443"}, BASE, "https://cdn/x", False),
    ("trusted-base-still-home", ("https://cdn",), BASE, "https://api/", True),
    ("trusted-nobody", (), BASE, "https://cdn/x", False),
]


@pytest.mark.parametrize(
    ("policy", "base", "url", "home"),
    [pytest.param(policy, base, url, home, id=name) for name, policy, base, url, home in HOME],
)
def test_home(policy: Any, base: str | None, url: str, home: bool) -> None:
    """P2. Home is the base's origin and the trusted ones; without a base nothing is withheld."""
    assert CredentialPolicy(policy, ()).is_home(base, url) is home


STRIPS = [
    # id, send_credentials, base, previous, URL, strips
    ("to-stranger", "same-origin", BASE, "https://api/x", "https://evil/", True),
    ("to-home", "same-origin", BASE, "https://evil/x", "https://api/", False),
    ("within-stranger", "same-origin", BASE, "https://cdn/a", "https://cdn/b", False),
    ("stranger-to-stranger", "same-origin", BASE, "https://cdn/a", "https://evil/b", True),
    ("upgrade", "same-origin", BASE, "http://cdn/a", "https://cdn/a", False),
    ("downgrade", "same-origin", BASE, "https://cdn/a", "http://cdn/a", True),
    ("downgrade-of-home", "same-origin", BASE, "https://api/a", "http://api/a", True),
    ("upgrade-to-other-port", "same-origin", BASE, "http://cdn/a", "https://cdn:8443/a", True),
    ("previous-unclear", "same-origin", BASE, "https://a@b@c/", "https://cdn/", True),
    ("target-unclear", "same-origin", BASE, "https://cdn/", "https://a@b@c/", True),
    ("trusted", ("https://cdn",), BASE, "https://api/", "https://cdn/", False),
    ("include", "include", BASE, "https://api/", "https://evil/", False),
    ("no-base", "same-origin", None, "https://api/", "https://evil/", False),
]


@pytest.mark.parametrize(
    ("policy", "base", "previous", "url", "strips"),
    [pytest.param(*row, id=name) for name, *row in STRIPS],
)
def test_strips(policy: Any, base: str | None, previous: str, url: str, strips: bool) -> None:
    """P2. A hop to an origin that is neither the previous one nor home loses the named headers."""
    assert CredentialPolicy(policy, ()).strips(base, previous, url) is strips


@pytest.mark.parametrize(
    "origin",
    ["https://h/path", "https://h?q", "https://h#f", "h", "//h", "https://", "https://a@b@c", "*"],
)
def test_what_is_no_trusted_origin(origin: str) -> None:
    """P2. A trusted origin is scheme, host and port; anything else is an error when it is given."""
    with pytest.raises(InvalidURL, match="is no origin: write scheme://host") as caught:
        CredentialPolicy((origin,), ())

    assert (caught.value.url, caught.value.base_url) == (origin.replace("a@b", "***"), None)


@pytest.mark.parametrize("word", ["", "omit", "https://h", "Include"])
def test_other_words_for_send_credentials(word: str) -> None:
    """P2. A `str` other than the two words is a `ValueError`: one origin is written as a collection."""
    with pytest.raises(ValueError, match="'same-origin', 'include' or a collection of origins"):
        CredentialPolicy(cast(Any, word), ())


def test_a_word_for_send_credentials_is_redacted() -> None:
    """P3. A URL given where a collection was meant does not show its userinfo."""
    with pytest.raises(ValueError, match="a collection of origins") as caught:
        CredentialPolicy(cast(Any, "https://me:secret@h"), ())

    assert "secret" not in str(caught.value)
