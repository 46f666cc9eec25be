"""Ways to do one thing, timed in turns: what the machine does otherwise hits all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import NamedTuple

Seconds = Mapping[str, list[float]]
"""Of each way, round by round."""


class Figure(NamedTuple):
    """A line of the section without sockets."""

    group: str
    name: str
    microseconds: float
    ratio: float
    yardstick: str
    goal: float | None = None
    """The ratio that is not to be exceeded."""


def timed(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Give the CPU seconds of each way, round by round; every other round goes backwards."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()  # what is done once is not what it costs
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            for name in list(ways)[:: -1 if number % 2 else 1]:
                start = time.process_time()
                ways[name]()
                seconds[name].append(time.process_time() - start)
    finally:
        gc.enable()
    return seconds


def compared(
    group: str, seconds: Seconds, count: int, goals: Mapping[tuple[str, str], float] | None = None
) -> Iterator[Figure]:
    """Give a figure for each way next to the first one, then one for each further goal.

    Args:
        group: The figures' group.
        seconds: Of each way; the first one is the yardstick.
        count: How often a way does its thing in a round.
        goals: The greatest ratio, by a way and its yardstick.
    """
    first = next(iter(seconds))
    left = dict(goals or {})
    pairs = [(name, first) for name in seconds]
    for name, yardstick in dict.fromkeys([*pairs, *left]):
        ratio = median(a / b for a, b in zip(seconds[name], seconds[yardstick], strict=True))
        cost = min(seconds[name]) / count * 1e6
        yield Figure(group, name, cost, ratio, yardstick, left.get((name, yardstick)))
