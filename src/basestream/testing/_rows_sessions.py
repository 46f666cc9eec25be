"""The rows about how sessions are used: verbs, subclasses, headers, bodies of further kinds (U14, U20 to U22)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from basestream import BodySourceError, InvalidURL, MissingBaseURL, OutOfReachURL

from ._rows_bodies import DATA, SIZE, chunks
from ._rows_urls import counting
from ._scenarios import Scenario
from ._stage import Stage, raises

VERBS = ("get", "options", "head", "post", "put", "patch", "delete")

REDIRECTS = frozenset({"redirects"})


def rows() -> Iterator[Scenario]:
    """Give the rows."""
    yield from _hook_rows()
    yield from _subclass_rows()
    yield Scenario("U14-other-kinds", "U14", "bytes, split results and str subclasses mean their text", kinds)
    yield Scenario("U21-plain", "U21", "headers, plain bodies and answers are the client's as ever", plain)
    yield Scenario(
        "U21-later-base", "U21", "a base that is assigned later counts from the next request", later_base
    )
    claim = "userinfo in the base authenticates, and stays out of the request line"
    yield Scenario("U22-userinfo", "U22", claim, userinfo, "RFC 3986 section 3.2.1")
    yield Scenario("S5-as-it-goes", "S5", "a body is sent while its source is read", as_it_goes)
    claim = "a StreamingIterator is sent again byte by byte"
    yield Scenario("S8-307-read", "S8", claim, read_replayed, needs=REDIRECTS)
    yield Scenario("S9-cause", "S9", "BodySourceError has the source's error as its cause", cause)
    claim = "an async session takes an async source; a sync one refuses it before anything is sent"
    yield Scenario("S13-async-source", "S13", claim, async_source)


def _hook_rows() -> Iterator[Scenario]:
    yield Scenario("U20-verbs", "U20", "the session's verbs join, once", verbs)
    yield Scenario("U20-keywords", "U20", "so does request with its arguments by keyword", keywords)
    claim = "create_url is not called when the client sends again by itself"
    yield Scenario("U20-not-at-retries", "U20", claim, not_at_retries, needs=frozenset({"retries"}))
    claim = "a request from inside a body joins for itself, and leaves the outer one alone"
    yield Scenario("U20-nested", "U20", claim, nested)
    claim = "of many requests at once on one session, each joins once"
    yield Scenario("U20-at-once", "U20", claim, at_once)


def _subclass_rows() -> Iterator[Scenario]:
    claim = "a subclass names its base; None and '' as an argument leave it alone, another base wins"
    yield Scenario("U21-class-base", "U21", claim, class_base)
    claim = "a subclass may set its base before the session is initialized"
    yield Scenario("U21-early-base", "U21", claim, early_base)
    claim = "a wrong base of a subclass is refused when a session is made"
    yield Scenario("U21-class-bad-base", "U21", claim, class_bad_base)
    claim = "a subclass names its rules, and arguments win over them"
    yield Scenario("U21-class-rules", "U21", claim, class_rules, needs=frozenset({"session-headers"}))
    claim = "headers that were replaced by a plain dict are sent"
    yield Scenario("U21-plain-dict", "U21", claim, plain_dict, needs=frozenset({"session-headers"}))
    claim = "the base can be taken away, and another be set"
    yield Scenario("U21-no-base-later", "U21", claim, no_base_later)


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


def keywords(stage: Stage) -> None:
    """U20: as overrides call each other."""
    calls: list[str] = []
    with stage.session(cls=counting(stage, calls)) as api:
        stage.driver.run(api.session.request(method="GET", url="a"))
    assert calls == ["a"], calls
    stage.assert_sent("/v1/once/a")


def not_at_retries(stage: Stage) -> None:
    """U20: what is sent again is the request that was made."""
    calls: list[str] = []
    with stage.patient_session(cls=counting(stage, calls)) as api:
        api.get("flaky/503?times=2")
    assert calls == ["flaky/503?times=2"], calls
    stage.assert_sent(*["/v1/once/flaky/503?times=2"] * 3)


def nested(stage: Stage) -> None:
    """U20: on the same session."""
    calls: list[str] = []
    with stage.session(cls=counting(stage, calls)) as api:

        def asking() -> Iterator[bytes]:
            yield DATA[:-1]
            api.get("inner")
            yield DATA[-1:]

        async def asking_async() -> AsyncIterator[bytes]:
            yield DATA[:-1]
            await api.session.request("GET", "inner")
            yield DATA[-1:]

        api.put("outer", stage.body(SIZE, asking_async if stage.driver.asynchronous else asking))
    assert calls == ["outer", "inner"], calls
    targets = sorted(exchange.target for exchange in stage.exchanges(complete=True))
    assert targets == ["/v1/once/inner", "/v1/once/outer"], targets


def at_once(stage: Stage) -> None:
    """U20: in threads, or as tasks of one loop."""
    calls: list[str] = []
    refs = [f"r{number}" for number in range(24)]
    with stage.session(cls=counting(stage, calls)) as api:
        api.get_at_once(refs)
    assert sorted(calls) == sorted(refs), calls
    targets = sorted(exchange.target for exchange in stage.exchanges())
    assert targets == sorted(f"/v1/once/{ref}" for ref in refs), targets


def class_base(stage: Stage) -> None:
    """U21: as an attribute of the class."""
    named = derived(stage, base_url=stage.base)
    for arguments in ((), (None,), ("",), (stage.server.url + "/v2",)):
        with stage.driver.session(*arguments, cls=named) as api:
            api.get("users")
    stage.assert_sent(*["/v1/users"] * 3, "/v2/users")


def early_base(stage: Stage) -> None:
    """U21: and give none to ``super().__init__()``."""
    base: Any = stage.driver.session_class

    def __init__(self: Any, **options: Any) -> None:
        self.base_url = stage.base
        base.__init__(self, **options)

    with stage.driver.session(cls=derived(stage, __init__=__init__)) as api:
        api.get("users")
    stage.assert_sent("/v1/users")


def class_bad_base(stage: Stage) -> None:
    """U17, U21: not at the first request."""
    stage.assert_refused(InvalidURL, cls=derived(stage, base_url="api.invalid/v1"))


def class_rules(stage: Stage) -> None:
    """U21: each of them is checked when a session is made."""
    strict = derived(stage, reach="base", credential_headers=("x-api-key",))
    with stage.session(cls=strict) as api, raises(OutOfReachURL):
        api.get("/outside")
    with stage.session(cls=strict, reach="any") as api:
        api.session.headers["X-Api-Key"] = "ours"
        api.get(stage.stranger.url + "/x")
    sent = [exchange.header("x-api-key") for exchange in stage.stranger.exchanges]
    assert sent == [[]], f"sent to a stranger: {sent}"
    for name in ("reach", "send_credentials", "abort"):
        stage.assert_refused(ValueError, stage.base, cls=derived(stage, **{name: "no such word"}))


def plain_dict(stage: Stage) -> None:
    """U21: a habit of requests' users."""
    with stage.session() as api:
        api.session.headers = {"X-One": "1"}
        api.get("a")
        api.get("b", headers={"X-Two": "2"})
    seen = [(exchange.header("x-one"), exchange.header("x-two")) for exchange in stage.exchanges()]
    assert seen == [(["1"], []), (["1"], ["2"])], seen


def no_base_later(stage: Stage) -> None:
    """U21: and a wrong one changes nothing."""
    with stage.session() as api:
        api.session.base_url = None
        with raises(MissingBaseURL):
            api.get("users")
        api.session.base_url = stage.server.url + "/later"
        with raises(InvalidURL):
            api.session.base_url = stage.server.url + "?q=1"
        api.get("users")
    stage.assert_sent("/later/users")


def derived(stage: Stage, **attributes: Any) -> Any:
    """Derive a session class with these attributes from the backend's."""
    return type("Derived", (stage.driver.session_class,), attributes)


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
