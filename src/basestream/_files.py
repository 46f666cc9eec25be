"""Reading a file in blocks, sync or async: to its end, or for so many bytes (S2, S5).

What this module does not know: whose file it is, and how much of it is a body.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, cast

from ._errors import BodySourceError

if TYPE_CHECKING:
    from ._blocks import Chunk
    from ._transports import Limits


class Reading:
    """How much to ask a file for next, and whether what it gave can be used."""

    def __init__(self, limits: Limits, bounded: int | None) -> None:
        self._limits = limits
        self._count = limits.first
        self._left = bounded

    def count(self) -> int:
        """The bytes (characters of a text file) to ask for; 0 when there is nothing left to read."""
        return self._count if self._left is None else min(self._count, self._left)

    def take(self, data: Chunk | None) -> Chunk:
        if data is None:
            raise BodySourceError(
                "the file is non-blocking and had nothing to read (read() gave None): open it in blocking mode"
            )
        if self._left is not None:
            self._left -= len(cast("bytes", data))
        self._count = self._limits.block
        return data


def read_chunks(read: Callable[[int], Chunk | None], limits: Limits, bounded: int | None) -> Iterator[Chunk]:
    """Read a file in blocks to its end, or for ``bounded`` bytes."""
    reading = Reading(limits, bounded)
    while count := reading.count():
        data = reading.take(read(count))
        if not data:
            return
        yield data


class AsyncReading:
    """Reads an async file in blocks; no async generator: one that is abandoned makes its event loop warn."""

    def __init__(
        self, read: Callable[[int], Awaitable[Chunk | None]], limits: Limits, bounded: int | None
    ) -> None:
        self._read = read
        self._reading = Reading(limits, bounded)

    def __aiter__(self) -> AsyncReading:
        return self

    async def __anext__(self) -> Chunk:
        if (count := self._reading.count()) and (data := self._reading.take(await self._read(count))):
            return data
        raise StopAsyncIteration
