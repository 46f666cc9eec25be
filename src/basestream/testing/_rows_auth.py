"""The rows about challenges: what is chosen, how it is answered, and where an answer never goes (A1).

The server's side of them shares no code with ``basestream``: it computes each answer on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

from basestream import AuthError, BodyConsumed

from ._challenges import parse_parameters
from ._drivers import Caller
from ._offers import (
    ANSWERED,
    DIGEST,
    PASSWORD,
    PLAIN,
    REFUSED,
    RETURNED,
    RFC_7616,
    RFC_7617,
    RFC_9110,
    USER,
    Guard,
    offer,
)
from ._records import Exchange
from ._rows_bodies import DATA, SIZE, chunks
from ._scenarios import Scenario
from ._stage import Stage, raises

Row = Callable[[Stage], None]

GUESSED = frozenset({"guess-auth"})


def rows() -> Iterator[Scenario]:
    """Give the rows."""
    for guard in ANSWERED:
        claim = f"a challenge is answered with what the server accepts: {guard.name}"
        yield Scenario(f"A1-{guard.name}", "A1", claim, _sends(guard, [401, 200]), guard.source, GUESSED)
    for guard in RETURNED:
        claim = f"the 401 is returned as it is: {guard.name}"
        yield Scenario(f"A1-{guard.name}", "A1", claim, _sends(guard, [401]), guard.source, GUESSED)
    for guard in REFUSED:
        claim = f"a 401 after an answer ends the matter, and nothing weaker is tried: {guard.name}"
        yield Scenario(f"A1-{guard.name}", "A1", claim, _sends(guard, [401, 401]), guard.source, GUESSED)
    for row in _FURTHER:
        yield Scenario(f"A1-{row.name}", "A1", row.claim, row.run, row.source, GUESSED | row.needs)


@contextmanager
def _guessing(
    stage: Stage, user: str = USER, password: str = PASSWORD, **options: Any
) -> Generator[Caller, None, None]:
    with stage.session(**options) as api:
        api.session.auth = stage.driver.guess_auth(user, password)
        yield api


def _statuses(exchanges: list[Exchange]) -> list[int | None]:
    return [exchange.status for exchange in exchanges]


def _sent(exchange: Exchange) -> str:
    """Give the scheme of a request's credentials; empty if it has none."""
    return " ".join(exchange.header("authorization")).partition(" ")[0]


def _count(exchange: Exchange) -> str:
    parameters = parse_parameters(exchange.header("authorization")[0], "digest") or {}
    return parameters.get("nc", "")


def _sends(guard: Guard, wanted: list[int]) -> Row:
    def run(stage: Stage) -> None:
        with _guessing(stage, guard.user, guard.password) as api:
            status = api.get(guard.reference()).status
        seen = _statuses(stage.exchanges())
        assert seen == wanted, f"answered {seen}, wanted {wanted}"
        assert status == wanted[-1], f"the user saw {status}"
        assert not _sent(stage.exchanges()[0]), "the first request had credentials"

    return run


def auth_int(stage: Stage) -> None:
    """A1: there is no way on, and the 401 would not say why."""
    guard = Guard("auth-int", RFC_7616, (offer(qop='qop="auth-int", '),), "")
    with _guessing(stage) as api, raises(AuthError) as raised:
        api.get(guard.reference())
    assert "auth-int" in str(raised.error), raised.error


def remembers_basic(stage: Stage) -> None:
    """A1: for the origin, whatever the path."""
    with _guessing(stage) as api:
        for ref in (PLAIN.reference(), "other/" + PLAIN.reference(), "/" + PLAIN.reference()):
            api.get(ref)
    seen = _statuses(stage.exchanges())
    assert seen == [401, 200, 200, 200], seen


def remembers_digest(stage: Stage) -> None:
    """A1: and counts how often it has used the nonce."""
    with _guessing(stage) as api:
        for _ in range(3):
            api.get(DIGEST.reference())
    seen = _statuses(stage.exchanges())
    assert seen == [401, 200, 200, 200], seen
    counts = [_count(exchange) for exchange in stage.exchanges()[1:]]
    assert counts == ["00000001", "00000002", "00000003"], counts


def stale(stage: Stage) -> None:
    """A1: the answer was right, and its nonce too old: the user need not know."""
    with _guessing(stage) as api:
        replies = [api.get(DIGEST.reference(uses="1")).status for _ in range(2)]
    assert replies == [200, 200], replies
    seen = _statuses(stage.exchanges())
    assert seen == [401, 200, 401, 200], seen


