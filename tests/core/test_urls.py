"""The decision table of the join, U1 to U17, row by row."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlparse, urlsplit

import pytest

from basestream import InvalidURL, MissingBaseURL, OutOfReachURL, join_url
from basestream._errors import redacted
from basestream._urls import URLTypes
from support_core import pickled

API = "https://api/v1"

JOINED = [
    # id, reference, result
    ("U1-name", "users", "https://api/v1/users"),
    ("U1-path", "users/1?q=2#f", "https://api/v1/users/1?q=2#f"),
    ("U1-dot-slash", "./users", "https://api/v1/users"),
    ("U1-final-slash", "users/", "https://api/v1/users/"),
    ("U2-root-path", "/users", "https://api/users"),
    ("U2-root", "/", "https://api/"),
    ("U2-root-query", "/users?q=1#f", "https://api/users?q=1#f"),
    ("U5-dot", ".", "https://api/v1/"),
    ("U5-dot-slash", "./", "https://api/v1/"),
    ("U6-inside", "a/../b", "https://api/v1/b"),
    ("U6-up", "../x", "https://api/x"),
    ("U6-up-only", "..", "https://api/"),
    ("U6-last", "a/..", "https://api/v1/"),
    ("U6-last-dot", "a/.", "https://api/v1/a/"),
    ("U6-above-root", "../../../x", "https://api/x"),
    ("U6-rooted", "/../x", "https://api/x"),
    ("U6-rooted-inside", "/a/./b/../c", "https://api/a/c"),
    ("U6-encoded", "%2e%2e/x", "https://api/x"),
    ("U6-encoded-upper", "%2E%2E/x", "https://api/x"),
    ("U6-half-encoded", ".%2e/x", "https://api/x"),
    ("U6-encoded-single", "a/%2e/b", "https://api/v1/a/b"),
    ("U6-three-dots", ".../x", "https://api/v1/.../x"),
    ("U6-hidden-file", ".well-known/x", "https://api/v1/.well-known/x"),
    ("U6-not-in-query", "a?x=../b", "https://api/v1/a?x=../b"),
    ("U6-not-in-fragment", "é#/../b", "https://api/v1/%C3%A9#/../b"),
    ("U7-name", "users:123", "https://api/v1/users:123"),
    ("U7-verb", "documents:batchGet", "https://api/v1/documents:batchGet"),
    ("U7-digest", "sha256:ab", "https://api/v1/sha256:ab"),
    ("U7-host-and-port", "localhost:8080/x", "https://api/v1/localhost:8080/x"),
    ("U7-one-slash", "mock:/x", "https://api/v1/mock:/x"),
    ("U7-later", "a/b://c", "https://api/v1/a/b://c"),
    ("U7-colon-first", ":x", "https://api/v1/:x"),
    ("U7-no-scheme-before", "1a://h/x", "https://api/v1/1a://h/x"),
    ("U7-httpx-is-no-http", "httpx:y", "https://api/v1/httpx:y"),
    ("U7-a-long-s-is-no-s", "http\u017f:y", "https://api/v1/http%C5%BF:y"),
    ("U8-other-host", "http://other/x", "http://other/x"),
    ("U8-mock", "mock://h/x", "mock://h/x"),
    ("U8-unix", "http+unix://%2Fs/x", "http+unix://%2Fs/x"),
    ("U8-upper", "HTTPS://API/x", "HTTPS://API/x"),
    ("U8-signed", "https://b/o?X-Sig=a%2fb%7e c|é&x=<>#%", "https://b/o?X-Sig=a%2fb%7e c|é&x=<>#%"),
    ("U8-dots-kept", "https://b/a/../%2e%2e/c", "https://b/a/../%2e%2e/c"),
    ("U8-no-host-but-not-http", "file:///etc/hosts", "file:///etc/hosts"),
    ("U8-userinfo", "https://u:p@h:8443/x", "https://u:p@h:8443/x"),
    ("U8-ipv6", "http://[::1]:80/x", "http://[::1]:80/x"),
    ("U9-dot-slash-is-the-way", "./http:x", "https://api/v1/http:x"),
    ("U11-inside", "a//b", "https://api/v1/a//b"),
    ("U11-end", "a//", "https://api/v1/a//"),
    ("U11-rooted", "/a//b", "https://api/a//b"),
    ("U11-with-dots", "a//../b", "https://api/v1/a/b"),
    ("U12-backslash-in-query", "a?b=\\", "https://api/v1/a?b=%5C"),
    ("U12-backslash-in-fragment", "a#\\", "https://api/v1/a#%5C"),
    ("U13-space", "a b", "https://api/v1/a%20b"),
    ("U13-non-ascii", "é/日/\U0001f600", "https://api/v1/%C3%A9/%E6%97%A5/%F0%9F%98%80"),
    ("U13-delimiters", 'a"<>^{}|`b', "https://api/v1/a%22%3C%3E%5E%7B%7D%7C%60b"),
    ("U13-brackets", "a[1]", "https://api/v1/a%5B1%5D"),
    ("U13-stray-percent", "100%", "https://api/v1/100%25"),
    ("U13-stray-percent-hex", "%zz%4", "https://api/v1/%25zz%254"),
    ("U13-unreserved-decoded", "%61%7e%2D%5f", "https://api/v1/a~-_"),
    ("U13-hex-upper", "%c3%a9%2f", "https://api/v1/%C3%A9%2F"),
    ("U13-reserved-kept-encoded", "a%2Fb%3Fc%23d%25", "https://api/v1/a%2Fb%3Fc%23d%25"),
    ("U13-sub-delims-kept", "a!$&'()*+,;=@~", "https://api/v1/a!$&'()*+,;=@~"),
    ("U13-in-query", "a?q=é {}&r=%7e%zz", "https://api/v1/a?q=%C3%A9%20%7B%7D&r=~%25zz"),
    ("U13-in-fragment", "a#é#[", "https://api/v1/a#%C3%A9%23%5B"),
    ("U13-query-keeps-slash-and-question", "a?b/c?d", "https://api/v1/a?b/c?d"),
    ("U13-empty-query", "a?", "https://api/v1/a?"),
    ("U13-empty-fragment", "a#", "https://api/v1/a#"),
    ("U13-space-inside-is-no-end", "a b/c d", "https://api/v1/a%20b/c%20d"),
]

AS_WRITTEN = [
    # id, base, reference, result
    ("U3-bare", "https://api/v1", "", "https://api/v1"),
    ("U3-slash", "https://api/v1/", "", "https://api/v1/"),
    ("U3-empty-path", "https://api", "", "https://api/"),
    ("U4-query-bare", "https://api/v1", "?q=1", "https://api/v1?q=1"),
    ("U4-query-slash", "https://api/v1/", "?q=1", "https://api/v1/?q=1"),
    ("U4-query-empty-path", "https://api", "?q=1", "https://api/?q=1"),
    ("U4-fragment-bare", "https://api/v1", "#f", "https://api/v1#f"),
    ("U4-fragment-slash", "https://api/v1/", "#f", "https://api/v1/#f"),
    ("U4-odd-query", "https://api/v1", "?q= é", "https://api/v1?q=%20%C3%A9"),
    ("U4-odd-fragment", "https://api/v1", "#é", "https://api/v1#%C3%A9"),
]


@pytest.mark.parametrize("base", [API, API + "/"], ids=["bare", "slash"])
@pytest.mark.parametrize(("ref", "url"), [pytest.param(ref, url, id=name) for name, ref, url in JOINED])
def test_join(base: str, ref: str, url: str) -> None:
    """U1, U2, U5 to U13. The reference is joined alike to both spellings of the base."""
    assert join_url(base, ref) == url


@pytest.mark.parametrize(
    ("base", "ref", "url"), [pytest.param(base, ref, url, id=name) for name, base, ref, url in AS_WRITTEN]
)
def test_join_to_the_base_as_written(base: str, ref: str, url: str) -> None:
    """U3, U4. Without a path in the reference, no slash is added to the base or taken from it."""
    assert join_url(base, ref) == url


@pytest.mark.parametrize(
    ("ref", "url"),
    [
        pytest.param("../x", "https://api/v1/users/x", id="one"),
        pytest.param("../../x", "https://api/v1/x", id="two"),
        pytest.param("a/../../x", "https://api/v1/users/x", id="one-and-back"),
        pytest.param("../../../../x", "https://api/x", id="above-the-root"),
    ],
)
def test_climbing_in_a_base_of_several_segments(ref: str, url: str) -> None:
    """U6. Each ``..`` takes one segment of the base away, and no more."""
    assert join_url("https://api/v1/users/1", ref) == url
    assert join_url("https://api/v1/users/1/", ref) == url


REFUSED = [
    # id, reference, what the message says
    ("U9-relative", "http:x", "'//' is missing after the scheme; write ./ in front"),
    ("U9-one-slash", "https:/x", "'//' is missing"),
    ("U9-alone", "https:", "'//' is missing"),
    ("U9-upper", "HTTP:x", "'//' is missing"),
    ("U10-host", "//host/x", "write the scheme, or a path with one slash"),
    ("U10-three", "///x", "would name a host"),
    ("U10-user-input", "/" + "/evil.example/x", "would name a host"),
    ("U12-nul", "a\x00b", r"control character '\x00'; remove it, or percent-encode"),
    ("U12-line-end", "a\r\nHost: b", r"control character '\r'"),
    ("U12-tab-inside", "a\tb", r"control character '\t'"),
    ("U12-del", "a\x7f", r"control character '\x7f'"),
    ("U12-control-in-query", "a?b\n", r"control character '\n'"),
    ("U12-leading-space", " a", "white space at an end; strip it"),
    ("U12-trailing-space", "a ", "white space at an end; strip it"),
    ("U12-no-break-space", "a\xa0", "white space at an end; strip it"),
    ("U12-backslash", "a\\b", "write / between segments, or %5C"),
    ("U12-backslash-first", "\\\\host\\x", "write / between segments"),
    ("U12-surrogate", "a\ud800", "unpaired surrogate"),
    ("U12-surrogate-in-fragment", "a#\udfff", "unpaired surrogate"),
    ("U8-no-host", "http:///x", "there is no host"),
    ("U8-userinfo-only", "https://u@/x", "there is no host"),
    ("U8-port-only", "https://:80/x", "there is no host"),
    ("U12-in-absolute", "https://h/a\\b", "write / between segments"),
    ("U12-absolute-with-space", "https://h/a ", "strip it"),
    ("U12-absolute-with-nul", "https://h/\x00", "control character"),
    ("U12-absolute-with-surrogate", "https://h/\udc80", "unpaired surrogate"),
]


@pytest.mark.parametrize("base", [API, API + "/", None], ids=["bare", "slash", "none"])
@pytest.mark.parametrize(("ref", "says"), [pytest.param(ref, says, id=name) for name, ref, says in REFUSED])
def test_refused(base: str | None, ref: str, says: str) -> None:
    """U8 to U10, U12. What clients read differently is `InvalidURL`, and its text tells what to write."""
    with pytest.raises(InvalidURL) as caught:
        join_url(base, ref)

    error = caught.value
    assert type(error) is InvalidURL
    assert isinstance(error, ValueError)
    assert says in str(error)
    assert (error.url, error.base_url) == (redacted(ref), base)


@pytest.mark.parametrize("base", [None, "", b""], ids=["none", "text", "bytes"])
@pytest.mark.parametrize(
    "ref", ["users", "/users", "", "?q", "#f", "name:x", "localhost:8080/x", "mock:x", ".", "a b"]
)
def test_relative_without_base(base: str | bytes | None, ref: str) -> None:
    """U16. A relative reference and no base is `MissingBaseURL`, a `ValueError` that says what to set."""
    with pytest.raises(MissingBaseURL, match="set base_url, or write the whole URL") as caught:
        join_url(base, ref)

    assert isinstance(caught.value, ValueError)
    assert (caught.value.url, caught.value.base_url) == (ref, None)


@pytest.mark.parametrize("ref", ["http://h", "HTTPS://h/x?q", "mock://h/x", "http+unix://%2Fs/x"])
def test_absolute_without_base(ref: str) -> None:
    """U8. An absolute URL needs no base and is passed on verbatim."""
    assert join_url(None, ref) == ref


class Text(str):
    """A str with a mind of its own."""

    __slots__ = ()

    def __str__(self) -> str:
        return "wrong"


class Place(str, enum.Enum):
    USERS = "users"


@pytest.mark.parametrize(
    "ref",
    [
        pytest.param(Text("users"), id="str-subclass"),
        pytest.param(Place.USERS, id="enum"),
        pytest.param(b"users", id="bytes"),
        pytest.param(urlsplit("users"), id="SplitResult"),
        pytest.param(urlparse("users"), id="ParseResult"),
        pytest.param(urlsplit(b"users"), id="SplitResultBytes"),
        pytest.param(urlparse(b"users"), id="ParseResultBytes"),
    ],
)
def test_what_counts_as_text(ref: URLTypes) -> None:
    """U14. Text is taken by its value, whatever it is wrapped in, and gives a plain `str`."""
    url = join_url(API, ref)

    assert (url, type(url)) == ("https://api/v1/users", str)


@pytest.mark.parametrize(
    "base",
    [Text(API), API.encode(), urlsplit(API), urlparse(API), urlsplit(API.encode())],
    ids=["str-subclass", "bytes", "SplitResult", "ParseResult", "SplitResultBytes"],
)
def test_what_counts_as_a_base(base: URLTypes) -> None:
    """U14 holds for the base as well."""
    assert join_url(base, "users") == "https://api/v1/users"


def test_an_absolute_str_subclass_becomes_plain() -> None:
    """U8, U14. The text that is passed on verbatim is a plain `str`."""
    assert type(join_url(API, Text("https://h/x"))) is str


def test_utf8_bytes() -> None:
    """U14. Bytes are UTF-8."""
    assert join_url(API, "é".encode()) == "https://api/v1/%C3%A9"


def test_bytes_that_are_not_utf8() -> None:
    """U14. Other bytes are `InvalidURL`, and its text says what they must be."""
    with pytest.raises(InvalidURL, match="must be UTF-8") as caught:
        join_url(API, b"\xe9")

    assert caught.value.url == "\\xe9"


def test_bytes_that_are_not_utf8_are_redacted() -> None:
    """P3. The text for bytes that are not UTF-8 does not show userinfo either."""
    with pytest.raises(InvalidURL) as caught:
        join_url(API, b"https://me:secret@h/\xe9")

    assert "secret" not in f"{caught.value} {caught.value.url}"


class LikeParsed:
    """Has what a result of urllib.parse has, and is none."""

    def geturl(self) -> str:
        return "users"


WRONG_TYPES = [
    pytest.param(None, id="None"),
    pytest.param(1, id="int"),
    pytest.param(1.5, id="float"),
    pytest.param(("https", "h", "/x", "", ""), id="tuple"),
    pytest.param(["users"], id="list"),
    pytest.param(Path("users"), id="Path"),
    pytest.param(bytearray(b"users"), id="bytearray"),
    pytest.param(object(), id="object"),
    pytest.param(LikeParsed(), id="geturl"),
]


@pytest.mark.parametrize("ref", WRONG_TYPES)
def test_wrong_types(ref: object) -> None:
    """U15. Anything else is a `TypeError` that names its type."""
    with pytest.raises(TypeError, match=rf"a URL must be a str.*, not {type(ref).__name__}"):
        join_url(API, cast(Any, ref))


@pytest.mark.parametrize("base", WRONG_TYPES[1:])
def test_wrong_types_of_base(base: object) -> None:
    """U15, U17. None is no base; other things that are no text are no base either, loudly."""
    with pytest.raises(TypeError, match="a URL must be a str"):
        join_url(cast(Any, base), "users")


BASES = [
    # id, base, result of joining "x"
    ("U17-no-path", "https://h", "https://h/x"),
    ("U17-root", "https://h/", "https://h/x"),
    ("U17-port", "http://h:8080/a", "http://h:8080/a/x"),
    ("U17-empty-port", "http://h:/a", "http://h:/a/x"),
    ("U17-highest-port", "http://h:65535", "http://h:65535/x"),
    ("U17-zeros-before-port", "http://h:00080", "http://h:00080/x"),
    ("U17-any-scheme", "mock://h/a", "mock://h/a/x"),
    ("U17-unix", "http+unix://%2Frun%2Fs.sock/v1", "http+unix://%2Frun%2Fs.sock/v1/x"),
    ("U17-userinfo", "https://u:p@h/a", "https://u:p@h/a/x"),
    ("U17-userinfo-encoded", "https://u%40x:p%2Fq@h", "https://u%40x:p%2Fq@h/x"),
    ("U17-userinfo-colons", "https://u:p:q@h", "https://u:p:q@h/x"),
    ("U17-ipv4", "http://127.0.0.1:1", "http://127.0.0.1:1/x"),
    ("U17-ipv6", "http://[::1]:8080/a", "http://[::1]:8080/a/x"),
    ("U17-ipv6-without-port", "http://u@[2001:db8::1]", "http://u@[2001:db8::1]/x"),
    ("U17-ipv6-zone", "http://[fe80::1%25eth0]/a", "http://[fe80::1%25eth0]/a/x"),
    ("U17-ipv6-bare-zone", "http://[fe80::1%eth0]", "http://[fe80::1%eth0]/x"),
    ("U17-idn-kept", "https://faß.de/a", "https://faß.de/a/x"),
    ("U17-underscore-in-host", "https://a_b.c", "https://a_b.c/x"),
    ("U17-case-kept", "HTTPS://API.Example", "HTTPS://API.Example/x"),
    ("U17-path-normal-form", "https://h/é/%7ea/%c3", "https://h/%C3%A9/~a/%C3/x"),
    ("U17-empty-segments", "https://h//a//", "https://h//a//x"),
    ("U17-colon-in-path", "https://h/a:b", "https://h/a:b/x"),
    ("U17-at-in-path", "https://h/@me", "https://h/@me/x"),
]


@pytest.mark.parametrize(("base", "url"), [pytest.param(base, url, id=name) for name, base, url in BASES])
def test_bases(base: str, url: str) -> None:
    """U17. Any scheme, userinfo, IPv6 with zone and IDN are a base; the host is left as it is."""
    assert join_url(base, "x") == url


BAD_BASES = [
    # id, base, what the message says
    ("U17-query", "https://h/a?b=c", "a base has no query; pass it as params"),
    ("U17-empty-query", "https://h/a?", "pass it as params"),
    ("U17-fragment", "https://h/a#b", "a base has no fragment; leave it out"),
    ("U17-empty-fragment", "https://h/#", "leave it out"),
    ("U17-no-host", "https:///a", "there is no host"),
    ("U17-file", "file:///a", "there is no host"),
    ("U17-userinfo-only", "https://u@/a", "there is no host"),
    ("U17-port-only", "https://:80", "there is no host"),
    ("U17-relative", "api/v1", "write it with scheme and host, as in https://"),
    ("U17-host-only", "api.example.com", "write it with scheme and host"),
    ("U17-host-and-port", "localhost:8080", "write it with scheme and host"),
    ("U17-rooted", "/v1", "write it with scheme and host"),
    ("U17-network-path", "//h/v1", "write it with scheme and host"),
    ("U17-no-slashes", "https:h", "write it with scheme and host"),
    ("U17-one-slash", "https:/h", "write it with scheme and host"),
    ("U17-bad-scheme", "1a://h", "write it with scheme and host"),
    ("U17-dot-segment", "https://h/a/../b", "dot segments; write the path they lead to"),
    ("U17-dot-segment-end", "https://h/a/.", "dot segments"),
    ("U17-encoded-dots", "https://h/%2e%2E/b", "dot segments"),
    ("U17-space-inside", "https://h/a b", "white space; percent-encode it as %20"),
    ("U17-space-in-host", "https://a b/", "white space"),
    ("U17-wide-space", "https://h/a\u3000b", "white space; percent-encode"),
    ("U17-leading-space", " https://h", "white space at an end; strip it"),
    ("U17-trailing-line-end", "https://h\n", "control character '\\n'"),
    ("U17-backslash", "https://h\\a", "write / between segments"),
    ("U17-surrogate", "https://h/\ud800", "unpaired surrogate"),
    ("U17-port-word", "https://h:http", "the port must be a number up to 65535"),
    ("U17-port-high", "https://h:65536", "the port must be a number up to 65535"),
    ("U17-port-long", "https://h:999999", "the port must be a number up to 65535"),
    ("U17-port-arabic", "https://h:٨٠", "the port must be a number up to 65535"),
    ("U17-port-negative", "https://h:-1", "the port must be a number up to 65535"),
    ("U17-two-ports", "https://h:1:2", "the port must be a number up to 65535"),
    ("U17-after-ipv6", "https://[::1]x:80", "the port must be a number up to 65535"),
    ("U17-ipv6-open", "https://[::1", "the IPv6 address is not well formed"),
    ("U17-ipv6-letters", "https://[g::1]", "the IPv6 address is not well formed"),
    ("U17-ipv6-empty", "https://[]", "the IPv6 address is not well formed"),
    ("U17-two-ats", "https://u@v@h", "percent-encode '@', '[' and ']' in the userinfo"),
    ("U17-bracket-in-userinfo", "https://[u]@h", "percent-encode '@', '[' and ']' in the userinfo"),
    ("U17-pipe-in-host", "https://a|b", "'|' cannot stand in a host"),
    ("U17-bracket-in-host", "https://a]b", "']' cannot stand in a host"),
    ("U17-quote-in-host", 'https://a"b', "cannot stand in a host"),
]


@pytest.mark.parametrize(
    ("base", "says"), [pytest.param(base, says, id=name) for name, base, says in BAD_BASES]
)
def test_bad_bases(base: str, says: str) -> None:
    """U17. A base that cannot be used is `InvalidURL`, whatever is joined, and its text says why."""
    for ref in ("x", "https://h/absolute"):
        with pytest.raises(InvalidURL) as caught:
            join_url(base, ref)

        assert says in str(caught.value)
        assert str(caught.value).startswith("base URL ")
        assert type(caught.value) is InvalidURL


def test_a_port_of_many_zeros() -> None:
    """U17, U18. A hostile port is `InvalidURL` (or 80), never Python's own limit on the digits of a number."""
    try:
        join_url("https://h:" + "0" * 5000 + "80", "x")
    except InvalidURL as error:
        assert "port" in str(error)  # noqa: PT017  (both answers are right)


