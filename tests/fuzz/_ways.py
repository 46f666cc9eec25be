"""The ways that an input takes through the code.

libFuzzer's own ``-merge`` starts its program again by a name that ``python -m`` does not have.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeAlias

Way: TypeAlias = tuple[str, int, int, int]
"""A file, a line, the line before it, and roughly how often."""


def ways_of(target: Callable[[bytes], None], data: bytes) -> set[Way]:
    """Run a target, and give the steps from line to line that were made in basestream."""
    steps: Counter[tuple[str, int, int]] = Counter()
    before = 0

    def local(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal before
        if event == "line":
            steps[frame.f_code.co_filename, frame.f_lineno, before] += 1
            before = frame.f_lineno
        return local

    def begin(frame: FrameType, _event: str, _: Any) -> Any:
        return local if "/basestream/" in frame.f_code.co_filename.replace("\\", "/") else None

    former = sys.gettrace()
    sys.settrace(begin)
    try:
        target(data)
    finally:
        sys.settrace(former)
    return {(*step, min(times.bit_length(), 4)) for step, times in steps.items()}