def next_nonce(stage: Stage) -> None:
    """A1: what the server names is used next."""
    with _guessing(stage) as api:
        for _ in range(3):
            api.get(DIGEST.reference(nextnonce="1"))
    seen = _statuses(stage.exchanges())
    assert seen == [401, 200, 200, 200], seen


def at_once(stage: Stage) -> None:
    """A1: no count is used twice, and none is left out."""
    refs = [DIGEST.reference(key=str(number)) for number in range(16)]
    with _guessing(stage) as api:
        api.get(DIGEST.reference())
        api.get_at_once(refs)
    seen = _statuses(stage.exchanges())
    assert seen == [401, *[200] * 17], seen
    counts = sorted(int(_count(exchange), 16) for exchange in stage.exchanges()[1:])
    assert counts == list(range(1, 18)), counts


def not_to_a_stranger(stage: Stage) -> None:
    """A1: neither asked nor unasked, by reference or by redirect."""
    abroad = f"{stage.stranger.url}/{PLAIN.reference()}"
    with _guessing(stage) as api:
        api.get(PLAIN.reference())
        replies = [api.get(abroad).status, api.get(f"redirect/302?to={quote(abroad)}").status]
    _assert_nothing_at_the_stranger(stage, replies)


def redirected_before_any_challenge(stage: Stage) -> None:
    """A1: the first challenge that there is comes from a stranger."""
    abroad = f"{stage.stranger.url}/{DIGEST.reference()}"
    with _guessing(stage) as api:
        replies = [api.get(f"redirect/307?to={quote(abroad)}").status]
    _assert_nothing_at_the_stranger(stage, replies)


def _assert_nothing_at_the_stranger(stage: Stage, replies: list[int]) -> None:
    stage.stranger.wait_idle()
    sent = [_sent(exchange) for exchange in stage.stranger.exchanges]
    assert sent == [""] * len(replies), f"sent to a stranger: {sent}"
    assert replies == [401] * len(replies), replies


def apart(stage: Stage) -> None:
    """A1: an origin that is trusted with credentials is asked what it wants of them."""
    with _guessing(stage, send_credentials=[stage.stranger.url]) as api:
        api.get(PLAIN.reference())
        reply = api.get(f"{stage.stranger.url}/{DIGEST.reference()}").status
    assert reply == 200, f"answered {reply}"
    sent = [_sent(exchange) for exchange in stage.stranger.exchanges]
    assert sent == ["", "Digest"], f"what one origin asked for was sent to another: {sent}"


def redirected_at_home(stage: Stage) -> None:
    """A1: what is asked for where a redirect leads is answered for that target."""
    ref = "redirect/307?to=/v1/" + quote(DIGEST.reference())
    with _guessing(stage) as api:
        replies = [api.get(ref).status, api.get(ref).status]
    assert replies == [200, 200], replies
    wrong = [
        exchange.target
        for exchange in stage.exchanges()
        if exchange.header("authorization")
        and (parse_parameters(exchange.header("authorization")[0], "digest") or {}).get("uri")
        != exchange.target
    ]
    assert not wrong, f"credentials for another target: {wrong}"


def own_header(stage: Stage) -> None:
    """A1: the caller knows better, in any case of the name."""
    with _guessing(stage) as api:
        statuses = [
            api.get(PLAIN.reference(), headers={name: "Bearer mine"}).status
            for name in ("Authorization", "authorization")
        ]
    assert statuses == [401, 401], f"answered {statuses}"
    sent = [exchange.header("authorization") for exchange in stage.exchanges()]
    assert sent == [["Bearer mine"]] * 2, sent


def cookie(stage: Stage) -> None:
    """A1: a server may know a challenge by it."""
    with _guessing(stage) as api:
        api.session.cookies.set("own", "1")
        api.get(PLAIN.reference(cookie="challenge=2"))
    sent = [sorted("; ".join(exchange.header("cookie")).split("; ")) for exchange in stage.exchanges()]
    assert sent == [["own=1"], ["challenge=2", "own=1"]], sent


def _replayed(guard: Guard) -> Row:
    def run(stage: Stage) -> None:
        with _guessing(stage) as api:
            replies = [api.put(guard.reference(), stage.body(SIZE, chunks)).status for _ in range(2)]
        assert replies == [200, 200], replies
        seen = _statuses(stage.exchanges())
        assert seen == [401, 200, 200], seen
        whole = [exchange.body == DATA for exchange in stage.exchanges(complete=True)]
        assert whole == [True] * 3, f"other bytes arrived: {whole}"

    return run


