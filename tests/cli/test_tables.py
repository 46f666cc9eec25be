"""What the command line prints as tables, to the character."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from basestream import _demo, _tables
from cli_support import Terminal

SIZE = 3_500_000  # in a second 3.5 MB/s, which is rounded to 4


def never(base: str, reference: str, body: object) -> Any:
    """Upload nothing: a table knows lanes by their labels."""
    raise AssertionError


ONE, TWO = _demo.Lane("plain", never), _demo.Lane("plain async", never)
RIGHT = _demo.Result(ONE.expected(SIZE, "12"), "12", 1.0, 14, "")
OTHER = _demo.Result(ONE.expected(SIZE, "13"), "12", 12.345, 5, "sha256 should be 12")
BROKEN = _demo.Result(None, "", 0.0, 0, "OSError: it broke")


def test_rows_of_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """C3. Columns are as wide as the widest row needs, numbers stand to the right, and a problem at the end."""
    table = _tables.DemoTable([ONE, TWO], SIZE)
    table.add(ONE, RIGHT)
    table.add(TWO, OTHER)
    table.add(TWO, BROKEN)

    assert capsys.readouterr().out == (
        "backend      request                   framing                    bytes  sha256     seconds  MB/s  blocks\n"
        "plain        PUT /v1/demo/plain        Content-Length: 3500000  3500000  ok            1.00     4      14\n"
        "plain async  PUT /v1/demo/plain        Content-Length: 3500000  3500000  DIFFERENT    12.35     0       5"
        "  sha256 should be 12\n"
        "plain async  FAILED: OSError: it broke\n"
    )


def test_columns_of_short_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """C3. A column is never narrower than its name."""
    lane = _demo.Lane("x", never)
    table = _tables.DemoTable([lane], 1)
    table.add(lane, _demo.Result(lane.expected(1, "12"), "12", 0.5, 1, ""))

    assert capsys.readouterr().out == (
        "backend  request         framing            bytes  sha256     seconds  MB/s  blocks\n"
        "x        PUT /v1/demo/x  Content-Length: 1      1  ok            0.50     0       1\n"
    )


def test_rows_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """C3. A row is written as soon as its upload is judged, also into a buffered pipe."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="utf-8"))
    table = _tables.DemoTable([ONE], SIZE)
    table.add(ONE, RIGHT)

    assert b"\nplain " in written.getvalue()


@pytest.mark.parametrize(
    ("result", "colour"),
    [
        pytest.param(RIGHT, "\x1b[32m", id="right"),
        pytest.param(OTHER, "\x1b[31m", id="other bytes"),
        pytest.param(BROKEN, "\x1b[31m", id="broken"),
    ],
)
def test_colours(result: _demo.Result, colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """C3. On a terminal a right row is green and a wrong one red, to its end."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    table = _tables.DemoTable([ONE], SIZE)
    table.add(ONE, result)

    head, row, end = terminal.getvalue().split("\n")
    assert (row[:5], row[-4:], end) == (colour, "\x1b[0m", "")
    assert "\x1b" not in head + row[5:-4]


@pytest.mark.parametrize(
    ("terminal", "no_color"),
    [
        pytest.param(True, "1", id="NO_COLOR"),
        pytest.param(False, "", id="no terminal"),
        pytest.param(False, None, id="no terminal, unset"),
    ],
)
def test_no_colours(terminal: bool, no_color: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """C3. There are no colours with NO_COLOR, nor off a terminal."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys, "stdout", output := Terminal() if terminal else io.StringIO())
    table = _tables.DemoTable([ONE], SIZE)
    table.add(ONE, RIGHT)

    assert "\x1b" not in output.getvalue()


def test_rows_that_end_early(capsys: pytest.CaptureFixture[str]) -> None:
    """C1. The last cell of a row makes no column wider, and nothing stands behind it."""
    _tables.print_table(
        [["a", "b", "c"], ["long", "xx", "end of it"], ["y", "not there, for a long reason"], ["z"]]
    )

    assert capsys.readouterr().out == (
        "a     b   c\nlong  xx  end of it\ny     not there, for a long reason\nz\n"
    )
