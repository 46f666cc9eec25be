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
        self._rest = memoryview(b"")
        self.position = 0

    @property
    def has_failed(self) -> bool:
        """Whether a further read raises."""
        return self._blocks.has_failed

    def finish(self) -> None:
        """Let the pass notice that all was taken: it reports and closes."""
        next(self._blocks, b"")

    def read(self, count: int) -> bytes:
        parts: list[bytes] = []
        wanted = count
        while wanted > 0:
            if not self._rest:
                self._rest = memoryview(next(self._blocks, b""))
                if not self._rest:
                    break
            piece = self._rest[:wanted].tobytes() if len(self._rest) > wanted else bytes(self._rest)
            self._rest = self._rest[len(piece) :]
            wanted -= len(piece)
            parts.append(piece)
        self.position += count - wanted
        return b"".join(parts)


def skipping(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Leave out the first ``count`` bytes."""
    if count == 0:
        return blocks
    return _skipped(blocks, count)


def _skipped(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        if len(block) > count:
            yield block[count:]
        count = max(0, count - len(block))
