"""RFC 3986 over plain strings: the examples of section 5.4, and the algorithm of section 5.2.4 to the letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basestream import InvalidURL, resolve
from basestream._rfc3986 import (
    Split,
    authority_problem,
    port_number,
    remove_dot_segments,
    split,
    split_authority,
    unsplit,
)
from support_core import examples

BASE = "http://a/b/c/d;p?q"

NORMAL_EXAMPLES = [  # section 5.4.1
    ("g:h", "g:h"),
    ("g", "http://a/b/c/g"),
    ("./g", "http://a/b/c/g"),
    ("g/", "http://a/b/c/g/"),
    ("/g", "http://a/g"),
    ("//g", "http://g"),
    ("?y", "http://a/b/c/d;p?y"),
    ("g?y", "http://a/b/c/g?y"),
    ("#s", "http://a/b/c/d;p?q#s"),
    ("g#s", "http://a/b/c/g#s"),
    ("g?y#s", "http://a/b/c/g?y#s"),
    (";x", "http://a/b/c/;x"),
    ("g;x", "http://a/b/c/g;x"),
    ("g;x?y#s", "http://a/b/c/g;x?y#s"),
    ("", "http://a/b/c/d;p?q"),
    (".", "http://a/b/c/"),
    ("./", "http://a/b/c/"),
    ("..", "http://a/b/"),
    ("../", "http://a/b/"),
    ("../g", "http://a/b/g"),
    ("../..", "http://a/"),
    ("../../", "http://a/"),
    ("../../g", "http://a/g"),
]
ABNORMAL_EXAMPLES = [  # section 5.4.2
    ("../../../g", "http://a/g"),
    ("../../../../g", "http://a/g"),
    ("/./g", "http://a/g"),
    ("/../g", "http://a/g"),
    ("g.", "http://a/b/c/g."),
    (".g", "http://a/b/c/.g"),
    ("g..", "http://a/b/c/g.."),
    ("..g", "http://a/b/c/..g"),
    ("./../g", "http://a/b/g"),
    ("./g/.", "http://a/b/c/g/"),
    ("g/./h", "http://a/b/c/g/h"),
    ("g/../h", "http://a/b/c/h"),
    ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
    ("g;x=1/../y", "http://a/b/c/y"),
    ("g?y/./x", "http://a/b/c/g?y/./x"),
    ("g?y/../x", "http://a/b/c/g?y/../x"),
    ("g#s/./x", "http://a/b/c/g#s/./x"),
    ("g#s/../x", "http://a/b/c/g#s/../x"),
    ("http:g", "http:g"),  # strict; the other answer is for backward compatibility only
]


def rows(table: list[tuple[str, str]]) -> list[object]:
    return [pytest.param(ref, url, id=ref or "empty") for ref, url in table]


def test_the_examples_are_complete() -> None:
    """All 42 examples of RFC 3986 section 5.4 are rows here (design section 3)."""
    assert len({ref for ref, _ in NORMAL_EXAMPLES + ABNORMAL_EXAMPLES}) == 42


@pytest.mark.parametrize(("ref", "url"), rows(NORMAL_EXAMPLES + ABNORMAL_EXAMPLES))
def test_examples_of_the_rfc(ref: str, url: str) -> None:
    """`resolve` is RFC 3986 section 5.2.2, strict: every example of section 5.4 holds."""
    assert resolve(BASE, ref) == url


@pytest.mark.parametrize(
    ("base", "ref", "url"),
    [
        pytest.param("http://a", "g", "http://a/g", id="5.2.3-empty-base-path"),
        pytest.param("http://a?q", "g", "http://a/g", id="5.2.3-empty-base-path-with-query"),
        pytest.param("urn:x", "y", "urn:y", id="rootless-base-without-slash"),
        pytest.param("urn:x/y", "z", "urn:x/z", id="rootless-base"),
        pytest.param("file:/a/b", "../c", "file:/c", id="no-authority"),
        pytest.param("http://a/b", "//g/../h", "http://g/h", id="authority-in-ref"),
        pytest.param("http://a/b?q#f", "", "http://a/b?q", id="fragment-of-base-dropped"),
        pytest.param("http://a/b?q#f", "?", "http://a/b?", id="empty-query-is-a-query"),
        pytest.param("http://a/b", "x://h/../y", "x://h/y", id="scheme-in-ref"),
        pytest.param("http://a/b/c", "d//e", "http://a/b/d//e", id="empty-segments-kept"),
        pytest.param("file:/a", "/..//b", "file:/.//b", id="3.3-path-does-not-become-a-host"),
    ],
)
def test_resolve_beyond_the_examples(base: str, ref: str, url: str) -> None:
    """Sections 5.2.2, 5.2.3 and 3.3 in the cases that the RFC's examples leave out."""
    assert resolve(base, ref) == url


@pytest.mark.parametrize("base", ["", "/a", "//h/a", "a/b:c", "1a://h", "?x:y"])
def test_base_without_scheme(base: str) -> None:
    """A base without a scheme is no base URI (section 5.2.1): `InvalidURL` says that one is needed."""
    with pytest.raises(InvalidURL, match="begins with a scheme") as caught:
        resolve(base, "g")

    assert ("g", base) == (caught.value.url, caught.value.base_url)
    assert f"base {base!r}: " in str(caught.value)


def test_errors_of_resolve_are_redacted() -> None:
    """P3. Userinfo is redacted in the text of the error and in its attributes."""
    with pytest.raises(InvalidURL) as caught:
        resolve("//me:secret@h/", "g")

    assert "secret" not in f"{caught.value} {caught.value.base_url}"


