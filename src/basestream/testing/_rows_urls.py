"""The rows about URLs: what a reference becomes in the request line, and what is refused (U1 to U20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from basestream import InvalidURL, MissingBaseURL, OutOfReachURL

from ._scenarios import Scenario
from ._stage import Stage, raises

Row = Callable[[Stage], None]

# rule, name, reference, target under the base /v1
TARGETS = [
    ("U1", "segment", "users", "/v1/users"),
    ("U1", "slash-at-the-end", "users/", "/v1/users/"),
    ("U1", "query", "users/1?q=2", "/v1/users/1?q=2"),
    ("U1", "fragment", "users/1?q=2#f", "/v1/users/1?q=2"),
    ("U1", "dot", "./users", "/v1/users"),
    ("U2", "path", "/users", "/users"),
    ("U2", "root", "/", "/"),
    ("U3", "empty", "", "/v1"),
    ("U4", "query-alone", "?q=1", "/v1?q=1"),
    ("U4", "fragment-alone", "#f", "/v1"),
    ("U5", "dot-alone", ".", "/v1/"),
    ("U5", "dot-slash", "./", "/v1/"),
    ("U6", "up-and-down", "a/../b", "/v1/b"),
    ("U6", "up", "../x", "/x"),
    ("U6", "above-the-root", "../../x", "/x"),
    ("U6", "from-the-root", "/../x", "/x"),
    ("U6", "encoded-dots", "%2e%2e/x", "/x"),
    ("U6", "half-encoded-dots", ".%2E/x", "/x"),
    ("U6", "dots-in-a-name", "a..b/c...", "/v1/a..b/c..."),
    ("U7", "id", "users:123", "/v1/users:123"),
    ("U7", "verb", "documents:batchGet", "/v1/documents:batchGet"),
    ("U7", "digest", "sha256:ab", "/v1/sha256:ab"),
    ("U7", "host-and-port", "localhost:8080/x", "/v1/localhost:8080/x"),
    ("U7", "scheme-later", "x/http://other/", "/v1/x/http://other/"),
    ("U11", "empty-segments", "a//b///", "/v1/a//b///"),
    ("U13", "space", "a b", "/v1/a%20b"),
    ("U13", "non-ascii", "gr\u00fc\u00dfe", "/v1/gr%C3%BC%C3%9Fe"),
    ("U13", "emoji", "\U0001f600", "/v1/%F0%9F%98%80"),
    ("U13", "quotes", 'a"b<c>d^e{f}g|h`i', "/v1/a%22b%3Cc%3Ed%5Ee%7Bf%7Dg%7Ch%60i"),
    ("U13", "brackets", "a[0]", "/v1/a%5B0%5D"),
    ("U13", "stray-percent", "100%", "/v1/100%25"),
    ("U13", "unreserved-triplets", "%41%7e%2D", "/v1/A~-"),
    ("U13", "reserved-triplets", "a%2fb%3f%23", "/v1/a%2Fb%3F%23"),
    ("U13", "reserved-bare", "a!$&'()*+,;=:@b", "/v1/a!$&'()*+,;=:@b"),
    ("U13", "query-characters", "a?x=\\&y=[]", "/v1/a?x=%5C&y=%5B%5D"),
]

# What no row of its own is worth: (reference, target) under the base /v1.
FURTHER = [
    ("users/1", "/v1/users/1"),
    ("a/./b", "/v1/a/b"),
    ("a/b/..", "/v1/a/"),
    ("..", "/"),
    ("/a/../x", "/x"),
    ("%2E%2E/x", "/x"),
    (".%2e/x", "/x"),
    ("a/%2e/b", "/v1/a/b"),
    (".hidden", "/v1/.hidden"),
    ("sha256:ab/manifest", "/v1/sha256:ab/manifest"),
    ("mailto:a@b", "/v1/mailto:a@b"),
    ("./http:x", "/v1/http:x"),
    ("a?next=http://other/", "/v1/a?next=http://other/"),
    ("a//b", "/v1/a//b"),
    ("a///", "/v1/a///"),
    ("a%20b", "/v1/a%20b"),
    ("a+b", "/v1/a+b"),
    ("日本/語", "/v1/%E6%97%A5%E6%9C%AC/%E8%AA%9E"),
    ("emoji/😀", "/v1/emoji/%F0%9F%98%80"),
    ('a"b', "/v1/a%22b"),
    ("a<b>c", "/v1/a%3Cb%3Ec"),
    ("a^b", "/v1/a%5Eb"),
    ("a{b}c", "/v1/a%7Bb%7Dc"),
    ("a|b", "/v1/a%7Cb"),
    ("a`b", "/v1/a%60b"),
    ("100%zz", "/v1/100%25zz"),
    ("%%41", "/v1/%25A"),
    ("%2541", "/v1/%2541"),
    ("a%2fb", "/v1/a%2Fb"),
    ("a%2Fb%3f%23", "/v1/a%2Fb%3F%23"),
    ("%e2%82%ac", "/v1/%E2%82%AC"),
    ("~me", "/v1/~me"),
    ("%7Eme", "/v1/~me"),
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

# rule, name, reference
REFUSED: list[tuple[str, str, Any]] = [
    ("U9", "no-slashes", "http:x"),
    ("U9", "one-slash", "https:/x"),
    ("U9", "scheme-alone", "https:"),
    ("U10", "network-path", "//other.invalid/x"),
    ("U10", "three-slashes", "///x"),
    ("U8", "no-host", "http:///x"),
    ("U12", "line-feed", "a\nb"),
    ("U12", "nul", "a\x00b"),
    ("U12", "del", "a\x7fb"),
    ("U12", "leading-space", " a"),
    ("U12", "trailing-nbsp", "a\u00a0"),
    ("U12", "backslash", "a\\b"),
    ("U12", "backslash-in-authority", "http://api.invalid\\@other.invalid/"),
    ("U12", "surrogate", "a\ud800"),
    ("U14", "bytes-that-are-not-utf-8", b"a\xff"),
]
NO_URLS: list[tuple[str, Any]] = [("none", None), ("number", 1), ("tuple", ("a", "b")), ("object", object())]

PARAMS: list[tuple[str, str, dict[str, str], str]] = [
    ("both", "a?x=1", {"y": "2"}, "/v1/a?x=1&y=2"),
    ("params-alone", "a", {"y": "2"}, "/v1/a?y=2"),
    ("same-name", "a?x=1#f", {"x": "2"}, "/v1/a?x=1&x=2"),
    ("base-itself", "", {"y": "2"}, "/v1?y=2"),
    ("empty", "a?x=1", {}, "/v1/a?x=1"),
    ("encoded", "a?x=%2F", {"y": "a&c"}, "/v1/a?x=%2F&y=a%26c"),
]

RFC_3986 = "RFC 3986 section 5.2"


def rows() -> Iterator[Scenario]:
    """Give the rows."""
    for rule, name, ref, target in TARGETS:
        claim = f"{ref!r} under the base /v1 is requested as {target}"
        yield Scenario(f"{rule}-{name}", rule, claim, _target(ref, target), RFC_3986)
    for rule, name, ref in REFUSED:
        yield Scenario(
            f"{rule}-{name}", rule, f"{ref!r} is an InvalidURL, and nothing is sent", _refused(ref)
        )
    for name, ref in NO_URLS:
        yield Scenario(f"U15-{name}", "U15", f"{name} is a TypeError, and nothing is sent", _no_url(ref))
    for name, ref, params, target in PARAMS:
        claim = "the reference's query and the params both reach the server"
        yield Scenario(f"U19-{name}", "U19", claim, _params(ref, params, target), needs=frozenset({"params"}))
    yield Scenario(
        "U1-base-with-a-slash", "U1", "the base's final slash makes no difference", slash_at_the_base
    )
    yield Scenario(
        "U4-empty-query", "U4", "an empty query keeps its question mark", _target("users?", "/v1/users?")
    )
    yield Scenario("U13-further", "U13", "every client writes the same request-target", further, RFC_3986)
    yield Scenario("U8-absolute", "U8", "an absolute URL is passed on with every byte", absolute)
    yield Scenario("U16-no-base", "U16", "without a base a relative reference is MissingBaseURL", no_base)
    yield Scenario("U17-bad-base", "U17", "a base that cannot be used is refused when it is set", bad_base)
    yield Scenario("U20-once", "U20", "create_url is called once for each request", created_once)
    yield Scenario(
        "U20-not-at-redirects",
        "U20",
        "create_url is not called at redirects",
        not_at_redirects,
        needs=frozenset({"redirects"}),
    )
    yield Scenario("P1-out-of-reach", "P1", "what reach forbids is OutOfReachURL, and nothing is sent", reach)


def targets_of(stage: Stage) -> list[str]:
    """Give the request-targets that the server has seen."""
    return [exchange.target for exchange in stage.exchanges()]


def assert_sent(stage: Stage, *wanted: str) -> None:
    """Assert what the request-targets were."""
    seen = targets_of(stage)
    assert seen == list(wanted), f"sent {seen}, wanted {list(wanted)}"


def _target(ref: str, target: str) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api:
            api.get(ref)
        assert_sent(stage, target)

    return run


def _refused(ref: Any) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api, raises(InvalidURL):
            api.get(ref)
        assert_nothing_sent(stage)

    return run


def _no_url(ref: Any) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api, raises(TypeError):
            api.get(ref)
        assert_nothing_sent(stage)

    return run


def _params(ref: str, params: dict[str, str], target: str) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api:
            api.get(ref, params=params)
        assert_sent(stage, target)

    return run


def assert_nothing_sent(stage: Stage) -> None:
    """Assert that no connection was opened."""
    stage.server.wait_idle()
    assert not stage.server.connections, f"{len(stage.server.connections)} connections were opened"


def slash_at_the_base(stage: Stage) -> None:
    """U1, U3: but for the empty reference, which gives the base as it was written."""
    with stage.driver.session(stage.base + "/") as api:
        for ref in ("users", "?q=1", ""):
            api.get(ref)
    assert_sent(stage, "/v1/users", "/v1/?q=1", "/v1/")


def further(stage: Stage) -> None:
    """U1 to U13: the rest of the table, on one connection."""
    with stage.session() as api:
        for ref, _ in FURTHER:
            api.get(ref)
    assert_sent(stage, *(target for _, target in FURTHER))


def absolute(stage: Stage) -> None:
    """U8: so that a signed URL stays valid."""
    signed = "/bucket/a%20b%2Fc?X-Amz-Signature=0123&X-Amz-Date=2026%2F01&list-type=2&empty="
    with stage.driver.session("https://api.invalid/v1") as api:
        api.get(stage.server.url + signed)
    assert_sent(stage, signed)


def no_base(stage: Stage) -> None:
    """U16: a ``ValueError`` that names the reference."""
    with stage.driver.session("") as api:
        for ref in ("users", "/x", "users:123"):
            with raises(MissingBaseURL) as raised:
                api.get(ref)
            assert isinstance(raised.error, ValueError), f"{raised.error!r} is no ValueError"
            named = getattr(raised.error, "url", None)
            assert named == ref, f"it names {named!r}, not {ref!r}"


def bad_base(stage: Stage) -> None:
    """U17: with a query or a fragment, relative, without a host; also one that is assigned later."""
    for base in (
        "https://h/v1?q=1",
        "https://h/v1#f",
        "/v1",
        "https:///v1",
        "https://h/a/../b",
        " https://h",
    ):
        with raises(InvalidURL), stage.driver.session(base):
            pass
        with stage.session() as api, raises(InvalidURL):
            api.session.base_url = base


class Counting:
    """A session whose hook is not idempotent: another call would show."""

    calls: list[str]

    def create_url(self, url: str) -> str:
        """Join once more below the base."""
        self.calls.append(url)
        session: Any = super()  # of the backend's class beside
        joined: str = session.create_url("once/" + url)
        return joined


def counting(stage: Stage, calls: list[str]) -> Any:
    """Derive a counting session from the backend's."""
    return type("CountingSession", (Counting, stage.driver.session_class), {"calls": calls})


