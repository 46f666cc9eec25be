"""A pytest plugin that puts basestream's classes in the place of a client's own, and writes down every outcome.

`run_peers` loads it with ``-p peers_plugin``, before anything of the client's tests, and says by the environment:

- ``PEERS_CLIENT``: ``requests``, ``httpx`` or ``requests_toolbelt``;
- ``PEERS_OURS``: ``1`` replaces the classes, ``0`` leaves them (the baseline);
- ``PEERS_REPORT``: the JSON file to write, ``{"made": <objects of ours>, "outcomes": {<test id>: <outcome>}}``.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Replacement(NamedTuple):
    """A client's class, and ours for it."""

    home: str
    name: str
    package: str
    ours: str


REPLACEMENTS = {
    "requests": [Replacement("requests.sessions", "Session", "basestream_requests", "BaseUrlSession")],
    "httpx": [
        Replacement("httpx", "Client", "basestream_httpx", "BaseUrlSession"),
        Replacement("httpx", "AsyncClient", "basestream_httpx", "AsyncBaseUrlSession"),
    ],
    "requests_toolbelt": [
        Replacement("requests_toolbelt.sessions", "BaseUrlSession", "basestream_requests", "BaseUrlSession"),
        Replacement(
            "requests_toolbelt.streaming_iterator",
            "StreamingIterator",
            "basestream_requests",
            "StreamingIterator",
        ),
    ],
}

made: list[str] = []
outcomes: dict[str, str] = {}
original_names: dict[object, str] = {}


def count(kind: type[Any], name: str) -> None:
    """Note each object that is made, so that a run which went past our class is noticed."""
    original = kind.__init__

    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        made.append(name)
        original(self, *args, **kwargs)

    kind.__init__ = init


def replace(client: str) -> None:
    """Replace the client's classes in each of its modules: tests and the client's own functions find ours."""
    for home, name, package, ours in REPLACEMENTS[client]:
        original: object = getattr(import_module(home), name)
        kind: type[Any] = getattr(import_module(package), ours)
        count(kind, name)
        original_names[kind] = name
        for path, module in list(sys.modules.items()):
            if path.partition(".")[0] == client and vars(module).get(name) is original:
                setattr(module, name, kind)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name our class in a test's id as the one it stands for."""
    return original_names.get(val) if isinstance(val, type) else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test has passed when all its phases have."""
    if outcomes.get(report.nodeid, "passed") == "passed":
        outcomes[report.nodeid] = "xfail" if hasattr(report, "wasxfail") else report.outcome


def pytest_sessionfinish() -> None:
    """Write the report."""
    report = {"made": len(made), "outcomes": outcomes}
    Path(os.environ["PEERS_REPORT"]).write_text(json.dumps(report, indent=1), encoding="utf-8")


import_module(os.environ["PEERS_CLIENT"])
if os.environ["PEERS_OURS"] == "1":
    replace(os.environ["PEERS_CLIENT"])