def dot_segments_removed(path: str) -> str:
    """Section 5.2.4 to the letter, with its input and output buffers."""
    source, output = path, ""
    while source:
        if source.startswith("../"):  # 2A
            source = source[3:]
        elif source.startswith("./"):
            source = source[2:]
        elif source.startswith("/./"):  # 2B
            source = "/" + source[3:]
        elif source == "/.":
            source = "/"
        elif source.startswith("/../"):  # 2C
            source, output = "/" + source[4:], output[: max(0, output.rfind("/"))]
        elif source == "/..":
            source, output = "/", output[: max(0, output.rfind("/"))]
        elif source in (".", ".."):  # 2D
            source = ""
        else:  # 2E
            end = source.find("/", 1)
            end = len(source) if end < 0 else end
            source, output = source[end:], output + source[:end]
    return output


segments = st.sampled_from([".", "..", "", "a", "b;x", "...", ".a", "a.", "%2e"])


@examples(300)
@given(path=st.lists(segments, max_size=9).map("/".join) | st.text("./a", max_size=14))
def test_remove_dot_segments(path: str) -> None:
    """For every path, rooted or not, dot segments are removed as the RFC's own algorithm does."""
    assert remove_dot_segments(path) == dot_segments_removed(path)


@examples(300)
@given(url=st.text() | st.text("ab1:/?#@[].", max_size=20))
def test_splitting_loses_nothing(url: str) -> None:
    """Split and put together again, every string is what it was (sections 3 and 5.3)."""
    assert unsplit(split(url)) == url


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        pytest.param("", Split(None, None, "", None, None), id="empty"),
        pytest.param("http://h/p?q#f", Split("http", "h", "/p", "q", "f"), id="all-five"),
        pytest.param("x:?#", Split("x", None, "", "", ""), id="empty-is-not-absent"),
        pytest.param("//?#", Split(None, "", "", "", ""), id="empty-authority"),
        pytest.param("1a:b", Split(None, None, "1a:b", None, None), id="scheme-begins-with-a-letter"),
        pytest.param("1a:b?q#f", Split(None, None, "1a:b", "q", "f"), id="what-follows-no-scheme"),
        pytest.param("ä://h/p", Split(None, None, "ä://h/p", None, None), id="scheme-is-ascii"),
        pytest.param("a+b-c.1:x", Split("a+b-c.1", None, "x", None, None), id="all-of-a-scheme"),
        pytest.param("a?b#c?d#e", Split(None, None, "a", "b", "c?d#e"), id="first-mark-counts"),
        pytest.param("a\nb?c\n#d\n", Split(None, None, "a\nb", "c\n", "d\n"), id="line-ends"),
    ],
)
def test_split(url: str, parts: Split) -> None:
    """An absent component is told from an empty one, and a scheme is what section 3.1 says."""
    assert split(url) == parts


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        pytest.param(Split("x", None, "//p", None, None), "x:/.//p", id="slashes-without-authority"),
        pytest.param(Split("x", "", "//p", None, None), "x:////p", id="slashes-after-an-authority"),
    ],
)
def test_a_path_never_becomes_a_host(parts: Split, url: str) -> None:
    """Section 3.3: without an authority a path that begins with two slashes would name a host."""
    assert unsplit(parts) == url


@pytest.mark.parametrize(
    ("port", "number"),
    [
        pytest.param("80", 80, id="plain"),
        pytest.param("0", 0, id="nought"),
        pytest.param("000", 0, id="noughts"),
        pytest.param("00080", 80, id="zeros-before"),
        pytest.param("0" * 5000 + "1", 1, id="many-zeros"),
        pytest.param("65535", 65535, id="highest"),
        pytest.param("65536", None, id="too-high"),
        pytest.param("100000", None, id="six-digits"),
        pytest.param("", None, id="empty"),
        pytest.param("+1", None, id="sign"),
        pytest.param("\u0661", None, id="arabic-digit"),
        pytest.param("x", None, id="word"),
    ],
)
def test_port_number(port: str, number: int | None) -> None:
    """RFC 3986 section 3.2.3: digits, and what fits into 16 bits."""
    assert port_number(port) == number


@pytest.mark.parametrize(
    ("authority", "parts"),
    [
        pytest.param("h", (None, "h", ""), id="host"),
        pytest.param("h:80", (None, "h", "80"), id="port"),
        pytest.param("u:p@h:80", ("u:p", "h", "80"), id="userinfo"),
        pytest.param("@h", ("", "h", ""), id="empty-userinfo"),
        pytest.param("[::1]:80", (None, "[::1]", "80"), id="ipv6"),
        pytest.param("u@[::1]", ("u", "[::1]", ""), id="ipv6-with-userinfo"),
        pytest.param("a@b@h", ("a@b", "h", ""), id="two-ats"),
    ],
)
def test_split_authority(authority: str, parts: tuple[str | None, str, str]) -> None:
    """RFC 3986 section 3.2: userinfo, host and port."""
    assert split_authority(authority) == parts


@pytest.mark.parametrize("odd", ["@", "[", "]"])
def test_what_may_not_stand_in_userinfo(odd: str) -> None:
    """U17. Clients disagree about where a userinfo with one of these ends."""
    problem = authority_problem(f"a{odd}b@h")

    assert problem is not None
    assert "in the userinfo" in problem
