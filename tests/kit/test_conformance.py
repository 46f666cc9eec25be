"""B2: the kit's rows on each of our own backends, and that none of their declarations is out of date."""

from __future__ import annotations

import pytest

from basestream.testing import Scenario, check, scenarios
from drivers import Driver


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_our_backends_conform(driver: Driver, scenario: Scenario) -> None:
    """B2: a row holds, or is declared not to hold and does not."""
    assert check(driver, scenario) in ("conforms", "declared")
