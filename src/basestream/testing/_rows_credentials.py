"""The rows about credentials: where they go, and what is said of it (P2, P3)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ._drivers import Caller
from ._records import Exchange
from ._scenarios import Scenario
from ._server import RecordingServer
from ._stage import Stage

Row = Callable[[Stage], None]

RFC_6454 = "RFC 6454 section 4"
RFC_9110 = "RFC 9110 section 15.4"
REDIRECTS = frozenset({"redirects"})
HEADERS = frozenset({"session-headers"})
STATUSES = (302, 303, 307, 308)
SECRET = "s3cret"  # noqa: S105  (no secret)


class Kind(NamedTuple):
    """A kind of credential that a session may hold."""

    name: str
    needs: str
    give: Callable[[Any], object]
    """Gives one to a session."""
    shown: Callable[[Exchange], object]
    """Tells whether a request carries it."""
    redirected: bool = True
    """Whether a redirect could carry it on: a query is the server's own business."""


def _header(name: str, value: str) -> Callable[[Any], object]:
    return lambda session: session.headers.update({name: value})


def _in_header(name: str) -> Callable[[Exchange], object]:
    return lambda exchange: exchange.header(name)


def _in_target(exchange: Exchange) -> object:
    return SECRET in exchange.target


def _set_cookie(session: Any) -> object:
    return session.cookies.set("a", SECRET)


def _set(name: str, value: object) -> Callable[[Any], object]:
    return lambda session: setattr(session, name, value)


KINDS = [
    Kind("authorization", "session-headers", _header("Authorization", SECRET), _in_header("authorization")),
    Kind("cookie-header", "session-headers", _header("Cookie", f"a={SECRET}"), _in_header("cookie")),
    Kind("named-header", "session-headers", _header("X-Api-Key", SECRET), _in_header("x-api-key")),
    Kind("auth", "session-auth", _set("auth", ("me", SECRET)), _in_header("authorization")),
    Kind("params", "session-params", _set("params", {"token": SECRET}), _in_target, redirected=False),
    Kind("cookie", "cookies", _set_cookie, _in_header("cookie")),
]


def rows() -> Iterator[Scenario]:
    """Give the rows."""
    for kind in KINDS:
        yield from _kind_rows(kind)
    yield from _call_rows()
    claim = "headers that are no credentials go to a stranger as they do home"
    yield Scenario("P2-harmless", "P2", claim, harmless, needs=HEADERS)
    claim = "a redirect between two strangers loses credential headers, whoever has set them"
    yield Scenario("P2-among-strangers", "P2", claim, among_strangers, RFC_9110, REDIRECTS)
    claim = "a redirect that stays on its origin keeps what the call has set"
    yield Scenario("P2-same-stranger", "P2", claim, same_stranger, RFC_9110, REDIRECTS)
    claim = "include sends a redirect what the bare client would"
    yield Scenario("P2-include-redirect", "P2", claim, included, needs=REDIRECTS | HEADERS)
    claim = "userinfo of the base authenticates at home alone"
    yield Scenario("P2-userinfo", "P2", claim, userinfo, RFC_9110, REDIRECTS)
    claim = "a word or an origin that cannot be meant is refused when a session is made"
    yield Scenario("P2-checked", "P2", claim, checked)
    claim = "what is withheld is logged by name: as a warning once for an origin, later for debugging"
    yield Scenario("P3-logged", "P3", claim, logged, needs=HEADERS)
    yield Scenario("P3-repr", "P3", "a session shows its base without the userinfo", shown)


def _kind_rows(kind: Kind) -> Iterator[Scenario]:
    needs = frozenset({kind.needs})
    claim = f"the session's {kind.name} goes to the base's origin, by relative reference and by absolute URL"
    yield Scenario(f"P2-home-{kind.name}", "P2", claim, _at_home(kind), needs=needs)
    claim = f"the session's {kind.name} does not go to another origin"
    yield Scenario(f"P2-stranger-{kind.name}", "P2", claim, _at_a_stranger(kind), RFC_6454, needs)
    if kind.redirected:
        claim = f"a redirect to another origin loses the session's {kind.name}"
        yield Scenario(
            f"P2-redirect-{kind.name}", "P2", claim, _redirected(kind), RFC_9110, needs | REDIRECTS
        )
    claim = f"the session's {kind.name} goes to a trusted origin, and to no third"
    yield Scenario(f"P2-trusted-{kind.name}", "P2", claim, _trusted(kind), needs=needs)
    claim = f"include sends the session's {kind.name} anywhere, and so does a session without a base"
    yield Scenario(f"P2-include-{kind.name}", "P2", claim, _anywhere(kind), needs=needs)


