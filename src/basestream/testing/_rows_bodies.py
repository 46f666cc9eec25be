"""The rows about bodies: sizes, replay, framing, and how an upload ends (S1 to S12, W1 to W5)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

from basestream import (
    BodyConsumed,
    BodyTooShort,
    FramingError,
)

from ._scenarios import Scenario
from ._stage import Stage, raises

Row = Callable[[Stage], None]
Chunks = Callable[[], Iterator[bytes]]

SIZE = 600_000
"""Several blocks, and more than a pair of sockets buffers: a connection is open when something goes wrong."""
DATA = bytes(range(240)) * (SIZE // 240)


def chunks() -> Iterator[bytes]:
    """Give the body of the rows, in small chunks."""
    for start in range(0, SIZE, 1000):
        yield DATA[start : start + 1000]


SOURCES: dict[str, Callable[[], Any]] = {
    "bytes": lambda: DATA,
    "bytearray": lambda: bytearray(DATA),
    "list": lambda: list(chunks()),
    "generator": chunks,
    "factory": lambda: chunks,
    "file": lambda: io.BytesIO(DATA),
    "factory-of-files": lambda: lambda: io.BytesIO(DATA),
}

AGAIN: dict[str, tuple[str, str]] = {
    "307": ("redirect/307?to=/v1/landed", "redirects"),
    "308": ("redirect/308?to=/v1/landed", "redirects"),
    "307-in-mid-body": ("redirect-early/307?to=/v1/landed&after=100000&end=fin", "redirects"),
    "reset": ("reset?times=1&after=100000", "retries"),
    "close": ("close?times=1&after=100000", "retries"),
    "503": ("flaky/503?times=1", "retries"),
}

RFC_9112 = "RFC 9112 section 6.3"


def rows() -> Iterator[Scenario]:
    """Give the rows."""
    yield from _right_rows()
    for name, (target, need) in AGAIN.items():
        needs = frozenset({need})
        claim = f"a replayable body is sent again byte by byte: {name}"
        yield Scenario(f"S8-{name}", "S8", claim, _replayed(target), needs=needs)
        claim = f"a one-shot body is BodyConsumed, and never sent again in part: {name}"
        yield Scenario(f"S6-{name}", "S6", claim, _not_replayed(target), needs=needs)
    yield from _ending_rows()


def _right_rows() -> Iterator[Scenario]:
    for name, make in SOURCES.items():
        claim = f"a {name} arrives whole, with one Content-Length and never chunked"
        yield Scenario(f"S2-{name}", "S2", claim, _arrives(make, readable=False), RFC_9112)
        if name in ("generator", "factory", "file"):
            yield Scenario(f"S1-read-{name}", "S1", claim, _arrives(make, readable=True), RFC_9112)
    claim = "an empty body is Content-Length: 0"
    yield Scenario("S11-empty", "S11", claim, empty, "RFC 9110 section 8.6")
    claim = "each request with one stream is a pass of its own"
    yield Scenario("S6-many-requests", "S6", claim, many_requests)
    claim = "the blocks are told as they are taken, from 0 to the size"
    yield Scenario("S10-progress", "S10", claim, progress)
    claim = "an error of the callback stops the request and passes through"
    yield Scenario("S10-callback-fails", "S10", claim, callback_fails)
    claim = "what the stream has opened is closed, the user's own is not"
    yield Scenario("S10-closing", "S10", claim, closing)
    for name, headers in {
        "transfer-encoding": {"Transfer-Encoding": "chunked"},
        "other-length": {"content-length": str(SIZE - 1)},
    }.items():
        claim = "a header that contradicts the size is FramingError, and nothing is sent"
        yield Scenario(f"W1-{name}", "W1", claim, _contradiction(headers), "RFC 9112 section 6.2")


def _ending_rows() -> Iterator[Scenario]:
    claim = "an upload that is cut short on a new connection ends in a reset"
    yield Scenario("W4-new", "W4", claim, _cut_short(reused=False), needs=frozenset({"reset-on-abort"}))
    claim = "an upload that is cut short on a connection that is used again ends in a reset"
    needs = frozenset({"reset-on-reused-connection"})
    yield Scenario("W4-reused", "W4", claim, _cut_short(reused=True), needs=needs)
    claim = "an upload that was sent ends politely, on a connection that is used again too"
    yield Scenario("W4-polite", "W4", claim, polite)
    claim = "an answer that comes before the body was sent is returned"
    yield Scenario("W5-early", "W5", claim, _early("early/413"), needs=frozenset({"early-answer"}))
    claim = "an answer that comes before a reset is returned"
    needs = frozenset({"answer-before-reset"})
    yield Scenario("W5-before-reset", "W5", claim, _early("early/413?rst=1"), needs=needs)


def _arrives(make: Callable[[], Any], *, readable: bool) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api:
            reply = api.put("blob", stage.body(SIZE, make(), readable=readable))
        [exchange] = stage.exchanges()
        assert (reply.status, exchange.method) == (200, "PUT"), f"{exchange.method} answered {reply.status}"
        assert exchange.framing == "content-length", f"framed as {exchange.framing}"
        assert exchange.header("content-length") == [str(SIZE)], exchange.header("content-length")
        assert exchange.body == DATA, f"{exchange.size} bytes arrived, or others"

    return run


def empty(stage: Stage) -> None:
    """S11: of every kind."""
    sources: list[Any] = [b"", iter(()), [b"", b""], io.BytesIO()]
    with stage.session() as api:
        for source in sources:
            api.put("empty", stage.body(0, source))
    framings = [(exchange.framing, *exchange.header("content-length")) for exchange in stage.exchanges()]
    assert framings == [("content-length", "0")] * len(sources), framings


def many_requests(stage: Stage) -> None:
    """S6: from the start each time."""
    stream = stage.body(SIZE, chunks)
    with stage.session() as api:
        for _ in range(3):
            api.put("blob", stream)
    bodies = [exchange.body == DATA for exchange in stage.exchanges()]
    assert bodies == [True] * 3, f"whole: {bodies}"


def progress(stage: Stage) -> None:
    """S10: rising, in blocks of at most 256 KiB."""
    seen: list[tuple[int, int]] = []

    def note(sent: int, size: int) -> None:
        seen.append((sent, size))

    with stage.session() as api:
        api.put("blob", stage.body(SIZE, chunks, on_progress=note))
    assert seen, "nothing was reported"
    sent = [now for now, _ in seen]
    assert sent == sorted(set(sent)), sent
    assert (seen[0], seen[-1]) == ((0, SIZE), (SIZE, SIZE)), seen
    assert all(after - before <= 256 * 1024 for before, after in pairwise(sent)), sent


def callback_fails(stage: Stage) -> None:
    """S10: the request does not complete."""

    class Enough(Exception):
        pass

    def stop(sent: int, size: int) -> None:
        if sent > 100_000:
            raise Enough

    with stage.session() as api, raises(Enough):
        api.put("blob", stage.body(SIZE, chunks, on_progress=stop))
    assert not stage.exchanges(complete=True), "the request was complete"


class _Recording(io.BytesIO):
    """A file that can be found closed."""


def closing(stage: Stage) -> None:
    """S10: after a body that was right, after one that was not, and after an answer that came early."""
    opened: list[_Recording] = []

    def opening() -> _Recording:
        opened.append(_Recording(DATA))
        return opened[-1]

    own = _Recording(DATA)
    with stage.session() as api:
        api.put("blob", stage.body(SIZE, opening))
        api.put("blob", stage.body(SIZE, own))
        with raises(BodyTooShort):
            api.put("blob", stage.body(SIZE + 1, opening))
        with suppress(Exception):  # what the client makes of a reset is its own affair
            api.put("early/413?rst=1", stage.body(SIZE, opening))
    assert [file.closed for file in opened] == [True] * len(opened), "a file was left open"
    assert opened, "nothing was opened"
    assert not own.closed, "the user's file was closed"


def _contradiction(headers: dict[str, str]) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api, raises(FramingError):
            api.put("blob", stage.body(SIZE, chunks), headers=headers)
        stage.assert_nothing_sent()

    return run


def _replayed(target: str) -> Row:
    def run(stage: Stage) -> None:
        with stage.patient_session() as api:
            reply = api.put(target, stage.body(SIZE, chunks))
        assert reply.status == 200, f"answered {reply.status}"
        assert len(stage.exchanges()) >= 2, "sent once"
        assert all(exchange.framing == "content-length" for exchange in stage.exchanges()), (
            "not sized each time"
        )
        bodies = [exchange.body == DATA for exchange in stage.exchanges(complete=True)]
        assert bodies, "no request was complete"
        assert all(bodies), "another body was sent"

    return run


def _not_replayed(target: str) -> Row:
    def run(stage: Stage) -> None:
        with stage.patient_session() as api, raises(BodyConsumed) as raised:
            api.put(target, stage.body(SIZE, chunks()))
        assert "from_path()" in str(raised.error), f"no remedy is named: {raised.error}"
        bodies = [exchange.body == DATA for exchange in stage.exchanges(complete=True)]
        assert len(bodies) <= 1, "it was sent again"
        assert all(bodies), "another body was sent"

    return run


def _cut_short(*, reused: bool) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api:
            if reused:
                api.get("before")
            with raises(BodyTooShort):
                api.put("blob", stage.body(SIZE, [DATA[:-1]]))
        assert stage.endings() == ["reset"], stage.endings()

    return run


def polite(stage: Stage) -> None:
    """W4: a reset could reach the peer before it has read the end."""
    with stage.session() as api:
        for _ in range(2):
            api.put("blob", stage.body(SIZE, chunks))
    assert stage.endings() == ["fin"], stage.endings()


def _early(target: str) -> Row:
    def run(stage: Stage) -> None:
        with stage.session() as api:
            status = api.put(target, stage.body(SIZE, chunks)).status
        assert status == 413, f"answered {status}"

    return run
