"""How far an upload is, for whoever looks: a bar if tqdm is installed, else a line; nothing off a terminal.

tqdm and not rich: both draw the same bar, and tqdm is one package without dependencies that is imported in half the
time. Its thread, which redraws a bar that has not been updated, is switched off: an upload ends with its process.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

Report = Callable[[int, int], object]


def progress(label: str, *, quiet: bool = False) -> AbstractContextManager[Report]:
    """Choose what is shown on standard error, and leave the last state there.

    Args:
        label: What is uploaded.
        quiet: Show nothing.
    """
    if quiet or not is_watched():
        return nullcontext(_nothing)
    try:
        return Bar(import_module("tqdm").tqdm, label)
    except ImportError:
        return Line(label, keep=True)


def is_watched() -> bool:
    """Tell whether standard error is a terminal; it may be closed."""
    stderr: Any = sys.stderr
    return stderr is not None and stderr.isatty()


def _nothing(sent: int, total: int) -> None:
    pass


class Bar:
    """A bar of tqdm's.

    Args:
        tqdm: Its class.
        label: What is uploaded.
    """

    def __init__(self, tqdm: Any, label: str) -> None:
        tqdm.monitor_interval = 0
        self._bar: Any = tqdm(desc=label, unit="B", unit_scale=True, file=sys.stderr, dynamic_ncols=True)

    def __call__(self, sent: int, total: int) -> None:
        if sent == 0:  # another attempt begins
            self._bar.reset(total)
        self._bar.update(sent - self._bar.n)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


class Line:
    """A line, ten times a second.

    Args:
        label: What is uploaded.
        keep: Whether the last state stays on the terminal.
    """

    def __init__(self, label: str, *, keep: bool = False) -> None:
        self._label = label
        self._keep = keep
        self._shown = is_watched()
        self._width = 0
        self._start = self._drawn = time.monotonic()

    def __call__(self, sent: int, total: int) -> None:
        now = time.monotonic()
        if self._shown and (sent in (0, total) or now - self._drawn >= 0.1):
            self._drawn = now
            rate = sent / 1e6 / max(now - self._start, 1e-9)
            self._draw(f"{self._label}: {100 * sent // max(total, 1)} %, {rate:.0f} MB/s")

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._shown:
            return
        if self._keep:
            print(file=sys.stderr, flush=True)
        else:
            self._draw("")
            self._draw("")

    def _draw(self, text: str) -> None:
        print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
        self._width = len(text)