def created_once(stage: Stage) -> None:
    """U20: with a ``str``, whatever the caller has passed."""
    calls: list[Any] = []
    with stage.session(cls=counting(stage, calls)) as api:
        api.get("a")
        api.put("b", body=b"hello")
        api.get(b"c")
    assert [(str, "a"), (str, "b"), (str, "c")] == [(type(call), call) for call in calls], calls
    assert_sent(stage, "/v1/once/a", "/v1/once/b", "/v1/once/c")


def not_at_redirects(stage: Stage) -> None:
    """U20: where a server redirects to is a whole URL, or relative to the request's."""
    calls: list[str] = []
    with stage.session(cls=counting(stage, calls)) as api:
        api.get("redirect/302?to=/v1/landed")
    assert len(calls) == 1, calls
    assert_sent(stage, "/v1/once/redirect/302?to=/v1/landed", "/v1/landed")


def reach(stage: Stage) -> None:
    """P1: the origin, or what lies under the base."""
    outside = {"origin": ["https://other.invalid/"], "base": ["/v10/x", "../x", "https://other.invalid/"]}
    for word, refs in outside.items():
        with stage.session(reach=word) as api:
            for ref in refs:
                with raises(OutOfReachURL):
                    api.get(ref)
    assert_nothing_sent(stage)
