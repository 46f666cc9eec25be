"""The rows about URLs: what a reference becomes in the request line, and what is refused (U1 to U20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from basestream import InvalidURL, MissingBaseURL

from ._references import FURTHER, NO_URLS, PARAMS, REFUSED, TARGETS
from ._scenarios import Scenario
from ._stage import Stage, raises

Row = Callable[[Stage], None]

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


def _target(ref: str, target: str) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api:
            api.get(ref)
        stage.assert_sent(target)

    return run


def _refused(ref: Any) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api, raises(InvalidURL):
            api.get(ref)
        stage.assert_nothing_sent()

    return run


def _no_url(ref: Any) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api, raises(TypeError):
            api.get(ref)
        stage.assert_nothing_sent()

    return run


def _params(ref: str, params: dict[str, str], target: str) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api:
            api.get(ref, params=params)
        stage.assert_sent(target)

    return run


def slash_at_the_base(stage: Stage) -> None:
    """U1, U3: but for the empty reference, which gives the base as it was written."""
    with stage.driver.session(stage.base + "/") as api:
        for ref in ("users", "?q=1", ""):
            api.get(ref)
    stage.assert_sent("/v1/users", "/v1/?q=1", "/v1/")


def further(stage: Stage) -> None:
    """U1 to U13: the rest of the table, on one connection."""
    with stage.session() as api:
        for ref, _ in FURTHER:
            api.get(ref)
    stage.assert_sent(*(target for _, target in FURTHER))


def absolute(stage: Stage) -> None:
    """U8: so that a signed URL stays valid."""
    signed = "/bucket/a%20b%2Fc?X-Amz-Signature=0123&X-Amz-Date=2026%2F01&list-type=2&empty="
    with stage.driver.session("https://api.invalid/v1") as api:
        api.get(stage.server.url + signed)
    stage.assert_sent(signed)


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
        stage.assert_refused(InvalidURL, base)
        with stage.session() as api, raises(InvalidURL):
            api.session.base_url = base


class Text(str):
    """A text of the caller's own kind."""

    __slots__ = ()


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
        api.get(Text("d"))
    assert [(str, ref) for ref in "abcd"] == [(type(call), call) for call in calls], calls
    stage.assert_sent(*(f"/v1/once/{ref}" for ref in "abcd"))


def not_at_redirects(stage: Stage) -> None:
    """U20: where a server redirects to is a whole URL, or relative to the request's."""
    calls: list[str] = []
    with stage.session(cls=counting(stage, calls)) as api:
        api.get("redirect/302?to=/v1/landed")
    assert len(calls) == 1, calls
    stage.assert_sent("/v1/once/redirect/302?to=/v1/landed", "/v1/landed")
