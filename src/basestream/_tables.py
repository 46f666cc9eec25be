"""What the command line prints as tables: the rows of the demo, and the installed backends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._demo import Lane, Result, Seen

COLUMNS = ("backend", "request", "framing", "bytes", "sha256", "seconds", "MB/s", "blocks")
NUMBERS = (False, False, False, True, False, True, True, True, False)  # these stand to the right
GREEN, RED, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


class DemoTable:
    """The rows of the demo, aligned and printed as they come: the widths are known before the first."""

    def __init__(self, lanes: Sequence[Lane], size: int) -> None:
        self._colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        rows = [_cells(lane.label, lane.expected(size), "DIFFERENT") for lane in lanes]
        self._widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
        print(self._aligned(COLUMNS))

    def add(self, lane: Lane, result: Result) -> None:
        """Print the row of one upload, with what is wrong at its end."""
        if result.seen is None:
            line = self._aligned((lane.label, f"FAILED: {result.problem}"))
        else:
            rate = f"{result.seen.bytes / 1e6 / result.seconds:.0f}"
            same = "ok" if result.seen.sha256 == result.sha256 else "DIFFERENT"
            figures = (same, f"{result.seconds:.2f}", rate, str(result.blocks))
            line = self._aligned((*_cells(lane.label, result.seen, *figures), result.problem))
        if self._colour:
            line = f"{RED if result.problem else GREEN}{line}{PLAIN}"
        print(line, flush=True)

    def _aligned(self, cells: Sequence[str]) -> str:
        pairs = zip(cells, [*self._widths, 0], NUMBERS, strict=False)  # 0: for what is wrong
        padded = [cell.rjust(width) if number else cell.ljust(width) for cell, width, number in pairs]
        return "  ".join(padded).rstrip()


def _cells(label: str, seen: Seen, *figures: str) -> list[str]:
    cells = [label, f"{seen.method} {seen.path}", seen.framing, str(seen.bytes), *figures]
    return cells + [""] * (len(COLUMNS) - len(cells))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows whose columns are as wide as they have to be; a row may end early."""
    depth = max(map(len, rows))
    widths = [max((len(row[i]) for row in rows if len(row) > i + 1), default=0) for i in range(depth)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip())
