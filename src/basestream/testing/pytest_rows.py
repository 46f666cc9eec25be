"""The kit as a pytest test: ``conformance_test`` is all that a backend's test file needs.

This is the one module here that imports pytest, and nothing else in basestream imports it.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

from ._check import DEADLINE, check
from ._drivers import Driver
from ._rows import scenarios
from ._scenarios import Scenario

try:
    import pytest
except ImportError as _error:
    raise ImportError(
        "basestream.testing.pytest_rows needs pytest: pip install pytest", name="pytest"
    ) from _error

__all__ = ["conformance_test"]


def conformance_test(*drivers: Driver, deadline: float = DEADLINE) -> Callable[..., None]:
    """Give a test that plays every row on every driver; bind it to a name that pytest collects.

    Its ids are ``driver-row``, so that ``-k`` takes a backend, a rule or a row. A failure tells the row, its rule,
    what was claimed and what was seen. Proxies and the netrc file of the environment are left out of it.

    Args:
        drivers: The backends, each with its profile; none makes a test that is skipped, as pytest does then.
        deadline: Seconds until a row that hangs has failed.

    Raises:
        ValueError: Two drivers have one name.

    Example:
        >>> import basestream_urllib3
        >>> from basestream.testing import Driver
        >>> test_conforms = conformance_test(Driver(basestream_urllib3))
        >>> [mark] = test_conforms.pytestmark
        >>> mark.args[1][0].id
        'urllib3-U1-segment'
    """
    names = [str(driver) for driver in drivers]
    if len(names) != len(set(names)):
        raise ValueError(f"drivers are told apart by their names, and these are {', '.join(names)}")
    rows = [
        pytest.param(driver, scenario, id=f"{driver}-{scenario}")
        for driver in drivers
        for scenario in scenarios()
    ]

    @pytest.mark.parametrize(("driver", "scenario"), rows)
    def test_row(driver: Driver, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
        """B2: a row holds, or is declared not to hold and does not."""
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("NETRC", os.devnull)
        if failure := _failure(driver, scenario, deadline):
            pytest.fail(failure, pytrace=False)  # without the source of `check`, where nothing is wrong

    return test_row


def _failure(driver: Driver, scenario: Scenario, deadline: float) -> str:
    """Give the verdict and where the row has failed; nothing if it is as it should be."""
    try:
        check(driver, scenario, deadline=deadline)
    except AssertionError as error:
        cause = error.__cause__
        if cause is None or cause.__traceback__ is None:  # a declared lack that is none, or a hang
            return str(error)
        return "\n".join([f"{error}\n", *traceback.format_exception(cause)])
    return ""
