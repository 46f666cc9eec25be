"""B3: a backend over a client that nobody planned for, and the kit's rows on it.

This is all that a backend's own test file needs.
"""

from __future__ import annotations

import pytest

from basestream.testing import Driver, Profile, Scenario, check, scenarios
from third_party import stdlib_backend

PROFILE = Profile(
    lacks={
        "session-auth": "the backend's sessions have headers, and no other credentials",
        "session-params": "the backend's sessions have headers, and no other credentials",
        "cookies": "the backend's sessions have headers, and no other credentials",
        "guess-auth": "the backend answers no challenges",
        "call-auth": "the backend takes headers for a request",
        "redirects": "http.client follows none, and neither does the backend",
        "retries": "http.client never sends a request again",
    }
)
DRIVER = Driver(stdlib_backend, profile=PROFILE)


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_conforms(scenario: Scenario) -> None:
    """B3: a row holds, or is declared not to hold and does not."""
    assert check(DRIVER, scenario) in ("conforms", "declared")
