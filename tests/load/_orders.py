"""An order, which is one request with the answer that it must have, and what orders are drawn from.

This module knows no client, and not which kinds of order there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from random import Random
from threading import Lock
from typing import NamedTuple

from basestream import SizedStream

from ._content import content, digest, pieces

KIB = 1024
SIZES = (0, 1, 100, 5_000, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 200_000, 300_000)
_STEPS = (1_000, 16 * KIB, 64 * KIB, 300 * KIB)
_LONG_WAIT = 120.0

ANSWERED = "answered"
"""What becomes of an order that goes well."""


class Sources:
    """Counts the sources that basestream has opened and closed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.counts: Counter[str] = Counter()

    def counted(self, chunks: Iterator[bytes]) -> Counted:
        """Give the chunks to a session."""
        return Counted(chunks, self)

    async def acounted(self, chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Give the chunks to an async session."""
        self.count("opened")
        try:
            for chunk in chunks:
                yield chunk
        finally:
            self.count("closed")

    def count(self, what: str) -> None:
        """Count an event."""
        with self._lock:
            self.counts[what] += 1


class Counted:
    """A source that is closed by whoever has opened it: unlike a generator it does not close itself when dropped."""

    def __init__(self, chunks: Iterator[bytes], sources: Sources) -> None:
        self._chunks = chunks
        self._sources = sources
        self._is_open = True
        sources.count("opened")

    def __iter__(self) -> Counted:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        """Count it, once."""
        if self._is_open:
            self._is_open = False
            self._sources.count("closed")


class Order(NamedTuple):
    """One request."""

    kind: str
    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: SizedStream | None
    timeout: float
    answer: Callable[[], bytes]

    def verdict(self, status: int, number: str | None, body: bytes) -> str:
        """Say what an answer is worth: it must be the one to this number, and tell of this body."""
        if number != str(self.number):
            return f"THE ANSWER TO ANOTHER REQUEST: {number} for {self.number}"
        if status == 200:
            return ANSWERED if body == self.answer() else f"ANOTHER BODY: {body[:200]!r}"
        return f"status {status}"


class Draw:
    """What a kind is made from: a number, random values that depend on it alone, and a file."""

    def __init__(self, number: int, folder: Path, sources: Sources, big: int) -> None:
        self.number = number
        self.random = Random(number)
        self.sources = sources
        self.size = self.random.choice(SIZES)
        self.step = self.random.choice(_STEPS)
        self.big = big
        self._folder = folder

    def chunks(self, size: int | None = None) -> Iterator[bytes]:
        """Give the number's bytes."""
        return pieces(self.number, self.size if size is None else size, self.step)

    def counted(self) -> Counted:
        """Give the number's bytes, and count that."""
        return self.sources.counted(self.chunks())

    def acounted(self) -> AsyncIterator[bytes]:
        """Give the number's bytes to an async session, and count that."""
        return self.sources.acounted(self.chunks())

    def path(self) -> tuple[Path, int]:
        """Give a file of a size of this number's, and the number of its content."""
        which = self.number % len(SIZES)
        return self._folder / str(which), which

    def upload(
        self,
        body: SizedStream,
        action: str = "put",
        *arguments: object,
        seen: str | None = None,
        answered: str | None = None,
        timeout: float = _LONG_WAIT,
    ) -> Order:
        """Make an order for a body.

        Args:
            body: The body.
            action: What the server does.
            arguments: For the action.
            seen: The digest that the server must see.
            answered: What it answers.
            timeout: Seconds.
        """
        if seen is None:
            seen = digest(self.number, body.size)
        text = answered or f"{self.number} {body.size} {seen}"
        path = "/".join(map(str, [action, self.number, *arguments]))
        return Order("", self.number, "PUT", path, {"X-Digest": seen}, body, timeout, text.encode)

    def download(self, action: str, *arguments: object, timeout: float = _LONG_WAIT) -> Order:
        """Make an order without a body."""
        path = "/".join(map(str, [action, self.number, *arguments]))
        empty = digest(0, 0)
        number, size = self.number, self.size
        return Order(
            "", number, "GET", path, {"X-Digest": empty}, None, timeout, lambda: content(number, size)
        )
