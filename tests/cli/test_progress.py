"""C1, C3: how far an upload is, as it is drawn on a terminal, to the character."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from basestream import _progress
from cli_support import Terminal


class Clock:
    """A time that stands still unless it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that progress is measured by."""
    clock = Clock()
    monkeypatch.setattr(_progress, "time", clock)
    return clock


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make standard error a terminal; pytest sets it anew after the fixtures."""
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    return terminal


class Tqdm:
    """What is asked of tqdm's bar."""

    monitor_interval = 10
    made: dict[str, Any]
    asked: list[tuple[str, int]]

    def __init__(self, **options: Any) -> None:
        type(self).made = options
        type(self).asked = []
        self.n = 0

    def reset(self, total: int) -> None:
        self.asked.append(("reset", total))
        self.n = 0

    def update(self, count: int) -> None:
        self.asked.append(("update", count))
        self.n += count

    def close(self) -> None:
        self.asked.append(("close", self.n))


def test_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. tqdm's bar counts bytes on standard error, begins again with each attempt, and has no thread."""
    terminal = watched(monkeypatch)
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=Tqdm))
    with _progress.progress("x") as report:
        for sent in (0, 3, 5, 0, 1):
            report(sent, 5)

    assert Tqdm.monitor_interval == 0
    assert Tqdm.made == {
        "desc": "x",
        "unit": "B",
        "unit_scale": True,
        "file": terminal,
        "dynamic_ncols": True,
    }
    assert Tqdm.asked == [
        ("reset", 5),
        ("update", 0),
        ("update", 3),
        ("update", 2),
        ("reset", 5),
        ("update", 0),
        ("update", 1),
        ("close", 1),
    ]


def test_line_that_stays(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. Without tqdm a line is drawn over itself, ten times a second and at the end, and stays."""
    terminal = watched(monkeypatch)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with _progress.progress("x") as report:
        for now, sent in ((0.0, 0), (0.05, 20), (0.125, 40), (0.2, 60), (0.25, 90), (0.5, 200)):
            clock.now = 100 + now
            report(sent * 10**6, 200 * 10**6)

    assert terminal.getvalue() == (
        "\rx: 0 %, 0 MB/s\rx: 20 %, 320 MB/s\rx: 45 %, 360 MB/s\rx: 100 %, 400 MB/s\n"
    )


def test_line_that_goes(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """C3. The demo's line is wiped out at the end, and the row of the table begins where it began."""
    terminal = watched(monkeypatch)
    with _progress.Line("x") as line:
        clock.now += 2
        line(7_000_000, 7_000_000)  # 3.5 MB/s

    assert terminal.getvalue() == "\rx: 100 %, 4 MB/s\r" + " " * 16 + "\r"


def test_line_that_was_never_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """C3. Where nothing was drawn nothing is wiped out."""
    terminal = watched(monkeypatch)
    with _progress.Line("x"):
        pass

    assert terminal.getvalue() == "\r\r"


def test_shorter_line(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. A line that is shorter than the one before leaves nothing of it."""
    terminal = watched(monkeypatch)
    line = _progress.Line("x")
    for sent in (10**8, 0):
        clock.now += 1
        line(sent, 10**8)

    assert terminal.getvalue() == "\rx: 100 %, 100 MB/s\rx: 0 %, 0 MB/s    "


def test_line_after_a_tenth_of_a_second(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. A tenth of a second after the beginning is late enough, and less is not."""
    terminal = watched(monkeypatch)
    clock.now = 0.0
    line = _progress.Line("x")
    for clock.now, sent in ((0.09, 1), (0.1, 2)):
        line(sent, 4)

    assert terminal.getvalue() == "\rx: 50 %, 0 MB/s"


@pytest.mark.parametrize(
    ("total", "drawn"),
    [
        pytest.param(0, "\rx: 0 %, 0 MB/s", id="empty"),
        pytest.param(1, "\rx: 100 %, 1000 MB/s", id="one byte"),
    ],
)
@pytest.mark.usefixtures("clock")
def test_line_without_time(total: int, drawn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. An upload that is done at once, or has nothing to send, divides by nothing."""
    terminal = watched(monkeypatch)
    _progress.Line("x")(total, total)

    assert terminal.getvalue() == drawn


class SlowTerminal(io.TextIOWrapper):
    """A terminal that writes what it is told to flush."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("keep", "end"), [(True, b"\n"), (False, b"\r" + b" " * 14 + b"\r")], ids=["stays", "goes"]
)
@pytest.mark.usefixtures("clock")
def test_what_is_drawn_is_seen(keep: bool, end: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. What is drawn is on the terminal at once."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", SlowTerminal(written, encoding="utf-8", newline=""))
    with _progress.Line("x", keep=keep) as line:
        line(0, 10)
        assert written.getvalue() == b"\rx: 0 %, 0 MB/s"
    assert written.getvalue() == b"\rx: 0 %, 0 MB/s" + end


@pytest.mark.parametrize("keep", [True, False], ids=["stays", "goes"])
def test_nothing_off_a_terminal(keep: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. A standard error that is no terminal gets nothing, neither while the upload runs nor at its end."""
    monkeypatch.setattr(sys, "stderr", written := io.StringIO())
    for shown in (_progress.Line("x", keep=keep), _progress.progress("x")):
        with shown as report:
            report(0, 1)
            report(1, 1)

    assert written.getvalue() == ""


def test_nothing_when_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. A terminal gets nothing where nothing is wanted."""
    terminal = watched(monkeypatch)
    with _progress.progress("x", quiet=True) as report:
        report(0, 1)

    assert terminal.getvalue() == ""


def test_standard_error_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. A closed standard error is no terminal."""
    monkeypatch.setattr(sys, "stderr", None)
    assert not _progress.is_watched()
    with _progress.Line("x", keep=True) as line:
        line(0, 1)
