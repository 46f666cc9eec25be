"""The rows about what a session carries: headers, credentials, verbs, reach, and bodies of further kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from enum import Enum
from urllib.parse import urlsplit

from basestream import BodySourceError, OutOfReachURL

from ._drivers import Caller
from ._rows_bodies import DATA, SIZE, chunks
from ._rows_urls import counting
from ._scenarios import Scenario
from ._stage import Stage, raises

VERBS = ("get", "options", "head", "post", "put", "patch", "delete")

REDIRECTS = frozenset({"redirects"})


def rows() -> Iterator[Scenario]:
    """Give the rows."""
    yield Scenario("U14-other-kinds", "U14", "bytes, split results and str subclasses mean their text", kinds)
    yield Scenario("U20-verbs", "U20", "the session's verbs join, once", verbs)
    yield Scenario("U21-plain", "U21", "headers, plain bodies and answers are the client's as ever", plain)
    yield Scenario(
        "U21-later-base", "U21", "a base that is assigned later counts from the next request", later_base
    )
    claim = "userinfo in the base authenticates, and stays out of the request line"
    yield Scenario("U22-userinfo", "U22", claim, userinfo, "RFC 3986 section 3.2.1")
    yield Scenario("P1-within-reach", "P1", "what reach allows arrives", within_reach)
    claim = "another port is another origin"
    yield Scenario("P1-other-port", "P1", claim, other_port, "RFC 6454 section 4")
    needs = frozenset({"session-headers"})
    claim = "the session's Authorization is not sent to another origin"
    yield Scenario("P2-stranger", "P2", claim, stranger, needs=needs)
    claim = "a redirect to another origin loses the session's Authorization"
    yield Scenario("P2-redirect", "P2", claim, redirected, "RFC 9110 section 15.4", needs | REDIRECTS)
    yield Scenario("S5-as-it-goes", "S5", "a body is sent while its source is read", as_it_goes)
    claim = "a StreamingIterator is sent again byte by byte"
    yield Scenario("S8-307-read", "S8", claim, read_replayed, needs=REDIRECTS)
    yield Scenario("S9-cause", "S9", "BodySourceError has the source's error as its cause", cause)
    claim = "an async session takes an async source; a sync one refuses it before anything is sent"
    yield Scenario("S13-async-source", "S13", claim, async_source)


class _Text(str, Enum):
    USERS = "users?q=1"  # whose str() is its name


def kinds(stage: Stage) -> None:
    """U14: what is derived from ``str`` counts by its value."""
    with stage.session() as api:
        for ref in (urlsplit("users?q=1"), b"users?q=1", _Text.USERS):
            api.get(ref)
    stage.assert_sent(*["/v1/users?q=1"] * 3)


def verbs(stage: Stage) -> None:
    """U20: each of those that a client's session has."""
    calls: list[str] = []
    with stage.session(cls=counting(stage, calls)) as api:
        there = [verb for verb in VERBS if hasattr(api.session, verb)]
        for verb in there:
            stage.driver.run(getattr(api.session, verb)("a"))
    assert calls == ["a"] * len(there), calls
    seen = [(exchange.method.lower(), exchange.target) for exchange in stage.exchanges()]
    assert seen == [(verb, "/v1/once/a") for verb in there], seen


def plain(stage: Stage) -> None:
    """U21: what a session has no rule for."""
    with stage.session() as api:
        reply = api.put("status/201?body=hi", b"hello", headers={"X-Kit": "1"})
    assert (reply.status, reply.body) == (201, b"hi"), reply
    [exchange] = stage.exchanges()
    seen = (exchange.method, exchange.body, exchange.header("x-kit"))
    assert seen == ("PUT", b"hello", ["1"]), seen


def later_base(stage: Stage) -> None:
    """U21: with a slash at its end, or without."""
    with stage.session() as api:
        api.get("a")
        api.session.base_url = stage.server.url + "/v2/"
        api.get("a")
    stage.assert_sent("/v1/a", "/v2/a")


