"""What a process holds: descriptors, threads, memory, and objects that ought to be gone."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from basestream import SizedStream
from basestream.backend import AsyncUpload, Upload

MIB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_IDLE_SECONDS = 15.0
"""trio keeps a thread that has nothing to do for 10 seconds."""


class Gauge(NamedTuple):
    """What a process holds at a moment."""

    fds: int
    threads: int
    rss: float
    """MiB."""

    def peak(self, other: Gauge) -> Gauge:
        """Give the greater of each."""
        return Gauge(max(self.fds, other.fds), max(self.threads, other.threads), max(self.rss, other.rss))


def gauge() -> Gauge:
    """Measure."""
    fds = len(os.listdir("/proc/self/fd")) - 1  # the one for the listing
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return Gauge(fds, threading.active_count(), pages * _PAGE / MIB)


def left_over() -> dict[str, int]:
    """Count the objects that only a request in progress may hold."""
    gc.collect()
    kinds = (SizedStream, Upload, AsyncUpload, socket.socket)
    found = Counter(type(thing).__qualname__ for thing in gc.get_objects() if isinstance(thing, kinds))
    return dict(found)


def settled(is_settled: Callable[[], bool]) -> bool:
    """Wait for what may take a moment, such as the end of an idle thread; tell whether it came."""
    end = time.monotonic() + _IDLE_SECONDS
    while not is_settled() and time.monotonic() < end:
        time.sleep(0.05)
    return is_settled()
