"""What is written of a run: the table by rules, the summary by chapters, and the grid by rows.

This module plays nothing and knows no backend: a run is a mapping of outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from string import ascii_lowercase
from textwrap import shorten

from basestream.testing import Scenario

from .runs import Outcome, Outcomes

CHAPTERS: Mapping[str, str] = {"U": "URLs", "P": "policy", "S": "streams", "W": "wire", "A": "auth"}
"""What the letter of a rule stands for, in the order of docs/rules.md."""

MARKS: Mapping[str, str] = {"conforms": "+", "declared": "d", "varies": "v", "fails": "-", "hangs": "H"}


def by_rule(outcomes: Outcomes, rows: Sequence[Scenario], drivers: Sequence[str]) -> Iterator[str]:
    """Write the table: of each rule, how many of its rows hold."""
    yield from _head(["rule", "rows", *drivers])
    for rule, of_rule in by_rules(rows):
        cells = [_cell(_count(outcomes, of_rule, driver)) for driver in drivers]
        yield _line([rule, str(len(of_rule)), *cells])


def by_chapter(outcomes: Outcomes, rows: Sequence[Scenario], drivers: Sequence[str]) -> Iterator[str]:
    """Write the summary: of each driver and chapter, how many rows hold."""
    chapters = {
        name: of_chapter
        for letter, name in CHAPTERS.items()
        if (of_chapter := [row for row in rows if row.rule[0] == letter])
    }
    yield from _head(["", *(f"{name}: {len(of_chapter)} rows" for name, of_chapter in chapters.items())])
    for driver in drivers:
        counts = [_count(outcomes, of_chapter, driver) for of_chapter in chapters.values()]
        yield _line([driver, *map(_number, counts)])


def grid(outcomes: Outcomes, rows: Sequence[Scenario], drivers: Sequence[str]) -> Iterator[str]:
    """Write a line for each row, with a mark for each driver, which is named by a letter."""
    letters = dict(zip(drivers, ascii_lowercase, strict=False))
    yield from (f"{letter} {driver}" for driver, letter in letters.items())
    width = max(len(row.id) for row in rows) + 1
    for rule, of_rule in by_rules(rows):
        yield f"\n{rule.ljust(width)} {' '.join(letters.values())}"
        for row in of_rule:
            marks = [MARKS[outcomes[row.id, driver].word] for driver in drivers]
            yield f"{row.id.ljust(width)} {' '.join(marks)}"
    yield "\n" + "  ".join(f"{mark} {word}" for word, mark in MARKS.items())


def reasons(outcomes: Outcomes, rows: Sequence[Scenario], drivers: Sequence[str]) -> Iterator[str]:
    """Write why rows do not simply hold: a line for each reason of a driver, with the rows that it stands for."""
    for driver in drivers:
        told: dict[Outcome, list[str]] = {}
        for row in rows:
            told.setdefault(outcomes[row.id, driver], []).append(row.id)
        told.pop(Outcome("conforms"), None)
        yield from [driver] if told else []
        for (word, reason), names in told.items():
            yield f"  {word:8} {' '.join(names)}: {shorten(reason, 120)}"


def totals(outcomes: Outcomes, rows: Sequence[Scenario], drivers: Sequence[str]) -> Iterator[str]:
    """Write a line for each driver: how many rows came out how."""
    for driver in drivers:
        counts = _count(outcomes, rows, driver)
        words = ", ".join(f"{counts[word]} {word}" for word in MARKS if counts[word])
        yield f"{driver:24} {len(rows)} rows: {words}"


def wrong(outcomes: Outcomes, rows: Sequence[Scenario], drivers: Sequence[str]) -> Iterator[str]:
    """Write a line for each row that does not come out as it is declared."""
    for driver in drivers:
        for row in rows:
            word, reason = outcomes[row.id, driver]
            if word in ("fails", "hangs"):
                yield f"{driver} {row.id} ({row.rule}) {word}: {row.claim}: {reason}"


def by_rules(rows: Sequence[Scenario]) -> Iterator[tuple[str, list[Scenario]]]:
    """Give the rules in their order, each with its rows."""
    for rule in sorted({row.rule for row in rows}, key=lambda rule: (rule[0], int(rule[1:]))):
        yield rule, [row for row in rows if row.rule == rule]


def _count(outcomes: Outcomes, rows: Sequence[Scenario], driver: str) -> Counter[str]:
    return Counter(outcomes[row.id, driver].word for row in rows)


def _cell(counts: Counter[str]) -> str:
    """Write ``yes``, or how many hold, with what is declared."""
    if counts["conforms"] == counts.total():
        return "yes"
    declared = [f"{counts[word]} {word}" for word in ("declared", "varies") if counts[word]]
    return ", ".join([str(counts["conforms"]) if counts["conforms"] else "no", *declared])


def _number(counts: Counter[str]) -> str:
    """Write how many hold, and in brackets how many do not and are declared."""
    declared = counts["declared"] + counts["varies"]
    return f"{counts['conforms']} ({declared} declared)" if declared else str(counts["conforms"])


def _head(cells: Sequence[str]) -> list[str]:
    return [_line(cells), _line(["---"] * len(cells))]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
