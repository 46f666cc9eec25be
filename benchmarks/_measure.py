"""Measurements in processes of their own: CPU seconds, or peak memory, of uploads.

Rule 1: what is compared is measured side by side: in one process, on one CPU with the sink, the raw loop beside
        each upload. This machine may be half as fast a second later.
Rule 2: of a pair now the one and now the other is first.
"""

from __future__ import annotations

import gc
import re
import sys
import time
from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from ._clients import LIMIT, VARIANTS, Variant
from ._sink import Target, pin
from ._workloads import Body

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext
    from types import TracebackType

_IMPORTED_LATE = ("httpcore", "httpcore2", "anyio._backends._asyncio")  # half a second for each process
_SECONDS_AT_MOST = 600
_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")


class _Meter:
    """Measures what happens in a ``with`` block."""

    result = 0.0

    def __enter__(self) -> None:
        self._start = self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.result = self.now() - self._start

    def start(self) -> float:
        return self.now()

    def now(self) -> float:
        raise NotImplementedError


class CPUSeconds(_Meter):
    """User and system time of all threads, and of processes that have ended, which the kernel counts exactly."""

    def now(self) -> float:
        """Give the seconds so far."""
        import resource  # not on Windows

        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime


class PeakBytes(_Meter):
    """How far resident memory rises above where it stood at the start; exact to some 100 KiB."""

    def start(self) -> float:
        """Reset the peak, which is then what is resident now; elsewhere than on Linux it stays as it is."""
        with suppress(OSError):
            _CLEAR_REFS.write_text("5")
        return self.now()

    def now(self) -> float:
        """Give the peak in bytes."""
        with suppress(OSError):
            if found := re.search(r"VmHWM:\s*(\d+) kB", _STATUS.read_text()):
                return int(found[1]) * 1024
        import resource  # not on Windows

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


class Task(NamedTuple):
    """What a process is told: a client to measure on one body."""

    variant: Variant
    body: Body
    to: Target
    rehearsal: Body | None = None
    """Uploaded before, without being measured: what a process does once is not what an upload costs."""
    rounds: int = 1
    meter: type[_Meter] = CPUSeconds
    paired: bool = False
    """Whether the raw loop is measured beside it."""
    cpu: int | None = None


class Result(NamedTuple):
    """What the process gives, round by round."""

    figures: list[float]
    limits: list[float]
    """The raw loop's, where they are paired."""


class MeasurementFailed(Exception):
    """The process has given no result; if it has a traceback, that is on standard error."""


Start = Literal["spawn", "forkserver"]


def start_method() -> Start:
    """Choose how processes start: at once, forked off one that has imported the clients, or afresh."""
    return "forkserver" if "forkserver" in get_all_start_methods() else "spawn"


def measured(task: Task, start: Start = "spawn") -> Result:
    """Run a task in a process of its own.

    Raises:
        MeasurementFailed: It has failed.
    """
    context = _context(start)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(task, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(_SECONDS_AT_MOST):
            process.kill()
            raise MeasurementFailed(f"{task.variant.label}: no result after {_SECONDS_AT_MOST} seconds")
        result: object = receiver.recv()
    except EOFError:
        raise MeasurementFailed(f"{task.variant.label}: see the traceback above") from None
    finally:
        receiver.close()
        process.join()
    assert isinstance(result, Result)
    return result


def _context(start: Start) -> SpawnContext | ForkServerContext:
    if start == "spawn":
        return get_context("spawn")
    context = get_context("forkserver")
    packages = {name for variant in VARIANTS for name in variant.packages}
    context.set_forkserver_preload([__name__, *sorted(packages), *_IMPORTED_LATE])
    return context


def _run(task: Task, sender: Connection) -> None:
    pin(task.cpu)
    gc.freeze()  # what was imported stays: looking through it before each upload takes longer than the upload
    result = Result([], [])
    pair = [(task.variant, result.figures), *([(LIMIT, result.limits)] if task.paired else [])]
    for variant, _ in pair if task.rehearsal else ():
        _upload(variant, task, task.rehearsal or task.body)
    for number in range(task.rounds):
        for variant, figures in pair[:: -1 if number % 2 else 1]:
            figures.append(_upload(variant, task, task.body))
    sender.send(result)


def _upload(variant: Variant, task: Task, body: Body) -> float:
    meter = task.meter()
    gc.collect()
    received = variant.upload(task.to, body, meter)
    assert received == body.size, f"the sink has received {received} bytes of {body.size}"
    return float(meter.result)
