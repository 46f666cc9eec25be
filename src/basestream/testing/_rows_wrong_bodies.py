"""The rows about wrong bodies, which never become a complete request (S3, S4, S9, W3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.client import IncompleteRead
from typing import Any, NamedTuple

from basestream import BodySourceError, BodyTooLong, BodyTooShort

from ._rows_bodies import RFC_9112, SIZE, Chunks, Row
from ._scenarios import Scenario
from ._stage import Stage, raises

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def _of(*given: bytes) -> Chunks:
    return lambda: iter(given)


def _failing(error: Callable[[], Exception], after: int = SIZE) -> Chunks:
    def failing() -> Iterator[bytes]:
        yield from [b"x" * 1000] * (after // 1000)
        raise error()

    return failing


class Wrong(NamedTuple):
    """A wrong body."""

    name: str
    error: type[Exception]
    chunks: Chunks
    size: int = SIZE
    early: bool = False
    """Whether the server answers 200 before it has read the body."""


WRONG = [
    Wrong("long-own-chunk", BodyTooLong, _of(b"x" * SIZE, SMUGGLED)),
    Wrong("long-crossing", BodyTooLong, _of(b"x" * (SIZE - 1), b"x" + SMUGGLED)),
    Wrong("short", BodyTooShort, _of(b"x" * (SIZE - 1))),
    Wrong("short-early-answer", BodyTooShort, _of(b"x" * (SIZE - 1)), early=True),
    Wrong("empty", BodyTooShort, _of()),
    Wrong("empty-early-answer", BodyTooShort, _of(), early=True),
    Wrong("ValueError", ValueError, _failing(ValueError)),
    Wrong("OSError", BodySourceError, _failing(OSError)),
    Wrong("ConnectionResetError", BodySourceError, _failing(ConnectionResetError)),
    Wrong("BrokenPipeError", BodySourceError, _failing(BrokenPipeError)),
    Wrong("ConnectionResetError-early-answer", BodySourceError, _failing(ConnectionResetError), early=True),
    Wrong("BrokenPipeError-early-answer", BodySourceError, _failing(BrokenPipeError), early=True),
    Wrong("size-0-with-surplus", BodyTooLong, _of(SMUGGLED), size=0),
    Wrong("IncompleteRead", BodySourceError, _failing(lambda: IncompleteRead(b""))),
    Wrong("OSError-half-way", BodySourceError, _failing(OSError, SIZE // 2)),
]
KINDS: dict[str, Callable[[Chunks], Any]] = {"one-shot": lambda make: make(), "replayable": lambda make: make}

SMALL_WRONG = [
    Wrong("long-own-chunk", BodyTooLong, _of(b"x" * 10, b"y"), 10),
    Wrong("long-crossing", BodyTooLong, _of(b"x" * 9, b"yy"), 10),
    Wrong("short", BodyTooShort, _of(b"x" * 9), 10),
    Wrong("empty", BodyTooShort, _of(), 10),
    Wrong("size-0-with-surplus", BodyTooLong, _of(b"", b"y"), 0),
    Wrong("OSError", BodySourceError, _failing(OSError, 5000), 5001),
]


def rows() -> Iterator[Scenario]:
    """Give the rows."""
    for wrong in WRONG:
        needs = frozenset({"wrong-body-after-early-answer"} if wrong.early else set[str]())
        for kind in KINDS:
            claim = f"a wrong body never completes, and what follows is right: {wrong.name}, {kind}"
            run = _never_completes(wrong, kind)
            yield Scenario(f"S3-{wrong.name}-{kind}", "S3", claim, run, RFC_9112, needs)
    for wrong in SMALL_WRONG:
        claim = f"a wrong body of one block opens no connection: {wrong.name}"
        needs = frozenset({"first-block-check"})
        yield Scenario(f"S4-{wrong.name}", "S4", claim, _opens_nothing(wrong), needs=needs)


def _never_completes(wrong: Wrong, kind: str) -> Row:
    target = "early/200" if wrong.early else "blob"

    def run(stage: Stage) -> None:
        source = KINDS[kind](wrong.chunks)
        with stage.patient_session() as api:
            with raises(wrong.error):
                api.put(target, stage.body(wrong.size, source))
            after = api.get("after").status
        assert after == 200, f"the next request was answered {after}"
        complete = [exchange.target for exchange in stage.exchanges(complete=True)]
        broken = stage.exchanges(complete=False)
        assert complete == ["/v1/after"], f"complete on the wire: {complete}"
        assert len(broken) <= 1, f"sent {len(broken)} times"
        assert all(exchange.size < wrong.size for exchange in broken), "all of the declared bytes were sent"

    return run


def _opens_nothing(wrong: Wrong) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api, raises(wrong.error):
            api.put("wrong", stage.body(wrong.size, wrong.chunks()))
        stage.assert_nothing_sent()

    return run
