"""``python -m kit.matrix [--check]``: the tables of docs/features.md and the README, from a run of the kit.

Writes them between their markers; with ``--check`` it compares instead. Ends with 1 if they differ, or if a row of
one of our backends does not come out as it is declared.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable
from pathlib import Path

from basestream.testing import scenarios
from drivers import DRIVERS

from .foreign import foreign
from .runs import played, settle
from .tables import by_chapter, by_rule, wrong

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def main() -> int:
    """Play, and write or compare."""
    parser = argparse.ArgumentParser("python -m kit.matrix", description="The tables of a run of the kit.")
    parser.add_argument(
        "--check", action="store_true", help="compare with what is written, and write nothing"
    )
    check = parser.parse_args().check
    settle()
    rows, drivers = scenarios(), [*DRIVERS, *foreign()]
    outcomes, names = played(drivers, rows), [*map(str, drivers)]
    bad = [*wrong(outcomes, rows, [*map(str, DRIVERS)])]
    for line in bad:
        print(line)
    pages = {
        "docs/features.md": by_rule(outcomes, rows, names),
        "README.md": by_chapter(outcomes, rows, names),
    }
    stale = [name for name, table in pages.items() if not renewed(ROOT / name, table, check=check)]
    return 1 if bad or stale else 0


def renewed(page: Path, table: Iterable[str], *, check: bool) -> bool:
    """Put a table between the markers of a page; or print how they differ, and tell whether they are the same."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert "" not in (begin, end), f"{page.name} has no place for a table"
    fresh = "\n".join([f"{before}{BEGIN}\n", *table, f"\n{END}{after}"])
    if not check:
        page.write_text(fresh, encoding="utf-8")
    elif fresh != text:
        lines = difflib.unified_diff(
            text.splitlines(), fresh.splitlines(), page.name, "this run", "", "", 0, ""
        )
        print(*lines, f"{page.name} differs: run nox -s matrix, and commit it", sep="\n")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
