"""One measurement in a process of its own: CPU seconds, or peak memory, of an upload."""

from __future__ import annotations

import re
import sys
import time
from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from ._clients import VARIANTS, Variant
from ._sink import pin
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
    """User and system time of all threads, which the kernel counts exactly."""

    def now(self) -> float:
        """Give the seconds so far."""
        return time.process_time()


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
    """What the process is told."""

    variant: Variant
    body: Body
    url: str
    rehearsal: Body | None = None
    """Uploaded before, without being measured."""
    meter: type[_Meter] = CPUSeconds
    cpu: int | None = None


class MeasurementFailed(Exception):
    """The process has given no result; if it has a traceback, that is on standard error."""


Start = Literal["spawn", "forkserver"]


def start_method(*, quick: bool) -> Start:
    """Choose how processes start: afresh, or at once, forked off one that has imported the clients."""
    return "forkserver" if quick and "forkserver" in get_all_start_methods() else "spawn"


def measured(task: Task, start: Start = "spawn") -> float:
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
    assert isinstance(result, float)
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
    meter = task.meter()
    for body in filter(None, (task.rehearsal, task.body)):
        received = task.variant.upload(task.url, body, meter)
        assert received == body.size, f"the sink has received {received} bytes of {body.size}"
    sender.send(float(meter.result))
