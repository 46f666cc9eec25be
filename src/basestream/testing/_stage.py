"""Where a row is played: a backend, a server and a stranger, and the verdict."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ._server import RecordingServer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ._drivers import Caller, Driver
    from ._records import Exchange
    from ._scenarios import Scenario

Verdict = Literal["conforms", "declared"]

DEADLINE = 30.0
"""Seconds for one row: a hang is a result."""


class Stage:
    """A backend to call, and servers that record what it sends; they are started when a row asks for them."""

    def __init__(self, driver: Driver, stack: ExitStack) -> None:
        self.driver = driver
        self._stack = stack

    @cached_property
    def server(self) -> RecordingServer:
        """The server that the base names."""
        return self._stack.enter_context(RecordingServer())

    @cached_property
    def stranger(self) -> RecordingServer:
        """Another origin."""
        return self._stack.enter_context(RecordingServer())

    @property
    def base(self) -> str:
        """The base of the rows: a path without a final slash."""
        return f"{self.server.url}/v1"

    def session(self, **options: Any) -> AbstractContextManager[Caller]:
        """Open a session with that base."""
        return self.driver.session(self.base, **options)

    def patient_session(self) -> AbstractContextManager[Caller]:
        """Open one that sends again by itself, if the client can."""
        return self.driver.patient_session(self.base)

    def body(self, size: int, source: Any, *, readable: bool = False, **options: Any) -> Any:
        """Make a body of known size, with ``read`` if it is to be readable."""
        return self.driver.body(size, source, readable=readable, **options)

    def exchanges(self, *, complete: bool | None = None) -> list[Exchange]:
        """Give what the server has recorded, when nothing is under way any more."""
        self.server.wait_idle()
        return [exchange for exchange in self.server.exchanges if complete in (None, exchange.complete)]

    def endings(self) -> list[str]:
        """Give how the connections to the server have ended, when all have."""
        self.server.wait_closed()
        return [connection.ended for connection in self.server.connections]


class Raised:
    """What `raises` has caught."""

    error: BaseException


@contextmanager
def raises(*expected: type[BaseException]) -> Generator[Raised, None, None]:
    """Assert that a block raises one of these errors."""
    raised = Raised()
    try:
        yield raised
    except expected as error:
        raised.error = error
        return
    except Exception as error:
        raise AssertionError(f"{_names(expected)} expected, not {error!r}") from error
    raise AssertionError(f"{_names(expected)} expected, and nothing was raised")


def _names(errors: tuple[type[BaseException], ...]) -> str:
    return " or ".join(error.__name__ for error in errors)


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
        raise AssertionError(
            f"{driver} {scenario} ({scenario.rule}): {scenario.claim}\n{failure}"
        ) from failure
    if not driver.profile.is_steady(scenario):
        return "conforms" if failure is None else "declared"
    if failure is None and declared:
        raise AssertionError(f"{driver} {scenario}: declared not to hold ({declared}), and it holds")
    if failure is not None and not declared:
        raise AssertionError(
            f"{driver} {scenario} ({scenario.rule}): {scenario.claim}\n{failure}"
        ) from failure
    return "declared" if declared else "conforms"


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
