"""The table on the terminal and the JSON file: CPU seconds as ratios to the raw loop of the same round."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from ._clients import LIMIT, VARIANTS, Variant
from ._small_gets import Figure
from ._workloads import KIB, MIB, Workload

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

Seconds = Mapping[tuple[Variant, Workload], Sequence[float]]
"""Of each cell, the CPU seconds round by round."""

_LABEL, _CELL = 37, 17


def ratios(seconds: Seconds, variant: Variant, workload: Workload) -> list[float]:
    """Give a cell's ratios to the raw loop, round by round."""
    return [s / limit for s, limit in zip(seconds[variant, workload], seconds[LIMIT, workload], strict=True)]


def print_table(seconds: Seconds) -> None:
    """Print a row for each variant: the median ratio, and the least and the greatest."""
    workloads = list(dict.fromkeys(workload for _, workload in seconds))
    print("client CPU; 1.00 is a raw socket's sendall loop in the same round (median, least-greatest)\n")
    _print_line("", [workload.name for workload in workloads])
    _print_line("", [_bytes(workload.size) for workload in workloads])
    _print_line(LIMIT.label, [f"{median(seconds[LIMIT, workload]):.4f} s" for workload in workloads])
    measured = {variant for variant, _ in seconds} - {LIMIT}
    for variant in filter(measured.__contains__, VARIANTS):
        cells = [ratios(seconds, variant, w) if (variant, w) in seconds else [] for w in workloads]
        _print_line(variant.label, map(_cell, cells))


def _print_line(label: str, cells: Iterable[str]) -> None:
    print(f"{label:{_LABEL}}", *(f"{cell:>{_CELL}}" for cell in cells))


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    digits = 2 if median(values) < 10 else 0
    spread = f"{min(values):.{digits}f}-{max(values):.{digits}f}"
    return f"{median(values):.{digits}f} {spread:>10}"


def _bytes(size: int) -> str:
    return f"{size // MIB} MiB" if size % MIB == 0 else f"{size // KIB} KiB"


def print_figures(title: str, figures: Iterable[Figure]) -> None:
    """Print the section without sockets; the first line of each group is its yardstick."""
    print(f"\n{title}, microseconds")
    first: dict[str, Figure] = {}
    for figure in figures:
        yardstick = first.setdefault(figure.group, figure)
        ratio = figure.microseconds / yardstick.microseconds
        name = f"{figure.group:24}{figure.name:24}"
        print(f"  {name}{figure.microseconds:8.3f}  {ratio:7.2f} x {yardstick.name}")


def write_json(
    path: Path, seconds: Seconds, figures: Iterable[Figure], *, rounds: int, quick: bool, only: str
) -> None:
    """Write everything that was measured."""
    rows = [
        {
            "client": variant.client,
            "variant": variant.name,
            "workload": workload.name,
            "bytes": workload.size,
            "seconds": values,
            "ratios": (found := ratios(seconds, variant, workload)),
            "median": median(found),
        }
        for (variant, workload), values in seconds.items()
    ]
    result: dict[str, Any] = {
        "python": sys.version,
        "machine": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": dict(_versions()),
        "rounds": rounds,
        "quick": quick,
        "only": only,
        "limit": LIMIT.label,
        "rows": rows,
        "microseconds": [figure._asdict() for figure in figures],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")


def _versions() -> Iterable[tuple[str, str]]:
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            yield name, version(name)