def _call_rows() -> Iterator[Scenario]:
    claim = "headers of the call itself reach a stranger"
    yield Scenario("P2-call-headers", "P2", claim, call_headers)
    claim = "params of the call itself reach a stranger"
    yield Scenario("P2-call-params", "P2", claim, call_params, needs=frozenset({"params"}))
    claim = "auth of the call itself reaches a stranger"
    yield Scenario("P2-call-auth", "P2", claim, call_auth, needs=frozenset({"call-auth"}))
    claim = "userinfo in the call's own URL authenticates there"
    yield Scenario("P2-call-userinfo", "P2", claim, call_userinfo, "RFC 3986 section 3.2.1")
    claim = "cookies that name a domain go to that domain, with a redirect too"
    yield Scenario(
        "P2-domain-cookies", "P2", claim, domain_cookies, "RFC 6265 section 5.4", REDIRECTS | {"cookies"}
    )


# --- P2: what the session holds


@contextmanager
def _holding(
    stage: Stage, kind: Kind, base: str | None = None, **options: Any
) -> Generator[Caller, None, None]:
    base = stage.base if base is None else base
    with stage.driver.session(base, credential_headers=("x-api-key",), **options) as api:
        kind.give(api.session)
        yield api


def _at_home(kind: Kind) -> Row:
    def run(stage: Stage) -> None:
        with _holding(stage, kind) as api:
            api.get("users")
            api.get(stage.server.url + "/elsewhere")
        _assert_shown(kind, stage.server, [True, True])

    return run


def _at_a_stranger(kind: Kind) -> Row:
    def run(stage: Stage) -> None:
        with _holding(stage, kind) as api:
            api.get(stage.stranger.url + "/x?q=1")
            api.get("users")
        _assert_shown(kind, stage.stranger, [False])
        _assert_shown(kind, stage.server, [True])

    return run


def _redirected(kind: Kind) -> Row:
    def run(stage: Stage) -> None:
        with _holding(stage, kind) as api:
            for status in STATUSES:
                api.get(f"redirect/{status}?to={stage.stranger.url}/x")
        _assert_shown(kind, stage.stranger, [False] * len(STATUSES))
        _assert_shown(kind, stage.server, [True] * len(STATUSES))

    return run


def _trusted(kind: Kind) -> Row:
    def run(stage: Stage) -> None:
        with (
            RecordingServer() as third,
            _holding(stage, kind, send_credentials=[stage.stranger.url + "/"]) as api,
        ):
            api.get(stage.stranger.url + "/x")
            api.get(third.url + "/x")
            _assert_shown(kind, third, [False])
        _assert_shown(kind, stage.stranger, [True])

    return run


def _anywhere(kind: Kind) -> Row:
    def run(stage: Stage) -> None:
        for base, options in ((stage.base, {"send_credentials": "include"}), ("", {})):
            with _holding(stage, kind, base, **options) as api:
                api.get(stage.stranger.url + "/x")
        _assert_shown(kind, stage.stranger, [True, True])

    return run


def _assert_shown(kind: Kind, server: RecordingServer, wanted: list[bool]) -> None:
    server.wait_idle()
    seen = [bool(kind.shown(exchange)) for exchange in server.exchanges]
    assert seen == wanted, f"{kind.name} sent: {seen}, wanted {wanted}"


def harmless(stage: Stage) -> None:
    """P2: only what is named is withheld."""
    with stage.session() as api:
        api.session.headers["X-Harmless"] = "fine"
        api.get(stage.stranger.url + "/x")
    _assert_headers(stage.stranger, "x-harmless", [["fine"]])


def among_strangers(stage: Stage) -> None:
    """P2: neither of them is home."""
    with RecordingServer() as third, stage.session(credential_headers=("x-api-key",)) as api:
        api.get(f"{stage.stranger.url}/redirect/307?to={third.url}/x", headers={"X-Api-Key": "call"})
        _assert_headers(third, "x-api-key", [[]])
    _assert_headers(stage.stranger, "x-api-key", [["call"]])


def same_stranger(stage: Stage) -> None:
    """P2: it got them from the caller."""
    with stage.session(credential_headers=("x-api-key",)) as api:
        api.get(f"{stage.stranger.url}/redirect/307?to=/landed", headers={"X-Api-Key": "call"})
    _assert_headers(stage.stranger, "x-api-key", [["call"], ["call"]])


def included(stage: Stage) -> None:
    """P2: no client knows what an X-Api-Key is, and all send it."""
    with stage.session(credential_headers=("x-api-key",), send_credentials="include") as api:
        api.session.headers["X-Api-Key"] = "ours"
        api.get(f"redirect/307?to={stage.stranger.url}/x")
    _assert_headers(stage.stranger, "x-api-key", [["ours"]])