def test_a_bad_base_is_in_the_error() -> None:
    """U17. The error carries the base in both attributes, without its userinfo."""
    with pytest.raises(InvalidURL) as caught:
        join_url("https://u:p@h/?q", "x")

    assert (caught.value.url, caught.value.base_url) == ("https://***@h/?q", "https://***@h/?q")


@pytest.mark.parametrize(
    ("base", "ref"),
    [
        pytest.param("https://me:secret@h/?q", "x", id="base"),
        pytest.param("https://me:sec/ret@h/?q", "x", id="base-slash"),
        pytest.param("https://me:sec?ret@h", "x", id="base-question"),
        pytest.param("https://me:sec#ret@h", "x", id="base-hash"),
        pytest.param("https://me:sec@ret@h", "x", id="base-at"),
        pytest.param("https://me:sec[ret@h", "x", id="base-bracket"),
        pytest.param("https://me:secret@h/v1", " x", id="base-of-a-refused-reference"),
        pytest.param("https://h", "https://me:secret@h/\\", id="absolute"),
        pytest.param("https://h", "//me:secret@h/x", id="network-path"),
        pytest.param("https://h", "https:/me:secret@h/x", id="U9-one-slash"),
        pytest.param("https://h", "https:me:secret@h/x", id="U9-no-slash"),
        pytest.param("https:/me:secret@h/v1", "x", id="base-one-slash"),
    ],
)
def test_userinfo_is_redacted(base: str, ref: str) -> None:
    """P3. No error shows a password, in its text, its attributes or its repr, also one that breaks the URL."""
    with pytest.raises(InvalidURL) as caught:
        join_url(base, ref)

    error = caught.value
    shown = f"{error} {error!r} {error.url} {error.base_url}"
    assert "sec" not in shown
    assert "ret@" not in shown


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://h/a@b", "https://h/a@b"),
        ("https://h:80/a@b", "https://h:80/a@b"),
        ("https://[::1]/a@b", "https://[::1]/a@b"),
        ("https://[::1]:80/a@b", "https://[::1]:80/a@b"),
        ("https://h/a@b/c", "https://h/a@b/c"),
        ("users/@me", "users/@me"),
        ("users/@me//x", "users/@me//x"),
        ("https://h", "https://h"),
        ("https://u@h/x", "https://***@h/x"),
        ("https://u:p@h/a@b", "https://***@h/a@b"),
        ("https://***@h/x", "https://***@h/x"),
        ("https://u:p/w@h/x", "https://***@h/x"),
        ("https://u:p/w@d@h/x", "https://***@h/x"),
        ("https://u:p:55/w@h/x", "https://***@h/x"),
        ("https://MAX:P@h/x", "https://***@h/x"),
    ],
)
def test_redacted(url: str, text: str) -> None:
    """P3. Userinfo and nothing else is replaced; doing so again changes nothing."""
    assert redacted(url) == text
    assert redacted(text) == text


