"""Fixtures of all tests; and the check that a run for one client has no other one to lean on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from basestream.testing import RecordingServer
from drivers import DRIVERS, Driver
from support import BRINGS, CLIENTS, ONLY, installed


def pytest_configure() -> None:
    if ONLY is None:
        return
    wanted: set[str] = set() if ONLY == "none" else {ONLY} | BRINGS.get(ONLY, set())
    there = {client for client in CLIENTS if installed(client)}
    if there != wanted:
        raise pytest.UsageError(
            f"BASESTREAM_CLIENT={ONLY}, but installed: {', '.join(sorted(there)) or 'none'}"
        )


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    """A server that records every byte."""
    with RecordingServer() as server:
        yield server


@pytest.fixture
def stranger() -> Iterator[RecordingServer]:
    """A second server: another origin, which no credential may reach."""
    with RecordingServer() as server:
        yield server


@pytest.fixture(params=DRIVERS, ids=str)
def driver(request: pytest.FixtureRequest) -> Driver:
    """Each backend under test in turn, sync and async."""
    driver: Driver = request.param
    return driver


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies and netrc of the machine must not decide what a test sees."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NETRC", "/dev/null")
