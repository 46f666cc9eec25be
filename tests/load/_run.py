"""A run: workers that share one session and take order after order, while a monitor watches the process.

This module knows neither what is sent nor how a client sends it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

from ._clients import Answer, Variant
from ._gauges import Gauge, gauge
from ._kinds import KINDS, Book
from ._orders import Order

SAMPLES = 10
_TICK = 0.05
_MOST_SURPRISES = 20


class Course:
    """Hands out numbers until the time is up or all have been taken.

    Args:
        first: The first number.
        seconds: How long, or None.
        count: How many, or None.
    """

    def __init__(self, first: int, seconds: float | None, count: int | None) -> None:
        self._lock = Lock()
        self._first = self._next = first
        self._count = count
        self._begin = time.monotonic()
        self._seconds = seconds

    def take(self) -> int | None:
        """Give the next number, or None at the end."""
        with self._lock:
            if self.share() >= 1:
                return None
            self._next += 1
            return self._next - 1

    def share(self) -> float:
        """Tell how much of the course is done."""
        if self._count is not None:
            return (self._next - self._first) / self._count
        assert self._seconds is not None
        return (time.monotonic() - self._begin) / self._seconds


class Tally:
    """What has become of the orders."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.verdicts: Counter[tuple[str, str]] = Counter()
        self.received = 0
        """Bytes of answers."""
        self.surprises: list[str] = []

    def _add(self, order: Order, verdict: str, detail: str) -> None:
        with self._lock:
            self.verdicts[order.kind, verdict] += 1
            if verdict != KINDS[order.kind].verdict and len(self.surprises) < _MOST_SURPRISES:
                self.surprises.append(f"{order.kind} {order.number}: {verdict} {detail}")

    def answered(self, order: Order, answer: Answer) -> None:
        """Note an answer."""
        self._add(order, order.verdict(*answer), "")
        with self._lock:
            self.received += len(answer.body)

    def failed(self, order: Order, verdict: str, error: Exception) -> None:
        """Note an error."""
        self._add(order, verdict, repr(error))

    def of_kind(self, kind: str) -> int:
        """Count the orders of a kind."""
        return sum(number for (name, _), number in self.verdicts.items() if name == kind)


class Monitor:
    """Watches the process from a thread of its own, at each tenth of the course and in between.

    Args:
        course: The course.
        tell: Called with each sample, or None.
    """

    def __init__(self, course: Course, tell: Callable[[float, Gauge], None] | None) -> None:
        self.samples: list[Gauge] = []
        self.peak = gauge()
        self._course, self._tell = course, tell
        self._done = Event()
        self._thread = Thread(target=self._watch)

    def __enter__(self) -> Monitor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_TICK):
            self._look()
        self._look()

    def _look(self) -> None:
        seen = gauge()
        self.peak = self.peak.peak(seen)
        while len(self.samples) < min(SAMPLES, int(self._course.share() * SAMPLES)):
            self.samples.append(seen)
            if self._tell is not None:
                self._tell(len(self.samples) / SAMPLES, seen)


def run_threads(client: Any, workers: int, book: Book, course: Course, tally: Tally) -> None:
    """Work in threads, to the end of the course."""

    def work() -> None:
        while (number := course.take()) is not None:
            order = book.order(number)
            try:
                answer = client.send(order)
            except Exception as error:
                tally.failed(order, client.verdict(error), error)
            else:
                tally.answered(order, answer)

    threads = [Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()


async def run_tasks(
    client: Any, workers: int, at_once: int, book: Book, course: Course, tally: Tally
) -> None:
    """Work in tasks, so many of which may have a request under way, to the end of the course."""
    from anyio import CapacityLimiter, create_task_group

    under_way = CapacityLimiter(at_once)

    async def work() -> None:
        while True:
            async with under_way:
                if (number := course.take()) is None:
                    return
                order = book.order(number)
                try:
                    answer = await client.send(order)
                except Exception as error:
                    tally.failed(order, client.verdict(error), error)
                else:
                    tally.answered(order, answer)

    async with create_task_group() as tasks:
        for _ in range(workers):
            tasks.start_soon(work)
    await client.close()


def run(variant: Variant, url: str, at_once: int, book: Book, course: Course, tally: Tally) -> None:
    """Open a session, work, and close it."""
    if variant.loop is None:
        run_threads(variant.make(url, variant.workers), variant.workers, book, course, tally)
        return
    from anyio import run as run_loop

    async def main() -> None:
        client = variant.make(url, variant.workers)
        await run_tasks(client, variant.workers, at_once, book, course, tally)

    run_loop(main, backend=variant.loop)