def test_an_error_may_name_no_url() -> None:
    """U16. What an adapter raises without a URL has an empty one and no base."""
    error = InvalidURL("wrong")

    assert (str(error), error.url, error.base_url) == ("wrong", "", None)


@pytest.mark.parametrize(
    ("base", "ref", "kind"),
    [
        pytest.param("https://h", "//x", InvalidURL, id="InvalidURL"),
        pytest.param(None, "x", MissingBaseURL, id="MissingBaseURL"),
        pytest.param("https://h", "https://x", OutOfReachURL, id="OutOfReachURL"),
    ],
)
def test_errors_pickle(base: str | None, ref: str, kind: type[InvalidURL]) -> None:
    """Errors of the join cross a process border with their text and attributes (style rule 5)."""
    with pytest.raises(kind) as caught:
        join_url(base, ref, reach="any" if base is None else "origin")

    error, copy = caught.value, pickled(caught.value)
    assert type(copy) is kind
    assert (str(copy), copy.url, copy.base_url) == (str(error), error.url, error.base_url)


@pytest.mark.parametrize(
    ("base", "ref"),
    [
        pytest.param("https://api/v1", "/health", id="beside-the-base"),
        pytest.param("https://api/v1", "../health", id="climb"),
        pytest.param("https://api/v1", "https://api/v10", id="absolute"),
    ],
)
def test_reach_base(base: str, ref: str) -> None:
    """P1. `join_url` itself refuses what its `reach` excludes, and allows it under the default."""
    assert join_url(base, ref).startswith("https://api/")
    with pytest.raises(OutOfReachURL, match="reach is 'base'") as caught:
        join_url(base, ref, reach="base")

    assert caught.value.base_url == "https://api/v1"


def test_reach_needs_a_base() -> None:
    """P1. A limit without a base is a `ValueError`, also for an absolute URL."""
    with pytest.raises(ValueError, match="reach='origin' needs a base URL") as caught:
        join_url(None, "https://h/x", reach="origin")

    assert not isinstance(caught.value, InvalidURL)


@pytest.mark.parametrize("reach", ["", "Base", None, 1, "same-origin"])
def test_other_words_for_reach(reach: object) -> None:
    """P1. Another word is a `ValueError` that names the three."""
    with pytest.raises(ValueError, match="reach must be 'any', 'origin' or 'base'"):
        join_url(API, "x", reach=cast(Any, reach))
