"""One client's trial, in a process of its own: a warm-up, the run, and what is judged afterwards.

It is called by `load.__main__`, prints samples as they come if it is asked to, and a line of JSON at the end.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from ._clients import VARIANTS
from ._gauges import Gauge, gauge, left_over, settled
from ._kinds import KINDS, Book
from ._run import SAMPLES, Course, Monitor, Tally, run
from ._server import Server

WARM_FROM = 3
"""The sample from which on memory has to stay flat: by then pools, caches and threads are there."""


HANGS_AFTER = 1800
"""Seconds; a hang is a failure with a traceback."""
AT_ONCE = 100
"""Requests that tasks have under way, but for the warm-up, where they all have: httpcore looks at each
connection for each connection that is idle, for each request."""


class Task(NamedTuple):
    """What a trial is to do."""

    variant: str
    seconds: float | None
    requests: int | None
    workers: int | None
    big: int
    every: int
    tolerance: float
    """MiB."""
    verbose: bool


def main() -> None:
    """Carry out the task that is named, as JSON, on the command line."""
    task = Task(*json.loads(sys.argv[1]))
    logging.disable()  # urllib3 logs each connection that was reset
    faulthandler.dump_traceback_later((task.seconds or 0) + HANGS_AFTER, exit=True)
    print(json.dumps(trial(task)), flush=True)


def trial(task: Task) -> dict[str, Any]:
    """Run, and give the figures and the faults."""
    variant = VARIANTS[task.variant]
    variant = variant._replace(workers=task.workers or variant.workers)
    workers = variant.workers
    with Server() as server, TemporaryDirectory(prefix="basestream-load-") as folder:
        book = Book(Path(folder), is_async=variant.loop is not None, big=task.big, every=task.every)

        tally = Tally()
        warm = max(workers, 256)
        run(variant, server.url, workers, book, Course(0, None, warm), tally)
        before = _quiet(None)
        course = Course(warm, task.seconds, task.requests)
        begin = time.monotonic()
        with Monitor(course, _tell if task.verbose else None) as monitor:
            run(variant, server.url, min(workers, AT_ONCE), book, course, tally)
        seconds = time.monotonic() - begin
        after = _quiet(before)
        settled(lambda: server.report()["open"] == 0)
        report = server.report()
    growth = _growth(monitor.samples)
    faults = [
        *tally.surprises,
        *report["faults"],
        *_hits(task.variant, tally, report),
        *_leaks(book, before, after, report),
        *([f"memory has grown by {growth:.1f} MiB"] if growth > task.tolerance else []),
    ]
    return {
        "workers": workers,
        "seconds": seconds,
        "requests": sum(tally.verdicts.values()),
        "received": tally.received,
        "arrived": report["bytes"],
        "verdicts": [[kind, verdict, count] for (kind, verdict), count in tally.verdicts.items()],
        "broken": report["broken"],
        "before": before,
        "peak": monitor.peak,
        "after": after,
        "growth": growth,
        "sources": dict(book.sources.counts),
        "faults": faults,
    }


def _tell(share: float, seen: Gauge) -> None:
    print(
        f"  {share:4.0%}  {seen.rss:6.1f} MiB  {seen.fds:4} descriptors  {seen.threads:3} threads", flush=True
    )


def _growth(samples: list[Gauge]) -> float:
    """Give by how many MiB memory has grown since the warm-up."""
    assert len(samples) == SAMPLES, "the run was too short to be sampled"
    return max(sample.rss for sample in samples[-2:]) - samples[WARM_FROM - 1].rss


def _quiet(wanted: Gauge | None) -> Gauge:
    """Measure when idle threads have gone."""
    settled(lambda: gauge().threads <= (1 if wanted is None else wanted.threads))
    left_over()  # it collects garbage
    return gauge()


def _hits(variant: str, tally: Tally, report: dict[str, Any]) -> Iterator[str]:
    """Compare what the server has seen complete with what was asked."""
    for name, kind in KINDS.items():
        asked, seen = tally.of_kind(name), report["complete"].get(name, 0)
        least, most = (hits * asked for hits in kind.hits)
        if not least <= seen <= most:
            yield f"{name}: {seen} complete requests at the server for {asked}"
    for what, count in report["broken"].items():
        # httpx shows a connection's socket when it opens it, and not when it uses it again (W4).
        if what.endswith("fin") and not variant.startswith("httpx"):
            yield f"{what}: {count} bodies ended without a reset"


def _leaks(book: Book, before: Gauge, after: Gauge, report: dict[str, Any]) -> Iterator[str]:
    if after.fds != before.fds or after.threads != before.threads:
        yield f"descriptors and threads: {before[:2]} before, {after[:2]} after"
    if report["open"]:
        yield f"{report['open']} connections are still open"
    counts = book.sources.counts
    if not 0 < counts["opened"] == counts["closed"]:
        yield f"sources: {counts['opened']} opened, {counts['closed']} closed"
    if found := left_over():
        yield f"objects that are still there: {found}"


if __name__ == "__main__":
    main()
