"""What basestream holds itself to, and whether a run shows it.

Rule 1: a goal next to the raw loop is met when the median of the rounds is within it, and a tenth more: what the
        machine does otherwise is of that size.
Rule 2: next to another client the ratios to the raw loop are compared, which stands beside both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from ._clients import Variant
from ._measure import Result
from ._side_by_side import Figure
from ._workloads import Workload

Results = Mapping[tuple[Variant, Workload], Result]

SLACK = 1.10


class Goal(NamedTuple):
    """A ratio that is not to be exceeded: to the raw loop, or to another client."""

    workload: str
    ours: str
    limit: float
    rival: str | None = None


class Line(NamedTuple):
    """A goal, and what a run has measured."""

    names: tuple[str, str, str]
    value: float
    limit: float
    met: bool


def _same(workload: str, labels: Sequence[str], limit: float, **rivals: float) -> Iterator[Goal]:
    """Give goals for several clients; a rival is ``bare`` for each one's own, or a label."""
    for label in labels:
        client = label.partition(" basestream")[0]
        yield Goal(workload, label, limit)
        for rival, most in rivals.items():
            yield Goal(workload, label, most, f"{client} bare" if rival == "bare" else RIVALS[rival])


RIVALS = {"toolbelt": "requests toolbelt", "urllib3": "urllib3 bare", "curl": "curl -T"}
REQUESTS, URLLIB3, HTTPX = (
    ("requests basestream",),
    ("urllib3 basestream",),
    ("httpx basestream", "httpx2 basestream"),
)
ASYNC = ("httpx async basestream", "httpx2 async basestream")
ASYNC_SOURCE = tuple(f"{label}, async source" for label in ASYNC)
NO_THREAD = tuple(f"{label}, no thread" for label in ASYNC)

GOALS = (
    *_same("64 KiB chunks", REQUESTS + URLLIB3, 1.4, urllib3=1.05, toolbelt=1 / 4),
    *_same("64 KiB chunks", HTTPX, 1.5, bare=0.75),
    *_same("64 KiB chunks", ASYNC, 2.5, bare=0.45),
    *_same("64 KiB chunks, TLS", REQUESTS, 1.1, toolbelt=1 / 2),
    *_same("64 KiB chunks, TLS", HTTPX, 1.35, bare=1.03),
    *_same("64 KiB chunks, TLS", ASYNC, 2.4, bare=0.95),
    *_same("1 MiB chunks", REQUESTS + HTTPX, 1.25, toolbelt=1 / 7),
    *_same("100-byte chunks", REQUESTS + URLLIB3, 1.2, toolbelt=1 / 15),
    *_same("100-byte chunks", HTTPX, 1.2, bare=1 / 80),
    *_same("100-byte chunks", ASYNC, 1.4, bare=1 / 250),
    *_same("100-byte chunks", ASYNC_SOURCE, 3.0, bare=1 / 100),
    *_same("100-byte chunks, TLS", REQUESTS, 1.4, toolbelt=1 / 12),
    *_same("100-byte chunks, TLS", HTTPX, 1.4, bare=1 / 60),
    *_same("100-byte chunks, TLS", ASYNC, 2.0),
    *_same("file", REQUESTS + URLLIB3, 1.1, bare=0.5, curl=0.8),
    *_same("file", HTTPX, 1.25, bare=0.7),
    *_same("file", NO_THREAD, 1.9, bare=0.5),
    *_same("file, TLS", REQUESTS, 1.05, bare=0.85),
    *_same("file, TLS", HTTPX, 1.25, bare=1.0),
)


def ratios(result: Result) -> list[float]:
    """Give what an upload costs next to the raw loop, round by round."""
    return [ours / limit for ours, limit in zip(result.figures, result.limits, strict=True)]


def goal_lines(results: Results, figures: Sequence[Figure]) -> Iterator[Line]:
    """Give a line for each goal that the run has the figures for."""
    found = {
        f"{variant.label} / {work.name}": median(ratios(result))
        for (variant, work), result in results.items()
    }
    for goal in GOALS:
        if (value := _value(goal, found)) is not None:
            names = (goal.workload, goal.ours, goal.rival or "raw socket")
            yield Line(names, value, goal.limit, value <= goal.limit * SLACK)
    for figure in figures:
        if figure.goal is not None:
            names = (figure.group, figure.name, figure.yardstick)
            yield Line(names, figure.ratio, figure.goal, figure.ratio <= figure.goal)


def print_goals(results: Results, figures: Sequence[Figure]) -> None:
    """Print them, and how many are met."""
    lines = list(goal_lines(results, figures))
    if not lines:
        return
    print(f"\ngoals, as ratios\n\n{'':76}{'measured':>10}{'at most':>10}")
    for (what, who, rival), value, limit, met in lines:
        print(f"{what:22}{who:36}{rival:18}{value:10.3f}{limit:10.3f}  {'met' if met else 'MISSED'}")
    print(f"\n{sum(line.met for line in lines)} of {len(lines)} goals met")


def _value(goal: Goal, found: Mapping[str, float]) -> float | None:
    ours = found.get(f"{goal.ours} / {goal.workload}")
    rival = 1.0 if goal.rival is None else found.get(f"{goal.rival} / {goal.workload}")
    return None if ours is None or rival is None else ours / rival
