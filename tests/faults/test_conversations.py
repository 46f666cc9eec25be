"""A short run of the conversations that `python -m faults` draws by the thousand: the same ones each time."""

from __future__ import annotations

import logging
from collections import Counter

import pytest
from hypothesis.stateful import run_state_machine_as_test

from faults.backends import BACKENDS, Ours
from faults.machine import conversations
from faults.runs import short_run


@pytest.mark.parametrize("backend", BACKENDS, ids=str)
def test_sessions_over_broken_networks(backend: Ours, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3, S6, S8, S9, W1, W3: only what was asked for is executed, each body exact, and the session goes on."""
    # pytest keeps what is logged: the errors that urllib3 retries after, and with them its connections.
    monkeypatch.setattr(logging.getLogger("urllib3.connectionpool"), "disabled", True)
    figures: Counter[str] = Counter()
    run_state_machine_as_test(conversations(backend, figures), settings=short_run(6, 6))
    assert figures["complete requests compared"]
    assert figures["requests with faults"]
