"""``python -m kit.grid [--ours]``: every row of the kit on every backend, as a grid of marks.

The columns are our backends, those over clients that it was not made for, and what ours stand beside. Ends with 1
if a row of one of the first two does not come out as it is declared.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import time
from collections.abc import Iterator

from basestream.testing import Driver, scenarios
from drivers import DRIVERS

from .runs import played, settle
from .tables import grid, reasons, totals, wrong

THIRD_PARTY = {"http.client": "stdlib", "aiohttp": "aiohttp"}
"""Clients, and the word for each in ``tests/third_party/``."""


def main() -> int:
    """Play and print."""
    parser = argparse.ArgumentParser(
        "python -m kit.grid", description="The kit on every backend, row by row."
    )
    parser.add_argument("--ours", action="store_true", help="only the backends of this project")
    ours_alone = parser.parse_args().ours
    settle()
    start = time.monotonic()
    declaring: list[Driver] = [*DRIVERS, *([] if ours_alone else third_party())]
    others: list[Driver] = [] if ours_alone else [*importlib.import_module("kit.foreign").foreign()]
    rows, names = scenarios(), [str(driver) for driver in [*declaring, *others]]
    outcomes = played([*declaring, *others], rows)
    bad = [*wrong(outcomes, rows, [*map(str, declaring)])]
    for lines in (grid, reasons, totals):
        print(*lines(outcomes, rows, names), sep="\n", end="\n\n")
    for line in bad:
        print(line)
    print(f"{len(rows)} rows on {len(names)} backends in {time.monotonic() - start:.0f} s")
    return 1 if bad else 0


def third_party() -> Iterator[Driver]:
    """Give the drivers over other clients, of those that are installed."""
    for client, word in THIRD_PARTY.items():
        if importlib.util.find_spec(client):
            yield importlib.import_module(f"third_party.test_{word}").DRIVER


if __name__ == "__main__":
    sys.exit(main())
