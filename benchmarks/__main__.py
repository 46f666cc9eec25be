"""The benchmark: client CPU of uploads as a ratio to a raw socket, measured side by side; then what needs no socket.

``python -m benchmarks [--quick] [--rounds N] [--only SUBSTRING] [--write | --guard]``; ``--only`` picks cells by
"client variant / workload". Client and sink share one CPU, and only the client's CPU time counts.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from ._clients import VARIANTS, Variant
from ._docs import write_docs
from ._goals import Results, print_goals
from ._linear import print_fit
from ._measure import MeasurementFailed, Result, Start, Task, measured, start_method
from ._python_only import figures
from ._report import LATEST, print_figures, print_tables, write_json
from ._sink import Sink, shared_cpu
from ._workloads import KIB, MIB, PLAIN, WORKLOADS, Workload, scratch

Cell = tuple[Variant, Workload]

PYTHON_ONLY = "python only"
GUARD_SLACK = 1.3
REHEARSAL = 512 * KIB


def main() -> int:
    """Measure, print the tables, and write ``benchmarks/results/latest.json``."""
    options = _options()
    without_surroundings()
    if options.guard:
        return _guard()
    quick: bool = options.quick
    rounds: int = options.rounds or (3 if quick else 7)
    workloads = [w._replace(size=w.size // 16) for w in PLAIN] if quick else list(WORKLOADS)
    cells = list(_cells(workloads, options.only))
    if not cells and options.only not in PYTHON_ONLY:
        print(f"--only {options.only}: nothing has it in its name", file=sys.stderr)
        return 2
    print(f"basestream bench  Python {sys.version.split()[0]}  {rounds} rounds{'  quick' if quick else ''}")
    try:
        results = _wire(cells, rounds, start_method(), quick=quick)
        print_tables(results)
        alone = list(figures(rounds)) if options.only in PYTHON_ONLY else []
        if alone:
            print_figures(PYTHON_ONLY, alone)
        if not options.only and not quick:
            print_fit()
    except MeasurementFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    print_goals(results, alone)
    write_json(LATEST, results, alone, rounds=rounds, quick=quick, only=options.only)
    print(f"\nwritten to {os.path.relpath(LATEST)}")
    if options.write:
        write_docs(results, alone, rounds)
    return 0


def _guard() -> int:
    """Hold what needs no socket to its goals, with slack: what is above them three times in a row is too much."""
    bad: set[str] = set()
    for attempt in range(3):
        alone = list(figures(3))
        print_figures(PYTHON_ONLY, alone)
        above = {
            f"{figure.group}, {figure.name}, next to {figure.yardstick}: at most {figure.goal} x {GUARD_SLACK}"
            for figure in alone
            if figure.goal and figure.ratio > figure.goal * GUARD_SLACK
        }
        bad = above if attempt == 0 else bad & above
        if not bad:
            return 0
    for name in sorted(bad):
        print(f"too much: {name}")
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="CPU of uploads, next to a raw socket."
    )
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the bytes, 3 rounds, no TLS")
    parser.add_argument("--rounds", type=_positive, metavar="N", help="how often each cell is measured (7)")
    parser.add_argument(
        "--guard", action="store_true", help=f"only what needs no socket; fail above its goal x {GUARD_SLACK}"
    )
    parser.add_argument("--write", action="store_true", help="put table and chart into the docs")
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


def without_surroundings() -> None:
    """Keep the machine's proxies away from loopback, and its certificates from a session's own (requests)."""
    for name in list(os.environ):
        if name.lower().endswith(("_proxy", "_ca_bundle")):
            del os.environ[name]


def _cells(workloads: list[Workload], only: str) -> Iterator[Cell]:
    """Give the cells to measure, workload by workload."""
    for workload in workloads:
        for variant in VARIANTS:
            takes = variant.files if workload.is_file else variant.chunks
            if takes and variant.installed and only in f"{variant.label} / {workload.name}":
                yield variant, workload


def _wire(cells: list[Cell], rounds: int, start: Start, *, quick: bool) -> Results:
    """Measure every cell, each in a process of its own, the raw loop beside it."""
    results: dict[Cell, Result] = {}
    cpu = shared_cpu()
    with scratch() as folder, Sink(cpu, tls=True) as sink:
        for done, (variant, workload) in enumerate(cells, 1):
            _progress(f"{done} of {len(cells)}: {variant.label}, {workload.name}")
            body = _shortened(variant, workload, quick=quick).body(folder)
            rehearsal = workload._replace(size=REHEARSAL).body(folder)
            task = Task(variant, body, sink.targets[workload.tls], rehearsal, rounds, paired=True, cpu=cpu)
            results[variant, workload] = measured(task, start)
    _progress("")
    return results


def _shortened(variant: Variant, workload: Workload, *, quick: bool) -> Workload:
    """Give a slow client less to do."""
    most = MIB if quick else 4 * MIB
    return workload._replace(size=min(workload.size, most)) if workload.chunk in variant.slow else workload


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:79}", end="\r", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
