"""``python -m load [SECONDS]``, ``python -m load soak``: each client in turn, and a table of what was seen."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from ._clients import VARIANTS
from ._gauges import MIB
from ._kinds import KINDS
from ._orders import ANSWERED
from ._trial import Task

TOLERANCE = 32.0
"""MiB that a process may grow after three tenths of a load: 64 threads have half a MiB each in hand, or none."""
SOAK_TOLERANCE = 8.0
SOAK_WORKERS = 8
SOAK_REQUESTS = 100_000
SOAK_MIB = 5 * 1024
_EVERY = 50
"""Orders to a big upload in a soak."""
_TESTS = Path(__file__).parent.parent
_SURROUNDINGS = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def main() -> int:
    """Run the trials; 1 if one of them has found something."""
    options = _options()
    names = [name for name in VARIANTS if options.only in (None, name)]
    results: dict[str, dict[str, Any]] = {}
    for name in names:
        print(f"{name} ...", flush=True)
        results[name] = _trial(_task(options, name, len(names)))
    print()
    _print_table(results)
    _print_verdicts(results)
    faults = [f"{name}: {fault}" for name, result in results.items() for fault in result["faults"]]
    for fault in faults:
        print(f"FAULT {fault}")
    print("nothing crossed, nothing leaked" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m load", description="Many threads and tasks on one session.")
    parser.add_argument("how", nargs="?", default="60", help="seconds for each client (60), or 'soak'")
    parser.add_argument("--only", choices=VARIANTS, metavar="CLIENT", help=", ".join(VARIANTS))
    parser.add_argument("--workers", type=int, metavar="N", help="threads or tasks")
    parser.add_argument(
        "--requests", type=int, default=SOAK_REQUESTS, help="of a soak, of all clients together"
    )
    parser.add_argument("--mib", type=int, default=SOAK_MIB, help="of uploads of a soak, all together")
    parser.add_argument(
        "--tolerance",
        type=float,
        metavar="MIB",
        help=f"that a process may grow ({TOLERANCE:.0f}, in a soak {SOAK_TOLERANCE:.0f})",
    )
    return parser.parse_args()


def _task(options: argparse.Namespace, name: str, among: int) -> Task:
    if options.how != "soak":
        tolerance = TOLERANCE if options.tolerance is None else options.tolerance
        return Task(name, float(options.how), None, options.workers, 0, 0, tolerance, False)
    tolerance = SOAK_TOLERANCE if options.tolerance is None else options.tolerance
    count = -(-options.requests // among)
    big = options.mib * MIB // among // (count // _EVERY)  # the small ones come on top
    workers = options.workers or SOAK_WORKERS
    return Task(name, None, count, workers, big, _EVERY, tolerance, True)


def _trial(task: Task) -> dict[str, Any]:
    environ = {name: text for name, text in os.environ.items() if name.lower() not in _SURROUNDINGS}
    environ["NETRC"] = os.devnull
    environ["MALLOC_ARENA_MAX"] = "2"  # else glibc has an arena for every few threads, and memory wanders
    command = [sys.executable, "-W", "error", "-m", "load._trial", json.dumps(task)]
    with subprocess.Popen(command, cwd=_TESTS, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                result: dict[str, Any] = json.loads(line)
                return result
            print(line, end="", flush=True)
    raise SystemExit(f"{task.variant}: the trial ended with {process.returncode}")


def _print_table(results: dict[str, dict[str, Any]]) -> None:
    head = (
        "workers",
        "requests",
        "MiB up",
        "MiB down",
        "seconds",
        "descriptors",
        "threads",
        "RSS MiB",
        "grown",
    )
    print(f"{'':15}" + "".join(f"{text:>{width}}" for text, width in zip(head, _WIDTHS, strict=True)))
    for name, result in results.items():
        gauges = [result["before"], result["peak"], result["after"]]
        fds, threads, rss = ("/".join(f"{gauge[which]:.0f}" for gauge in gauges) for which in range(3))
        cells = (
            result["workers"],
            f"{result['requests']:,}",
            f"{result['arrived'] / MIB:,.0f}",
            f"{result['received'] / MIB:,.0f}",
            f"{result['seconds']:.0f}",
            fds,
            threads,
            rss,
            f"{result['growth']:+.1f}",
        )
        print(f"{name:15}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)))
    total = sum(result["requests"] for result in results.values())
    arrived = sum(result["arrived"] for result in results.values()) / MIB / 1024
    print(f"together {total:,} requests, {arrived:.2f} GiB at the server")
    print("descriptors, threads, RSS: before / peak / after; grown: MiB since three tenths of the run\n")


_WIDTHS = (9, 10, 9, 10, 9, 14, 13, 14, 8)


def _print_verdicts(results: dict[str, dict[str, Any]]) -> None:
    verdicts: Counter[tuple[str, str]] = Counter()
    broken: Counter[str] = Counter()
    for result in results.values():
        for kind, verdict, count in result["verdicts"]:
            verdicts[kind, verdict] += count
        broken.update(result["broken"])
    for (kind, verdict), count in sorted(verdicts.items(), key=lambda item: list(KINDS).index(item[0][0])):
        mark = "" if verdict == KINDS[kind].verdict else "  UNEXPECTED"
        print(f"{count:>9,}  {kind}{'' if verdict == ANSWERED else f': {verdict}'}{mark}")
    for how in ("reset", "fin"):
        print(f"{sum(n for what, n in broken.items() if what.endswith(how)):>9,}  bodies cut short by {how}")
    print()


if __name__ == "__main__":
    sys.exit(main())
