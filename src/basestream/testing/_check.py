"""The verdict on a backend: a row is played, with a deadline, and held against what the profile declares."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Literal

from ._drivers import Driver
from ._scenarios import Scenario
from ._stage import Stage

Verdict = Literal["conforms", "declared"]

DEADLINE = 30.0
"""Seconds for one row: a hang is a result."""


class Hang(AssertionError):
    """A row has given no result in time: no declaration covers that."""


def check(driver: Driver, scenario: Scenario, *, deadline: float = DEADLINE) -> Verdict:
    """Play a row on a backend.

    Args:
        driver: The backend, with its profile.
        scenario: The row.
        deadline: Seconds until a hang counts as a failure.

    Returns:
        ``"conforms"``, or ``"declared"`` where the profile says that it does not and it does not.

    Raises:
        AssertionError: The claim does not hold, a declared lack is none, or a row hangs, declared or not.
    """
    declared = driver.profile.declared(scenario)
    failure = _failure(driver, scenario, deadline)
    if isinstance(failure, Hang):
        raise _told(driver, scenario, failure) from failure
    if not driver.profile.is_steady(scenario):
        return "conforms" if failure is None else "declared"
    if failure is None and declared:
        raise AssertionError(
            f"{driver} {scenario} ({scenario.rule}): declared not to hold ({declared}), and it holds"
        )
    if failure is not None and not declared:
        raise _told(driver, scenario, failure) from failure
    return "declared" if declared else "conforms"


def _told(driver: Driver, scenario: Scenario, failure: BaseException) -> AssertionError:
    # Of an error that the row did not expect its kind too: many have no text.
    seen = str(failure) if isinstance(failure, AssertionError) else repr(failure)
    return AssertionError(f"{driver} {scenario} ({scenario.rule}): {scenario.claim}\n{seen}")


def _failure(driver: Driver, scenario: Scenario, deadline: float) -> BaseException | None:
    """Play a row in a thread that can be left behind."""
    failures: list[BaseException] = []

    def play() -> None:
        try:
            with ExitStack() as stack:
                scenario.run(Stage(driver, stack))
        except BaseException as error:  # what a thread raises nobody would see
            failures.append(error)

    thread = threading.Thread(target=play, name=f"kit-{scenario.id}", daemon=True)
    thread.start()
    thread.join(deadline)
    if thread.is_alive():
        return Hang(f"no result after {deadline:g} seconds")
    return failures[0] if failures else None
