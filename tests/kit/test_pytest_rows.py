"""B2: the kit as a pytest test: what it is called, what it says when a row fails, what it keeps out.

No client is needed here: the rows touch none.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
from collections.abc import Callable
from types import ModuleType

import pytest

from basestream.testing import Driver, Profile, Scenario, Stage, scenarios
from basestream.testing.pytest_rows import conformance_test


def driver(name: str = "small", **declared: dict[str, str]) -> Driver:
    """Give a driver whose backend is never asked for anything."""
    return Driver(ModuleType(f"basestream_{name}"), profile=Profile(**declared))


def row(run: Callable[[Stage], None]) -> Scenario:
    """Give a row."""
    return Scenario("X1-row", "X1", "the sky is blue", run, needs=frozenset({"retries"}))


def holds(stage: Stage) -> None:
    """Play a row whose claim holds."""


def fails(stage: Stage) -> None:
    """Play one whose claim does not."""
    raise AssertionError("seen: something else")


def ids(test: Callable[..., None]) -> list[str]:
    """Give the ids that pytest will show."""
    [mark] = vars(test)["pytestmark"]
    return [parameters.id for parameters in mark.args[1]]


def test_each_driver_and_row_is_a_case() -> None:
    """B2: an id names the backend and the row, and a row's name begins with its rule."""
    rows = [str(scenario) for scenario in scenarios()]
    expected = [f"{name}-{row}" for name in ("one", "two") for row in rows]
    assert expected == ids(conformance_test(driver("one"), driver("two")))


def test_two_drivers_of_one_name_are_refused() -> None:
    """B2: nobody could tell which of them failed."""
    with pytest.raises(ValueError, match="told apart by their names, and these are small, small"):
        conformance_test(driver(), driver())


def test_each_test_is_a_function_of_its_own() -> None:
    """B2: a file may bind several."""
    assert conformance_test(driver()) is not conformance_test(driver())


def test_a_row_that_holds_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """B2: so does one that is declared not to hold, and does not."""
    conformance_test()(driver(), row(holds), monkeypatch)
    conformance_test()(driver(lacks={"retries": "none"}), row(fails), monkeypatch)


def test_a_failure_tells_rule_claim_and_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """B2: and the line of the row where it was seen, without the source of the kit around it."""
    with pytest.raises(pytest.fail.Exception) as raised:
        conformance_test()(driver(), row(fails), monkeypatch)
    first, second, *trace = str(raised.value).splitlines()
    assert ("small X1-row (X1): the sky is blue", "seen: something else") == (first, second)
    assert any("in fails" in line for line in trace), trace
    assert not raised.value.pytrace


def test_a_declared_lack_that_works_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """B2: there is no place where a row failed."""
    with pytest.raises(pytest.fail.Exception) as raised:
        conformance_test()(driver(lacks={"retries": "none"}), row(holds), monkeypatch)
    assert "small X1-row (X1): declared not to hold (retries: none), and it holds" == str(raised.value)


def test_a_hang_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """B2: after the deadline that the test was made with."""
    ended = threading.Event()
    with pytest.raises(pytest.fail.Exception) as raised:
        conformance_test(deadline=0.05)(driver(), row(lambda stage: [None][ended.wait(60)]), monkeypatch)
    ended.set()
    expected = "small X1-row (X1): the sky is blue\nno result after 0.05 seconds"
    assert expected == str(raised.value)


def test_proxies_and_netrc_are_kept_out() -> None:
    """B2: what the machine is set to decides no row, and is as before afterwards."""
    seen: dict[str, str | None] = {}

    def look(stage: Stage) -> None:
        seen.update({name: os.environ.get(name) for name in ("http_proxy", "ALL_PROXY", "NETRC")})

    with pytest.MonkeyPatch.context() as outer:
        for name in ("http_proxy", "ALL_PROXY", "NETRC"):
            outer.setenv(name, "mine")
        with pytest.MonkeyPatch.context() as inner:
            conformance_test()(driver(), row(look), inner)
        assert "mine" == os.environ["ALL_PROXY"]
    assert {"http_proxy": None, "ALL_PROXY": None, "NETRC": os.devnull} == seen


def test_without_pytest_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """B2: pytest is no dependency, and only this module asks for it."""
    monkeypatch.setitem(sys.modules, "pytest", None)
    monkeypatch.delitem(sys.modules, "basestream.testing.pytest_rows")
    with pytest.raises(ImportError, match=r"pytest_rows needs pytest: pip install pytest"):
        runpy.run_module("basestream.testing.pytest_rows")
