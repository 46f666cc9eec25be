"""The table on the terminal and the JSON file: CPU seconds as ratios to the raw loop of the same round."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

from ._clients import LIMIT
from ._goals import Results, ratios
from ._side_by_side import Figure
from ._workloads import KIB, MIB

LATEST = Path(__file__).parent / "results" / "latest.json"
PACKAGES = (
    "basestream",
    "requests",
    "requests-toolbelt",
    "urllib3",
    "httpx",
    "httpcore",
    "httpx2",
    "httpcore2",
)

_LABEL, _CELL = 37, 17


def print_tables(results: Results) -> None:
    """Print what goes over http, then what goes over https."""
    for tls in (False, True):
        some = {cell: result for cell, result in results.items() if cell[1].tls is tls}
        if some:
            _print_table(some)


def _print_table(results: Results) -> None:
    """Print a row for each variant: the median ratio, and the least and the greatest."""
    workloads = list(dict.fromkeys(workload for _, workload in results))
    print("\nclient CPU; 1.00 is a raw socket's sendall loop beside it (median, least-greatest)\n")
    _print_line("", [workload.name for workload in workloads])
    _print_line("", [_bytes(workload.size) for workload in workloads])
    limits = {
        work: [
            r.limits for (variant, w), r in results.items() if w == work and work.chunk not in variant.slow
        ]
        for work in workloads
    }  # beside a slow client the loop has less to do
    _print_line(LIMIT.label, [_seconds(chain(*limits[workload])) for workload in workloads])
    for variant in dict.fromkeys(variant for variant, _ in results):
        cells = [ratios(results[variant, w]) if (variant, w) in results else [] for w in workloads]
        _print_line(variant.label, map(_cell, cells))


def _print_line(label: str, cells: Iterable[str]) -> None:
    print(f"{label:{_LABEL}}", *(f"{cell:>{_CELL}}" for cell in cells))


def _seconds(values: Iterable[float]) -> str:
    found = list(values)
    return f"{median(found):.4f} s" if found else "-"


def spread(values: Sequence[float]) -> tuple[str, str, str]:
    """Write the median, the least and the greatest, as exactly as they mean something."""
    digits = 2 if median(values) < 10 else 0
    middle, least, greatest = (f"{value:.{digits}f}" for value in (median(values), min(values), max(values)))
    return middle, least, greatest


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    middle, least, greatest = spread(values)
    return f"{middle} {f'{least}-{greatest}':>10}"


def _bytes(size: int) -> str:
    return f"{size // MIB} MiB" if size % MIB == 0 else f"{size // KIB} KiB"


def print_figures(title: str, figures: Iterable[Figure]) -> None:
    """Print the section without sockets; the first line of each group is its yardstick."""
    print(f"\n{title}, microseconds; ratios are medians of pairs\n")
    for figure in figures:
        name = f"{figure.group:26}{figure.name:26}"
        print(f"  {name}{figure.microseconds:10.3f}  {figure.ratio:8.3f} x {figure.yardstick}")


def write_json(
    path: Path, results: Results, figures: Iterable[Figure], *, rounds: int, quick: bool, only: str
) -> None:
    """Write everything that was measured."""
    rows = [
        {
            "client": variant.client,
            "variant": variant.name,
            "workload": workload.name,
            "bytes": workload.size,
            "seconds": result.figures,
            "raw": result.limits,
            "ratios": (found := ratios(result)),
            "median": median(found),
        }
        for (variant, workload), result in results.items()
    ]
    result: dict[str, Any] = {
        "python": sys.version,
        "machine": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": dict(versions()),
        "rounds": rounds,
        "quick": quick,
        "only": only,
        "limit": LIMIT.label,
        "rows": rows,
        "microseconds": [figure._asdict() for figure in figures],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")


def versions() -> Iterable[tuple[str, str]]:
    """Give the packages that are there, with their versions."""
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            yield name, version(name)
