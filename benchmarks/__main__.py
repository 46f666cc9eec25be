"""The benchmark: client CPU of uploads as a ratio to a raw socket, interleaved, each in a process of its own.

``python -m benchmarks [--quick] [--rounds N] [--only SUBSTRING]``; ``--only`` picks cells by
"client variant / workload". Client and sink share one CPU, and only the client's CPU time counts.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator

from ._clients import LIMIT, VARIANTS, Variant
from ._measure import MeasurementFailed, Start, Task, measured, start_method
from ._python_only import figures
from ._report import LATEST, Seconds, print_figures, print_table, write_json
from ._sink import Sink, shared_cpu
from ._workloads import KIB, WORKLOADS, Workload, scratch

Cell = tuple[Variant, Workload]

PYTHON_ONLY = "python only"
REHEARSAL = 512 * KIB
"""Uploaded first: what a process does once, such as late imports, is not what an upload costs."""


def main() -> int:
    """Measure, print the tables, and write ``benchmarks/results/latest.json``."""
    options = _options()
    without_proxies()
    quick: bool = options.quick
    rounds: int = options.rounds or (3 if quick else 7)
    workloads = [w._replace(size=w.size // 16) if quick else w for w in WORKLOADS]
    cells = list(_cells(workloads, options.only))
    if not cells and options.only not in PYTHON_ONLY:
        print(f"--only {options.only}: nothing has it in its name", file=sys.stderr)
        return 2
    print(f"basestream bench  Python {sys.version.split()[0]}  {rounds} rounds{'  quick' if quick else ''}")
    try:
        seconds = _wire(cells, rounds, start_method(quick=quick))
    except MeasurementFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    if seconds:
        print_table(seconds)
    alone = list(figures(rounds)) if options.only in PYTHON_ONLY else []
    if alone:
        print_figures(PYTHON_ONLY, alone)
    write_json(LATEST, seconds, alone, rounds=rounds, quick=quick, only=options.only)
    print(f"\nwritten to {os.path.relpath(LATEST)}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="CPU of uploads, next to a raw socket."
    )
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the bytes, 3 rounds")
    parser.add_argument("--rounds", type=_positive, metavar="N", help="how often each cell is measured (7)")
    parser.add_argument(
        "--only",
        default="",
        metavar="SUBSTRING",
        help=f"only cells whose name has it, such as 'httpx async bare / file', or {PYTHON_ONLY!r}",
    )
    return parser.parse_args()


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return int(text)


def without_proxies() -> None:
    """Keep the machine's proxies away from what goes to loopback."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]


def _cells(workloads: list[Workload], only: str) -> Iterator[Cell]:
    """Give the cells to measure, workload by workload, each after its raw loop."""
    for workload in workloads:
        wanted = [v for v in VARIANTS if v.installed and v.takes(is_file=workload.is_file)]
        wanted = [v for v in wanted if v is not LIMIT and only in f"{v.label} / {workload.name}"]
        if wanted:
            yield from ((variant, workload) for variant in (LIMIT, *wanted))


def _wire(cells: list[Cell], rounds: int, start: Start) -> Seconds:
    """Measure every cell once in each round; every other round backwards, so that none is always first."""
    seconds: dict[Cell, list[float]] = defaultdict(list)
    cpu = shared_cpu()
    with scratch() as folder, Sink(cpu) as sink:
        for number in range(rounds):
            for done, cell in enumerate(cells[:: -1 if number % 2 else 1]):
                variant, workload = cell
                _progress(f"round {number + 1} of {rounds}, {done + 1} of {len(cells)}: {variant.label}")
                rehearsal = workload._replace(size=REHEARSAL).body(folder)
                task = Task(variant, workload.body(folder), sink.url, rehearsal=rehearsal, cpu=cpu)
                seconds[cell].append(measured(task, start))
    _progress("")
    return {cell: seconds[cell] for cell in cells}


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:79}", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
