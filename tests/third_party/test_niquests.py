"""B3: the conformance kit on basestream over niquests, which stands in the place of urllib3."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from typing import Any

import pytest

from basestream.testing import Caller, Driver, Profile
from basestream.testing.pytest_rows import conformance_test

pytest.importorskip("niquests")

PROFILE = Profile(
    lacks={
        "redirects": "the backend follows none",
        "session-auth": "the backend's sessions have headers, and no other credentials",
        "session-params": "the backend's sessions have headers, and no other credentials",
        "cookies": "the backend's sessions have headers, and no other credentials",
        "call-auth": "the backend takes headers for a request",
        "guess-auth": "the backend answers no challenges",
    },
    varies={"answer-before-reset": "niquests looks for an answer after EPIPE, and not after ECONNRESET"},
    differs={
        "U4-empty-query": "niquests drops an empty query, and nothing public can stop it",
        "U20-nested": "niquests closes the connection of an upload when another request is made meanwhile",
    },
)


class Patient(Driver):
    """A driver that knows niquests' word for sending again."""

    def patient_session(self, base_url: str, *, cls: Any = None) -> AbstractContextManager[Caller]:
        """Open a session that sends again after a fault of the network and after a 503."""
        retry: Any = importlib.import_module("niquests.packages.urllib3.util").Retry
        policy = retry(3, allowed_methods=None, status_forcelist=[503], backoff_factor=0)
        return self.session(base_url, cls=cls, retries=policy)


DRIVER = Patient(importlib.import_module("third_party.niquests_backend"), profile=PROFILE)

test_conforms = conformance_test(DRIVER)