def userinfo(stage: Stage) -> None:
    """P2: percent-encoded, by reference, at a stranger and after a redirect."""
    with stage.driver.session(stage.base.replace("://", "://us%40er:p%3Aw@")) as api:
        api.get("users")
        api.get(stage.stranger.url + "/x")
        api.get(f"redirect/307?to={stage.stranger.url}/x")
    _assert_headers(stage.server, "authorization", [["Basic dXNAZXI6cDp3"]] * 2)
    _assert_headers(stage.stranger, "authorization", [[], []])


def checked(stage: Stage) -> None:
    """P2: before any request."""
    for options, error in (
        ({"send_credentials": "same"}, ValueError),
        ({"send_credentials": ""}, ValueError),
        ({"send_credentials": ["https://cdn.invalid/path"]}, ValueError),
        ({"credential_headers": "x-api-key"}, TypeError),
    ):
        stage.assert_refused(error, stage.base, **options)


def _assert_headers(server: RecordingServer, name: str, wanted: list[list[str]]) -> None:
    server.wait_idle()
    seen = [exchange.header(name) for exchange in server.exchanges]
    assert seen == wanted, f"{name}: {seen}, wanted {wanted}"


# --- P2: what the call passes


def call_headers(stage: Stage) -> None:
    """P2: the caller knows whom they ask."""
    given = {"Authorization": "mine", "X-Api-Key": "mine", "Cookie": "b=mine"}
    with stage.session(credential_headers=("x-api-key",)) as api:
        api.get(stage.stranger.url + "/x", headers=given)
    for name, value in given.items():
        _assert_headers(stage.stranger, name.lower(), [[value]])


def call_params(stage: Stage) -> None:
    """P2: as any other part of the URL."""
    with stage.session() as api:
        api.get(stage.stranger.url + "/x", params={"q": "1"})
    stage.stranger.wait_idle()
    targets = [exchange.target for exchange in stage.stranger.exchanges]
    assert targets == ["/x?q=1"], targets


def call_auth(stage: Stage) -> None:
    """P2: as Basic credentials."""
    with stage.session() as api:
        api.get(stage.stranger.url + "/x", auth=("you", "other"))
    _assert_headers(stage.stranger, "authorization", [["Basic eW91Om90aGVy"]])


def call_userinfo(stage: Stage) -> None:
    """P2: and stays out of the request line."""
    with stage.session() as api:
        api.get(stage.stranger.url.replace("://", "://you:other@") + "/x")
    _assert_headers(stage.stranger, "authorization", [["Basic eW91Om90aGVy"]])
    assert stage.stranger.exchanges[0].target == "/x", stage.stranger.exchanges[0].target


def domain_cookies(stage: Stage) -> None:
    """P2: the domain of both servers is 127.0.0.1, and what names it is meant for both."""
    with stage.session() as api:
        api.session.cookies.set("a", SECRET)
        api.session.cookies.set("d", "domain", domain="127.0.0.1", path="/")
        api.get(stage.stranger.url + "/x")
        api.get(f"redirect/307?to={stage.stranger.url}/x")
    _assert_headers(stage.stranger, "cookie", [["d=domain"]] * 2)


# --- P3

_LEVEL = threading.Lock()


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _kept_records() -> Generator[list[logging.LogRecord], None, None]:
    logger, kept = logging.getLogger("basestream"), _Kept()
    with _LEVEL:  # the logger is everybody's
        before = logger.level
        logger.setLevel(logging.DEBUG)
        logger.addHandler(kept)
        try:
            yield kept.records
        finally:
            logger.removeHandler(kept)
            logger.setLevel(before)


def logged(stage: Stage) -> None:
    """P3: a value never is."""
    with _kept_records() as records, stage.session() as api:
        api.session.headers["Authorization"] = SECRET
        for _ in range(2):
            api.get(stage.stranger.url + "/path?query=1")
    here = threading.get_ident()  # other rows may be played at the same time
    records = [record for record in records if record.thread == here]
    texts = [record.getMessage() for record in records]
    levels = [record.levelno for record in records]
    assert levels == [logging.WARNING, logging.DEBUG], list(zip(levels, texts, strict=True))
    for text in texts:
        assert stage.stranger.url in text, f"the origin is not named: {text}"
        assert "authorization" in text.lower(), f"what was withheld is not named: {text}"
        assert SECRET not in text, f"a value is shown: {text}"
        assert "path" not in text, f"more than the origin is shown: {text}"


def shown(stage: Stage) -> None:
    """P3: logs and tracebacks hold it."""
    with stage.driver.session("https://me:s3cret@api.invalid/v1") as api:
        text = repr(api.session)
    assert "https://***@api.invalid/v1" in text, text
    assert SECRET not in text, text
