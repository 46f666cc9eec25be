"""Pulling an async source for as long as there is nothing to decide about its chunks (S5, S13).

It is the async half of `Blocks.feed`: chunk by chunk this loop is what an async upload of small chunks costs.
"""

from __future__ import annotations

from types import AsyncGeneratorType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable

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
    async for item in _looped(chunks):
        chunk = item if type(item) is bytes else blocks.as_bytes(item)
        parts.append(chunk)
        held += len(chunk) or blocks.drop_empty()
        if held < room:
            continue
        length = len(chunk)
        if length >= pass_at or not (room := blocks.more_room(length, held)):
            return blocks.undecided(chunk, length, held)
        if blocks.copying:
            return await _copy_tiny(chunks, blocks, held, room, pass_at)
    blocks.settle(held)
    return None


async def _copy_tiny(
    chunks: AsyncIterator[Chunk], blocks: Blocks, held: int, room: int, pass_at: int
) -> bytes | None:
    """Go on in the same way while chunks are tiny."""
    write = blocks.writer
    async for chunk in _looped(chunks):
        try:
            length = write(chunk)
        except Exception:  # text, or a buffer in pieces, or what `refused` raises for
            break
        held += length
        if held >= room and (length >= pass_at or not (room := blocks.more_room(length, held))):
            return blocks.undecided(chunk, length, held)
    else:
        blocks.settle(held)
        return None
    return blocks.refused(chunk, held)


def _looped(chunks: AsyncIterator[Chunk]) -> AsyncIterable[Chunk]:
    # `async for` is a quarter cheaper than awaiting `__anext__`, and most sources are generators.
    return cast("AsyncIterable[Chunk]", chunks) if isinstance(chunks, AsyncGeneratorType) else _Steps(chunks)