def userinfo(stage: Stage) -> None:
    """U22: as Basic credentials."""
    with stage.driver.session(stage.base.replace("//", "//me:secret@")) as api:
        api.get("users")
    stage.assert_sent("/v1/users")
    [exchange] = stage.exchanges()
    seen = exchange.header("authorization")
    assert seen == ["Basic bWU6c2VjcmV0"], seen


def within_reach(stage: Stage) -> None:
    """P1: by each of the three words."""
    inside = {"any": stage.stranger.url + "/x", "origin": "/x", "base": "users/1"}
    for word, ref in inside.items():
        with stage.session(reach=word) as api:
            api.get(ref)
    stage.assert_sent("/x", "/v1/users/1")
    assert len(stage.stranger.exchanges) == 1, "reach='any' did not reach another origin"


def other_port(stage: Stage) -> None:
    """P1: whatever its path."""
    for word in ("origin", "base"):
        with stage.session(reach=word) as api, raises(OutOfReachURL):
            api.get(stage.stranger.url + "/v1/x")
    assert not stage.stranger.connections, "the stranger was called"


def stranger(stage: Stage) -> None:
    """P2: at the first hop."""
    _sent_abroad(stage, lambda api: api.get(stage.stranger.url + "/x"))


def redirected(stage: Stage) -> None:
    """P2: where a server has the session go."""
    _sent_abroad(stage, lambda api: api.get(f"redirect/302?to={stage.stranger.url}/x"))


def _sent_abroad(stage: Stage, leave: Callable[[Caller], object]) -> None:
    with stage.session() as api:
        api.session.headers["Authorization"] = "Bearer ours"
        api.get("home")
        leave(api)
    at_home = [exchange.header("authorization") for exchange in stage.exchanges()]
    assert at_home == [["Bearer ours"]] * len(at_home), f"at home: {at_home}"
    stage.stranger.wait_idle()
    abroad = [(exchange.target, exchange.header("authorization")) for exchange in stage.stranger.exchanges]
    assert abroad == [("/x", [])], f"abroad: {abroad}"


def as_it_goes(stage: Stage) -> None:
    """S5: by the last chunk the first ones have arrived."""
    arrived: list[bool] = []

    def watched() -> Iterator[bytes]:
        yield DATA[:-1000]
        with suppress(TimeoutError):  # it would be the source's own error
            stage.server.wait_for(lambda: any(exchange.size for exchange in stage.server.exchanges), 5)
            arrived.append(True)
        yield DATA[-1000:]

    with stage.session() as api:
        api.put("blob", stage.body(SIZE, watched()))
    assert arrived, "the whole source was read before a byte had arrived"


def read_replayed(stage: Stage) -> None:
    """S8: through a session, the face with ``read`` too."""
    with stage.session() as api:
        reply = api.put("redirect/307?to=/v1/landed", stage.body(SIZE, chunks, readable=True))
    assert reply.status == 200, f"answered {reply.status}"
    bodies = [(exchange.framing, exchange.body == DATA) for exchange in stage.exchanges()]
    assert bodies == [("content-length", True)] * 2, bodies


def cause(stage: Stage) -> None:
    """S9: whoever handles it wants to know why."""
    original = OSError("the disk is gone")

    def failing() -> Iterator[bytes]:
        yield DATA[:-1]
        raise original

    with stage.session() as api, raises(BodySourceError) as raised:
        api.put("blob", stage.body(SIZE, failing()))
    assert raised.error.__cause__ is original, f"the cause is {raised.error.__cause__!r}"


def async_source(stage: Stage) -> None:
    """S13: the refusal is a ``TypeError``."""

    async def blocks() -> AsyncIterator[bytes]:
        for chunk in chunks():
            yield chunk

    with stage.session() as api:
        if stage.driver.asynchronous:
            api.put("blob", stage.body(SIZE, blocks))
        else:
            with raises(TypeError):
                api.put("blob", stage.body(SIZE, blocks))
            stage.assert_nothing_sent()
    arrived = [exchange.body == DATA for exchange in stage.exchanges()]
    assert arrived == [True] * stage.driver.asynchronous, "other bytes arrived"
