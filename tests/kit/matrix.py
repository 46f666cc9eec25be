"""The feature table: every row of the kit on every backend, and on what they stand beside.

``python tests/kit/matrix.py`` plays the rows, prints a line for each that is not met, and writes the table into
docs/features.md; with ``--check`` it compares instead, and ends with 1 if they differ, or if a backend of ours
does not conform.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from basestream.testing import Driver, Scenario, check, scenarios
from drivers import DRIVERS
from kit.foreign import foreign

PAGE = Path(__file__).parents[2] / "docs" / "features.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
DEADLINE = 20.0
DEADLINE_OF_OTHERS = 1.5
"""They hang often, on a body that ends early for instance."""

Cells = dict[tuple[str, str], Counter[str]]
"""Of a rule and a driver, how many rows came out how."""


def main() -> int:
    """Play, print, and write or compare."""
    parser = argparse.ArgumentParser("matrix", description="The kit on every backend, and the table of it.")
    parser.add_argument("--check", action="store_true", help="compare with the table in the docs")
    options = parser.parse_args()
    ours, others = list(DRIVERS), list(foreign())
    cells, good = played([*ours, *others], set(map(str, ours)))
    table = "\n".join(lines(cells, [*map(str, ours), *map(str, others)]))
    print(table)
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    fresh = f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}"
    if not options.check:
        PAGE.write_text(fresh)
    elif fresh != page:
        print("docs/features.md differs: run nox -s matrix and commit it", file=sys.stderr)
        good = False
    return 0 if good else 1


def played(drivers: Iterable[Driver], ours: set[str]) -> tuple[Cells, bool]:
    """Play every row on every driver; tell whether all of ours conform."""
    cells: Cells = {}
    good = True
    for driver in drivers:
        for scenario in scenarios():
            is_ours = str(driver) in ours
            verdict, text = outcome(driver, scenario, DEADLINE if is_ours else DEADLINE_OF_OTHERS)
            cells.setdefault((scenario.rule, str(driver)), Counter())[verdict] += 1
            if text:
                print(f"{driver!s:20} {scenario.id:40} {text}", flush=True)
            good = good and not (is_ours and verdict == "fails")
    return cells, good


def outcome(driver: Driver, scenario: Scenario, deadline: float) -> tuple[str, str]:
    """Give a word, and what is to be said of a row that is not met."""
    try:
        verdict = check(driver, scenario, deadline=deadline)
    except AssertionError as error:
        return "fails", str(error).partition("\n")[2].replace("\n", " ")[:120]
    if driver.profile.is_steady(scenario):
        return verdict, "" if verdict == "conforms" else f"declared: {driver.profile.declared(scenario)}"
    return "varies", ""


def lines(cells: Cells, drivers: list[str]) -> Iterable[str]:
    """Write the table: of each rule, how many of its rows hold."""
    rules = list(dict.fromkeys(rule for rule, _ in cells))
    yield f"| rule | rows | {' | '.join(drivers)} |"
    yield f"| --- | --- |{' --- |' * len(drivers)}"
    for rule in sorted(rules, key=lambda rule: (rule[0], int(rule[1:]))):
        total = cells[rule, drivers[0]].total()
        yield f"| {rule} | {total} | {' | '.join(cell(cells[rule, driver], total) for driver in drivers)} |"


def cell(counts: Counter[str], total: int) -> str:
    """Write a cell: ``yes``, or how many hold, with what is declared."""
    if counts["conforms"] == total:
        return "yes"
    declared = [f"{counts[word]} {word}" for word in ("declared", "varies") if counts[word]]
    return ", ".join([str(counts["conforms"]) if counts["conforms"] else "no", *declared])


if __name__ == "__main__":
    sys.exit(main())
