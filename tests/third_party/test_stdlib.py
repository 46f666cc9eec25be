"""The conformance kit on basestream over http.client."""

from __future__ import annotations

from basestream.testing import Driver, Profile
from basestream.testing.pytest_rows import conformance_test
from third_party import stdlib_backend as basestream_stdlib

PROFILE = Profile(
    lacks={
        "redirects": "http.client follows none, and neither does the backend",
        "retries": "http.client never sends a request again",
        "session-auth": "a session has headers, and nothing else that goes with every request",
        "session-params": "a session has headers, and nothing else that goes with every request",
        "cookies": "a session has headers, and nothing else that goes with every request",
        "call-auth": "a request takes headers",
        "guess-auth": "http.client knows no challenges, and neither does the backend",
    }
)
DRIVER = Driver(basestream_stdlib, profile=PROFILE)

test_conforms = conformance_test(DRIVER)
