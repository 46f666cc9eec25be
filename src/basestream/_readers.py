"""Taking pieces of any length from a pass, and leaving out its beginning (S7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._passes import Pass


class Reader:
    """Reads pieces of any length from a pass."""

    def __init__(self, blocks: Pass) -> None:
        self._blocks = blocks
        self._block = b""
        self._at = 0  # in the block
        self.position = 0

    @property
    def has_failed(self) -> bool:
        """Whether a further read raises."""
        return self._blocks.has_failed

    def finish(self) -> None:
        """Let the pass notice that all was taken: it reports and closes."""
        next(self._blocks, b"")

    def read(self, count: int) -> bytes:
        """Give so many bytes, fewer only at the end."""
        data = self._take(count)
        missing = count - len(data)
        if missing:
            parts = [data]
            while missing and (block := next(self._blocks, b"")):
                self._block, self._at = block, 0
                parts.append(self._take(missing))
                missing -= len(parts[-1])
            data = b"".join(parts)
        self.position += len(data)
        return data

    def _take(self, count: int) -> bytes:
        piece = self._block[self._at : self._at + count]  # of a whole block the same object, no copy
        self._at += len(piece)
        return piece


def skipping(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Leave out the first ``count`` bytes."""
    for block in blocks:
        if len(block) > count:
            yield block[count:]
        count = max(0, count - len(block))
