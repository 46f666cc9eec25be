"""What several tests of the core share; importable, because pytest's ``pythonpath`` names this folder."""

from __future__ import annotations

import os
import pickle
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from hypothesis import settings

T = TypeVar("T")

KIB = 1024
MIB = 1024 * KIB

# Nothing but the standard library and the plug-ins of the run may be loaded by the core.
CLIENTS = ("requests", "httpx", "httpx2", "urllib3", "httpcore", "httpcore2", "h11", "h2", "aiohttp")


def examples(normally: int) -> settings:
    """How many examples a property test tries; ``BASESTREAM_EXAMPLES=100000`` raises it for a long run."""
    return settings(max_examples=int(os.environ.get("BASESTREAM_EXAMPLES", normally)), deadline=None)


class Runner(Protocol):
    """Runs a coroutine function in one of the event loops."""

    def __call__(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T: ...


class Progress:
    """Records what ``on_progress`` was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    def __call__(self, sent: int, total: int) -> None:
        self.calls.append((sent, total))


class Closing:
    """An iterable that records whether it was closed, as what a factory gives."""

    def __init__(self, chunks: Iterable[Any]) -> None:
        self._chunks = iter(chunks)
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        return self._chunks

    def close(self) -> None:
        self.closed += 1


def after_tiny(*chunks: Any) -> Iterator[Any]:
    """A source with tiny chunks before and after each of the others, so many that they are copied."""
    yield bytes(64 * KIB)
    for chunk in chunks:
        yield from [b"tiny"] * 200
        yield chunk
    yield from [b"last"] * 200


def with_tiny(*data: bytes) -> bytes:
    """What `after_tiny` gives, as bytes."""
    return bytes(64 * KIB) + b"".join(b"tiny" * 200 + part for part in data) + b"last" * 200


async def stepping(chunks: Iterable[Any]) -> AsyncIterator[Any]:
    """The same chunks as an async generator."""
    for chunk in chunks:
        yield chunk


async def gathered(blocks: AsyncIterable[bytes]) -> bytes:
    """Join the blocks of an async body."""
    return b"".join([block async for block in blocks])


def pickled(value: T) -> T:
    """A value as another process would get it."""
    copy: T = pickle.loads(pickle.dumps(value))  # noqa: S301  (our own bytes)
    return copy
