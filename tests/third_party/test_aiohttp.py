"""B3: a backend over a client that reads while it writes, async only, and the kit's rows on it."""

from __future__ import annotations

import importlib

import pytest

from basestream.testing import Driver, Profile
from basestream.testing.pytest_rows import conformance_test

# Older ones wait for ever when the connection breaks during an upload: the rows S8-reset and S8-close show it.
pytest.importorskip("aiohttp", minversion="3.14.4")


PROFILE = Profile(
    lacks={
        "session-auth": "the backend's sessions have headers, and no other credentials",
        "session-params": "the backend's sessions have headers, and no other credentials",
        "cookies": "the backend's sessions have headers, and no other credentials",
        "guess-auth": "the backend answers no challenges",
        "call-auth": "the backend takes headers for a request",
        "retries": "aiohttp repeats a request on a connection that was gone already, and has no policy",
        "reset-on-reused-connection": "aiohttp shows a socket when it opens it, and not when it uses it again",
    },
    varies={"wrong-body-after-early-answer": "aiohttp stops an upload when the answer is there"},
    differs={"U4-empty-query": "yarl drops an empty query, and aiohttp takes no other URL"},
)
DRIVER = Driver(importlib.import_module("third_party.aiohttp_backend"), asynchronous=True, profile=PROFILE)

test_conforms = conformance_test(DRIVER)
