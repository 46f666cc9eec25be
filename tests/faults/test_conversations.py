"""A short run of the conversations that `python -m faults` draws by the thousand: the same ones each time."""

from __future__ import annotations

import gc
import logging
from collections import Counter

import pytest
from hypothesis.stateful import run_state_machine_as_test

from basestream.testing import RecordingServer
from faults.backends import BACKENDS, Ours
from faults.machine import conversations
from faults.proxy import Proxy
from faults.runs import short_run
from faults.scripts import Step


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # docs/limits.md, requests
@pytest.mark.parametrize("backend", BACKENDS, ids=str)
def test_sessions_over_broken_networks(backend: Ours, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3, S6, S8, S9, W1, W3: only what was asked for is executed, each body exact, and the session goes on."""
    # pytest keeps what is logged: errors that urllib3 goes on after, and with their frames its connections.
    for name in ("connection", "connectionpool"):
        monkeypatch.setattr(logging.getLogger(f"urllib3.{name}"), "disabled", True)
    figures: Counter[str] = Counter()
    run_state_machine_as_test(conversations(backend, figures), settings=short_run(4, 6))
    gc.collect()
    assert figures["complete requests compared"]
    assert figures["requests with faults"]


@pytest.mark.parametrize("at", [12, 17, 60], ids=["in-status", "after-status-line", "in-a-field"])
@pytest.mark.parametrize("backend", BACKENDS, ids=str)
def test_an_answer_whose_head_breaks_off(backend: Ours, at: int) -> None:
    """Limits: `http.client` takes the end for the empty line, and httpx raises; the session goes on with either."""
    with (
        RecordingServer() as server,
        Proxy(server.host, server.port) as proxy,
        backend.session(f"{proxy.url}/v1", "none") as api,
    ):
        with proxy.playing((Step("response", at, "half-close"),)):
            if backend.client.takes_cut_heads:
                reply = api.request("GET", "item", timeout=10)
                assert (200, b"") == (reply.status, reply.body)
            else:
                with pytest.raises(backend.client.errors):
                    api.request("GET", "item", timeout=10)
        assert b"/v1/next" in api.request("GET", "next", timeout=10).body
