"""U18. The invariants of the join, over generated references, bases and hostile input."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from basestream import InvalidURL, join_url, resolve
from basestream._origins import Reach, origin_of
from basestream._rfc3986 import split
from support_core import examples

BASES = [
    "https://api",
    "https://api/v1",
    "http://u:p@h:8080/a/b",
    "http+unix://%2Fs.sock/x",
    "http://[fe80::1%25eth0]:80/é",
    "https://faß.de//a//b",
    "x-y://H",
]

# Pieces that mean something somewhere: separators, dots in all spellings, schemes, what is refused.
PIECES = [
    *("/", "//", ":", "?", "#", "@", "[", "]", "\\", "%", ";", "=", "&", ",", "+", "'", '"', "<", "|", "^"),
    *(".", "..", "...", "%2e", "%2E%2e", ".%2E", "%2f", "%5c", "%00", "%zz", "%C3%A9", "%7e", "%25", "%252e"),
    *("http:", "https://", "HTTP://", "mock://", "file:", "//h", "a", "b.c", "é", "日", "\U0001f600", "ß"),
    *(" ", "\t", "\n", "\x00", "\x7f", "\x85", "\xa0", "\u2028", "\ud800", "\udfff", "::1", ":80", ":0" * 9),
]
anything = st.text(st.characters()) | st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
bases = st.sampled_from(BASES)
slashes = st.sampled_from(["", "/"])
reaches: st.SearchStrategy[Reach] = st.sampled_from(["any", "origin", "base"])

ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def joined(base: str, ref: str) -> str:
    """Join, or leave the example: what is refused is another test's business."""
    try:
        return join_url(base, ref)
    except InvalidURL:
        assume(False)
        raise


@examples(300)
@given(base=bases, ref=anything, reach=reaches)
def test_every_reference_joins_or_is_invalid(base: str, ref: str, reach: Reach) -> None:
    """U18. For every text the join gives a `str` or raises `InvalidURL`, and nothing else."""
    try:
        assert type(join_url(base, ref, reach=reach)) is str
    except InvalidURL as error:
        assert str(error)  # noqa: PT017  (that it is no other error is the claim)


@examples(300)
@given(base=anything, ref=st.sampled_from(["", "x", "?q", "https://h/x"]) | anything)
@example(base="https://h:" + "0" * 5000, ref="x")
def test_every_base_is_read_or_invalid(base: str, ref: str) -> None:
    """U17, U18. For every text as a base, `InvalidURL` or `MissingBaseURL` and no other error."""
    try:
        assert type(join_url(base, ref)) is str
    except InvalidURL as error:
        assert str(error)  # noqa: PT017  (that it is no other error is the claim)


@examples(300)
@given(base=anything, ref=anything)
def test_every_text_resolves_or_is_invalid(base: str, ref: str) -> None:
    """`resolve` is total: the only error is `InvalidURL`, for a base without a scheme."""
    try:
        resolve(base, ref)
    except InvalidURL:
        assert split(base).scheme is None


@examples(300)
@given(url=anything)
@example(url="https://h:" + "0" * 5000)
def test_every_text_has_an_origin_or_none(url: str) -> None:
    """P3. `origin_of` is total: what it cannot read is None, that is foreign."""
    origin = origin_of(url)

    assert origin is None or origin.host


@examples(300)
@given(base=bases, slash=slashes, ref=anything)
def test_a_relative_reference_stays_at_home(base: str, slash: str, ref: str) -> None:
    """U18. Of a relative reference the scheme and authority are the base's; another parser sees the same."""
    assume(not ABSOLUTE.match(ref))
    url = joined(base + slash, ref)

    assert split(url)[:2] == split(base)[:2]
    theirs, ours = urlsplit(url), urlsplit(base)
    assert (theirs.scheme, theirs.hostname, theirs.port) == (ours.scheme, ours.hostname, ours.port)
    assert theirs.path == split(url).path


@examples(300)
@given(base=bases, slash=slashes, ref=anything)
def test_a_relative_reference_gives_the_normal_form(base: str, slash: str, ref: str) -> None:
    """U6, U13, U18. Path, query and fragment are ASCII that any client leaves as it is, without dot segments."""
    assume(not ABSOLUTE.match(ref))
    _, _, path, query, fragment = split(joined(base + slash, ref))

    segment_characters = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*"
    assert re.fullmatch(segment_characters, path)
    for part in (query, fragment):
        assert part is None or re.fullmatch(segment_characters.replace("@/", "@/?"), part)
    assert path.startswith("/")
    assert not {".", ".."} & set(path.split("/"))
    assert not re.search(r"%(?:2[DE]|3\d|[46][1-9A-F]|[57][0-9A]|5F|7E)", path)  # unreserved is decoded


