"""Pulling an async source for as long as there is nothing to decide about its chunks (S5, S13).

It is the async half of `Blocks.feed`: chunk by chunk this loop is what an async upload of small chunks costs.
"""

from __future__ import annotations

from types import AsyncGeneratorType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from ._blocks import Blocks, Chunk


class _Steps:
    """An iterator whose ``__aiter__`` is not called again: a user's own may begin afresh, or not be there."""

    def __init__(self, chunks: AsyncIterator[Chunk]) -> None:
        self._pull = chunks.__anext__

    def __aiter__(self) -> _Steps:
        return self

    def __anext__(self) -> Awaitable[Chunk]:
        return self._pull()


async def next_undecided(chunks: AsyncIterator[Chunk], blocks: Blocks) -> bytes | None:
    """Hold small chunks, and give the first one that there is something to decide about; None at the end."""
    held, room, pass_at, parts = blocks.hot()
    undecided: bytes | None = None
    # `async for` is a quarter cheaper than awaiting `__anext__`, and most sources are generators.
    async for item in chunks if isinstance(chunks, AsyncGeneratorType) else _Steps(chunks):
        chunk = item if type(item) is bytes else blocks.as_bytes(item)
        parts.append(chunk)
        held += len(chunk) or blocks.drop_empty()
        if held < room:
            continue
        length = len(chunk)
        if length < pass_at and (room := blocks.more_room(length, held)):
            continue
        del parts[-1]
        held -= length
        undecided = chunk
        break
    blocks.hold(held)
    return undecided
