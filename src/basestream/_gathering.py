"""Pulling an async source for as long as there is nothing to decide about its chunks (S5, S13).

It is the async half of `Blocks.feed`: chunk by chunk this loop is what an async upload of small chunks costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ._blocks import Blocks, Chunk


async def next_undecided(chunks: AsyncIterator[Chunk], blocks: Blocks) -> Chunk | None:
    """Hold small chunks, and give the first one that there is something to decide about; None at the end."""
    _, held, room, pass_at, parts = blocks.hot()
    pull = chunks.__anext__
    undecided: Chunk | None = None
    while undecided is None:
        try:
            chunk = await pull()
        except StopAsyncIteration:
            break
        if type(chunk) is bytes and (length := len(chunk)):
            held += length
            if held < room:
                parts.append(chunk)
                continue
            if length < pass_at and (room := blocks.more_room(chunk, held)):
                continue
            held -= length
        undecided = chunk
    blocks.hold(held)
    return undecided