@examples(300)
@given(base=bases, ref=anything)
def test_nothing_of_a_reference_is_lost(base: str, ref: str) -> None:
    """Query and fragment arrive with all their bytes, percent-decoding being their inverse."""
    from urllib.parse import unquote_to_bytes

    assume(not ABSOLUTE.match(ref))
    url = joined(base, ref)

    ours, theirs = split(url), split("x:" + ref if ":" in ref else ref)
    if ":" not in ref:
        assert unquote_to_bytes(ours.query or "") == unquote_to_bytes(theirs.query or "")
        assert unquote_to_bytes(ours.fragment or "") == unquote_to_bytes(theirs.fragment or "")
        assert (ours.query is None, ours.fragment is None) == (theirs.query is None, theirs.fragment is None)


@examples(300)
@given(base=bases, slash=slashes, ref=anything)
def test_joining_again_changes_nothing(base: str, slash: str, ref: str) -> None:
    """U18. ``join(base, join(base, r)) == join(base, r)``."""
    url = joined(base + slash, ref)

    assert join_url(base + slash, url) == url


@examples(300)
@given(base=bases, ref=anything)
def test_the_final_slash_of_the_base_is_irrelevant(base: str, ref: str) -> None:
    """U1, U18. For a reference with a path, both spellings of the base give the same URL."""
    assume(ref.partition("#")[0].partition("?")[0] != "")

    assert joined(base, ref) == joined(base + "/", ref)


@examples(300)
@given(
    base=bases,
    head=st.sampled_from(["http://h", "HTTPS://h:1/", "mock://", "a+b://x/", "https://u:p@h"]),
    tail=anything,
)
def test_an_absolute_url_is_verbatim(base: str, head: str, tail: str) -> None:
    """U8, U18. An absolute URL is given back as it is, with a base and without."""
    url = head + tail

    assert joined(base, url) == url
    assert join_url(None, url) == url


@examples(300)
@given(base=bases, ref=anything, reach=reaches)
def test_reach_only_refuses(base: str, ref: str, reach: Reach) -> None:
    """P1. A limit never changes a URL: the answer is that of ``"any"``, or an error."""
    try:
        url = join_url(base, ref, reach=reach)
    except InvalidURL:
        return
    assert url == join_url(base, ref)


N = 100_000
HOSTILE = [
    pytest.param("../" * (N // 3), id="climbing"),
    pytest.param("a/../" * (N // 5), id="up-and-down"),
    pytest.param("./" * (N // 2), id="staying"),
    pytest.param("%2e%2e/" * (N // 7), id="encoded-climbing"),
    pytest.param("/" * N, id="slashes"),
    pytest.param("a" + "/" * N, id="empty-segments"),
    pytest.param("a" * N + "\x00", id="control-at-the-end"),
    pytest.param("a" * N + "\\", id="backslash-at-the-end"),
    pytest.param("a" * N + " ", id="space-at-the-end"),
    pytest.param(" " * N + "a", id="spaces-first"),
    pytest.param("a/" * (N // 2) + "é", id="slow-path-at-the-end"),
    pytest.param("a" * N + ":", id="colon-at-the-end"),
    pytest.param(":" * N, id="colons"),
    pytest.param("%" * N, id="percents"),
    pytest.param("é" * N, id="non-ascii"),
    pytest.param("?" * N, id="questions"),
    pytest.param("#" * N, id="hashes"),
    pytest.param("@" * N, id="ats"),
    pytest.param("." * N, id="dots"),
    pytest.param(";=" * (N // 2), id="parameters"),
    pytest.param("https://" + "@" * N, id="userinfos"),
    pytest.param("https://" + ":" * N, id="ports"),
    pytest.param("https://[" + ":" * N, id="open-bracket"),
    pytest.param("https://[::%" + "%" * N, id="zone"),
    pytest.param("https://h:" + "0" * N, id="zeros"),
    pytest.param("https://h/" + "..%2F" * (N // 5), id="hidden-climbing"),
    pytest.param("https://u:p" + "/@" * (N // 2), id="redaction"),
]


USES: dict[str, Callable[[str], str]] = {
    "reference": lambda text: join_url("https://api/v1", text, reach="base"),
    "base": lambda text: join_url(text, "x"),
    "resolve": lambda text: resolve("http://a/b", text),
    "resolve-base": lambda text: resolve("x:" + text, "../" * (N // 3)),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_input_takes_linear_time(use: Callable[[str], str], text: str) -> None:
    """U18. 100 kB of the worst input take milliseconds; quadratic time would be far above two seconds."""
    begin = time.thread_time()  # of this thread alone: the machine may be busy
    try:
        use(text)
    except InvalidURL as error:
        str(error)
    elapsed = time.thread_time() - begin

    assert elapsed < 2