def _once(guard: Guard) -> Row:
    def run(stage: Stage) -> None:
        with _guessing(stage) as api:
            with raises(BodyConsumed) as raised:
                api.put(guard.reference(), stage.body(SIZE, chunks()))
            assert "GET first" in str(raised.error), f"no remedy is named: {raised.error}"
            before = len(stage.exchanges())
            assert before == 1, f"{before} requests for a body that can be sent once"
            api.get(guard.reference())
            status = api.put(guard.reference(), stage.body(SIZE, chunks())).status
        assert status == 200, f"answered {status}"
        after = [(exchange.method, exchange.status) for exchange in stage.exchanges()[1:]]
        assert after[-1] == ("PUT", 200), after
        assert after.count(("PUT", 401)) == 0, f"a second 401: {after}"
        assert stage.exchanges()[-1].body == DATA, "other bytes arrived"

    return run


def bad_input(stage: Stage) -> None:
    """A1: before there is a request."""
    for user, password, error in (
        ("", PASSWORD, ValueError),
        (None, PASSWORD, TypeError),
        (b"me", PASSWORD, TypeError),
        (USER, None, TypeError),
        ("m:e", PASSWORD, ValueError),
        ("me\r\nX-Injected: 1", PASSWORD, ValueError),
        (USER, "s3cret\n", ValueError),
    ):
        with raises(error) as raised:
            stage.driver.guess_auth(user, password)
        assert PASSWORD not in str(raised.error), f"the password is shown: {raised.error}"


def hidden(stage: Stage) -> None:
    """A1: in logs, tracebacks and debuggers."""
    shown = repr(stage.driver.guess_auth(USER, PASSWORD))
    assert PASSWORD not in shown, shown


class Further(NamedTuple):
    """A row that is a story of its own."""

    name: str
    source: str
    claim: str
    run: Row
    needs: frozenset[str] = frozenset()


_REDIRECTS = frozenset({"redirects"})
_ORIGINS = "RFC 9110 section 11.5"

_FURTHER = [
    Further("auth-int", RFC_7616, "auth-int and nothing else is AuthError", auth_int),
    Further(
        "remembers-basic",
        "RFC 7617 section 2.2",
        "an origin that was answered is not asked again",
        remembers_basic,
    ),
    Further("remembers-digest", RFC_7616, "a nonce is used again, and counted", remembers_digest),
    Further("stale", "RFC 7616 section 3.3", "a stale nonce is replaced", stale),
    Further("nextnonce", "RFC 7616 section 3.5", "the next nonce that a server names is used", next_nonce),
    Further(
        "at-once",
        RFC_7616,
        "of many requests at once each has a count of its own",
        at_once,
        frozenset({"guess-auth-at-once"}),
    ),
    Further("stranger", _ORIGINS, "credentials never go to another origin", not_to_a_stranger, _REDIRECTS),
    Further(
        "stranger-first",
        _ORIGINS,
        "a stranger's challenge is not answered",
        redirected_before_any_challenge,
        _REDIRECTS,
    ),
    Further("apart", _ORIGINS, "what one origin asked for is not sent to another", apart),
    Further(
        "redirect",
        RFC_7616,
        "a challenge after a redirect is answered for its target",
        redirected_at_home,
        _REDIRECTS,
    ),
    Further(
        "own-header",
        "",
        "a request with an Authorization of its own is left alone",
        own_header,
        frozenset({"session-headers"}),
    ),
    Further(
        "cookie",
        "RFC 6265 section 5.4",
        "a cookie that comes with a challenge goes with the answer",
        cookie,
        frozenset({"cookies"}),
    ),
    Further("replayed-basic", RFC_9110, "a replayable body is sent again, whole: Basic", _replayed(PLAIN)),
    Further("replayed-digest", RFC_9110, "a replayable body is sent again, whole: Digest", _replayed(DIGEST)),
    Further(
        "once-basic", RFC_9110, "a one-shot body says why not, and is sent after a GET: Basic", _once(PLAIN)
    ),
    Further(
        "once-digest",
        RFC_9110,
        "a one-shot body says why not, and is sent after a GET: Digest",
        _once(DIGEST),
    ),
    Further("bad-input", RFC_7617, "what cannot be sent is refused when the object is made", bad_input),
    Further("hidden", "", "the password is not shown", hidden),
]
