"""Bodies to upload: right and wrong ones, of every kind of source, that know what became of them.

This module knows no client and no server.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple, TypeAlias

from hypothesis import strategies as st

from basestream import SizedStream, StreamingIterator

Kind: TypeAlias = Literal[
    "bytes", "list", "again", "generator", "reader", "factory", "file", "path",
    "async-generator", "async-factory", "async-again",
]  # fmt: skip
Wrong: TypeAlias = Literal["", "short", "long", "raise"]

SYNC: tuple[Kind, ...] = ("bytes", "list", "again", "generator", "reader", "factory", "file", "path")
ASYNC: tuple[Kind, ...] = ("async-generator", "async-factory", "async-again")
ONE_SHOT: tuple[Kind, ...] = ("generator", "reader", "async-generator")
MOST = 700_000
"""More than the buffers of the sockets hold, so that an upload can be broken in the middle."""
MOST_CHUNKS = 300
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
"""What surplus begins with: a server that reads it as a request says so in its records."""

ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: ValueError("the source's own"),
    lambda: OSError("the disk"),
    lambda: ConnectionResetError("another connection"),
    lambda: BrokenPipeError("a pipe"),
)


class Plan(NamedTuple):
    """A body.

    Args:
        kind: What its source is.
        size: What is declared.
        sizes: Of the chunks, in turn.
        wrong: What is wrong with it.
        by: By how many bytes it is too short or too long, or after how many it raises.
        error: Which of `ERRORS` it raises.
    """

    kind: Kind
    size: int
    sizes: tuple[int, ...] = (1000,)
    wrong: Wrong = ""
    by: int = 0
    error: int = 0


def plans(*, asynchronous: bool) -> st.SearchStrategy[Plan]:
    """Draw bodies that a session can send."""
    kinds = st.sampled_from(SYNC + ASYNC if asynchronous else SYNC)
    sizes = st.one_of(st.integers(0, 2000), st.sampled_from([65_535, 65_536, 65_537]), st.integers(0, MOST))
    chunks = st.lists(st.integers(1, 90_000), min_size=1, max_size=4).map(tuple)
    wrong: st.SearchStrategy[Wrong] = st.sampled_from(("", "", "", "short", "long", "raise"))
    drawn = st.builds(
        Plan, kinds, sizes, chunks, wrong, st.integers(0, MOST), st.integers(0, len(ERRORS) - 1)
    )
    return drawn.map(_sensible)


def _sensible(plan: Plan) -> Plan:
    """Leave out what cannot be: an empty body is not too short, and bytes and paths raise nothing."""
    if not plan.wrong:
        return plan._replace(by=0, error=0)
    if plan.wrong == "short":
        if not plan.size:
            return plan._replace(wrong="", by=0, error=0)
        return plan._replace(by=1 + plan.by % plan.size, error=0)
    if plan.wrong == "long":
        return plan._replace(by=1 + plan.by % 70_000, error=0)
    kind = "generator" if plan.kind == "bytes" else "factory" if plan.kind == "path" else plan.kind
    return plan._replace(kind=kind, by=plan.by % (plan.size + 1))


class Body:
    """A body made from its plan; what it contains belongs to its number and to no other.

    Args:
        plan: The plan.
        number: Of the request.
        folder: Where a path may be.
    """

    def __init__(self, plan: Plan, number: int, folder: Path) -> None:
        self.plan = plan
        self.right = Random(number).randbytes(plan.size)
        """What a server may have in full."""
        self.error = ERRORS[plan.error]() if plan.wrong == "raise" else None
        self.fault_was_reached = False
        """Whether the source has been read up to what is wrong with it."""
        self.opened = self.closed = 0
        """Of what a factory has made."""
        surplus = (SMUGGLED * (1 + plan.by // len(SMUGGLED)))[: plan.by]
        given = {"": self.right, "long": self.right + surplus}
        self._given = given.get(plan.wrong, self.right[: plan.by if self.error else plan.size - plan.by])
        self._path = folder / f"body-{number}"

    @property
    def is_replayable(self) -> bool:
        """Whether it can be sent again."""
        return self.plan.kind not in ONE_SHOT

    def stream(self) -> SizedStream:
        """Make the stream, as a user does.

        Raises:
            BodySizeError: The source is bytes of another length.
        """
        kind, size = self.plan.kind, self.plan.size
        if kind == "path":
            return self._stream_of_path()
        if kind == "reader":
            return StreamingIterator(size, self._chunks())
        if kind == "file":
            surplus: Any = "error" if self.plan.wrong else None
            return SizedStream(size, _File(self), surplus=surplus)
        return SizedStream(size, self._source())

    def forget(self) -> None:
        """Remove what lies on the disk."""
        self._path.unlink(missing_ok=True)

    def _source(self) -> Any:
        kind = self.plan.kind
        if kind == "bytes":
            return self._given
        if kind == "list" and not self.plan.wrong:
            return list(self._chunks())
        if kind == "factory":
            return self._chunks
        if kind == "async-factory":
            return self.async_chunks
        if kind == "generator":
            return self._chunks()
        if kind == "async-generator":
            return self.async_chunks()
        return _AsyncAgain(self) if kind == "async-again" else _Again(self)

    def _stream_of_path(self) -> SizedStream:
        self._path.write_bytes(self.right)
        stream = SizedStream.from_path(self._path)
        self._path.write_bytes(self._given)  # it has grown or shrunk since
        return stream

    def _chunks(self) -> Iterator[bytes]:
        self.opened += 1
        try:
            yield from self.pieces()
        finally:
            self.closed += 1

    async def async_chunks(self) -> AsyncIterator[bytes]:
        """Give the chunks to an async session."""
        self.opened += 1
        try:
            for piece in self.pieces():
                await asyncio.sleep(0)
                yield piece
        finally:
            self.closed += 1

    def pieces(self) -> Iterator[bytes]:
        """Give what the source has in chunks, and raise what it raises."""
        at, least = 0, len(self._given) // MOST_CHUNKS
        for size in cycle(self.plan.sizes):
            if at >= len(self._given):
                break
            piece = self._given[at : at + max(size, least)]
            at += len(piece)
            self.reached(at)
            yield piece
        self.at_the_end()

    def reached(self, at: int) -> None:
        """Note how far the source was read."""
        if at > self.plan.size:
            self.fault_was_reached = True

    def at_the_end(self) -> None:
        """Note that the source was read to its end, and raise what it raises there."""
        if self.plan.wrong in ("short", "raise"):
            self.fault_was_reached = True
        if self.error is not None:
            raise self.error

    def read_from(self, file: io.BytesIO, count: int | None) -> bytes:
        """Read as a file does."""
        data = file.read(count)
        self.reached(file.tell())
        if not data and count:
            self.at_the_end()
        return data

    @property
    def given(self) -> bytes:
        """What the source has."""
        return self._given


class _File:
    """A binary file of the user's."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._file = io.BytesIO(body.given)
        self.tell = self._file.tell
        self.seek = self._file.seek

    def read(self, count: int | None = -1) -> bytes:
        return self._body.read_from(self._file, count)


class _Again:
    """Iterates from the beginning each time."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return self._body.pieces()


class _AsyncAgain:
    def __init__(self, body: Body) -> None:
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.async_chunks()
