"""B2: what is made of a run: outcomes with a hang among them, the tables, the grid, and the pages they stand in.

No client is needed here: the backends are names, and the rows touch none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from basestream.testing import Driver, Profile, Scenario, Stage
from kit.matrix import BEGIN, END, renewed
from kit.runs import Outcome, played
from kit.tables import by_chapter, by_rule, grid, reasons, totals, wrong


def row(name: str, run: Callable[[Stage], None] = lambda stage: None, *needs: str) -> Scenario:
    """Give a row whose rule stands before the first hyphen."""
    return Scenario(name, name.partition("-")[0], "the sky is blue", run, needs=frozenset(needs))


def driver(name: str, **declared: dict[str, str]) -> Driver:
    """Give a driver whose backend is never asked for anything."""
    return Driver(ModuleType(name), profile=Profile(**declared))


def fails(stage: Stage) -> None:
    """Play a row whose claim does not hold."""
    raise AssertionError("it is grey")


ROWS = [row("U10-late"), row("U2-a"), row("U2-b"), row("S1-c")]
HOLDS, DECLARED, FAILS = Outcome("conforms"), Outcome("declared", "no such thing"), Outcome("fails", "grey")
OUTCOMES = {
    **{(name.id, "ours"): HOLDS for name in ROWS},
    ("U2-a", "ours"): DECLARED,
    ("S1-c", "ours"): Outcome("varies", "as it falls"),
    **{(name.id, "other"): FAILS for name in ROWS},
    ("U10-late", "other"): HOLDS,
    ("U2-b", "other"): Outcome("hangs", "no result"),
}
NAMES = ["ours", "other"]


# --- a run


def test_an_outcome_is_a_word_and_a_reason() -> None:
    """B2: what is declared, what varies, what was seen."""
    one = driver("one", lacks={"retries": "none"}, varies={"early-answer": "at times"})
    rows = [
        row("X1-holds"),
        row("X1-fails", fails),
        row("X1-declared", fails, "retries"),
        row("X1-varies", fails, "early-answer"),
        row("X1-works", lambda stage: None, "retries"),
    ]
    works = "one X1-works (X1): declared not to hold (retries: none), and it holds"
    assert {
        ("X1-holds", "one"): ("conforms", ""),
        ("X1-fails", "one"): ("fails", "it is grey"),
        ("X1-declared", "one"): ("declared", "retries: none"),
        ("X1-varies", "one"): ("varies", "at times"),
        ("X1-works", "one"): ("fails", works),
    } == played([one], rows)


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """What ends a row that hangs, when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_a_hang_is_an_outcome_and_the_next_row_begins_beside_it(over: threading.Event) -> None:
    """B2: two rows that wait for a third would wait for ever one after the other."""
    third = threading.Event()

    def waits(stage: Stage) -> None:
        assert third.wait(60)

    def hangs(stage: Stage) -> None:
        over.wait(60)

    rows = [
        row("X1-a", waits),
        row("X1-b", waits),
        row("X1-c", lambda stage: third.set()),
        row("X1-d", hangs),
    ]
    outcomes = played([driver("one")], rows, deadline=3)
    assert ["conforms"] * 3 == [outcomes[name, "one"].word for name in ("X1-a", "X1-b", "X1-c")]
    assert Outcome("hangs", "no result after 3 seconds") == outcomes["X1-d", "one"]


def test_each_row_has_a_driver_of_its_own() -> None:
    """B2: a driver keeps the event loop of its session, and rows overlap."""
    seen: list[Driver] = []
    one = driver("one")
    played([one], [row("X1-a", lambda stage: seen.append(stage.driver)), row("X1-b", fails)])
    assert [False] == [each is one for each in seen]
    assert ["one"] == [str(each) for each in seen]


# --- what is written of it


def test_the_table_counts_what_holds_of_each_rule() -> None:
    """B2: rules stand in the order of their numbers."""
    assert [
        "| rule | rows | ours | other |",
        "| --- | --- | --- | --- |",
        "| S1 | 1 | no, 1 varies | no |",
        "| U2 | 2 | 1, 1 declared | no |",
        "| U10 | 1 | yes | yes |",
    ] == list(by_rule(OUTCOMES, ROWS, NAMES))


def test_the_summary_counts_what_holds_of_each_chapter() -> None:
    """B2: a chapter without a row is left out."""
    assert [
        "|  | URLs: 3 rows | streams: 1 rows |",
        "| --- | --- | --- |",
        "| ours | 2 (1 declared) | 0 (1 declared) |",
        "| other | 1 | 0 |",
    ] == list(by_chapter(OUTCOMES, ROWS, NAMES))


def test_the_grid_has_a_mark_for_each_row_and_driver() -> None:
    """B2: with the letter of each driver above each rule."""
    assert [
        "a ours",
        "b other",
        "\nS1        a b",
        "S1-c      v -",
        "\nU2        a b",
        "U2-a      d -",
        "U2-b      + H",
        "\nU10       a b",
        "U10-late  + +",
        "\n+ conforms  d declared  v varies  - fails  H hangs",
    ] == list(grid(OUTCOMES, ROWS, NAMES))


def test_the_rows_of_one_reason_stand_together() -> None:
    """B2: and what holds needs none."""
    assert [
        "ours",
        "  declared U2-a: no such thing",
        "  varies   S1-c: as it falls",
        "other",
        "  fails    U2-a S1-c: grey",
        "  hangs    U2-b: no result",
    ] == list(reasons(OUTCOMES, ROWS, NAMES))
    assert [] == list(reasons({("S1-c", "ours"): HOLDS}, ROWS[3:], ["ours"]))


def test_the_totals_are_counted_by_word() -> None:
    """B2: a line for each driver."""
    assert ["4 rows: 2 conforms, 1 declared, 1 varies", "4 rows: 1 conforms, 2 fails, 1 hangs"] == [
        line.partition(" ")[2].strip() for line in totals(OUTCOMES, ROWS, NAMES)
    ]


def test_only_what_fails_or_hangs_is_wrong() -> None:
    """B2: and each is told with its rule and its claim."""
    assert [] == list(wrong(OUTCOMES, ROWS, ["ours"]))
    assert "other U2-b (U2) hangs: the sky is blue: no result" in list(wrong(OUTCOMES, ROWS, ["other"]))


# --- the pages


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with a place for a table."""
    path = tmp_path / "page.md"
    path.write_text(f"before\n\n{BEGIN}\n\nold\n\n{END}\n\nafter\n")
    return path


def test_a_table_is_written_between_its_markers(page: Path) -> None:
    """B2: and the rest of the page is left as it is; once more changes nothing."""
    expected = f"before\n\n{BEGIN}\n\n| new |\n| --- |\n\n{END}\n\nafter\n"
    for check in (False, False, True):
        assert renewed(page, ["| new |", "| --- |"], check=check)
        assert expected == page.read_text()


def test_another_table_is_told_and_not_written(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """B2: with the lines that differ."""
    before = page.read_text()
    assert not renewed(page, ["| new |"], check=True)
    assert before == page.read_text()
    assert {"-old", "+| new |", "page.md differs: run nox -s matrix, and commit it"} <= set(
        capsys.readouterr().out.splitlines()
    )


def test_a_page_without_markers_is_a_mistake(tmp_path: Path) -> None:
    """B2: a marker that was lost must not pass for a table that is the same."""
    page = tmp_path / "page.md"
    page.write_text("no place")
    with pytest.raises(AssertionError, match=r"page.md has no place for a table"):
        renewed(page, [], check=True)
