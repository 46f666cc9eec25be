"""Collected where the neighbours are installed: ``nox -s integrations`` (they are many).

Some of them replace methods of a client for a while. A test must leave the clients as it found them.
"""

from __future__ import annotations

import http.client
from collections.abc import Generator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from integrations.common import BODY

# One of each kind, and of those that other sessions do not install.
PACKAGES = ("responses", "respx", "vcr", "hishel", "stamina", "opentelemetry", "moto", "starlette", "tqdm")
NEIGHBOURS_ARE_HERE = all(map(find_spec, PACKAGES))

collect_ignore_glob = [] if NEIGHBOURS_ARE_HERE else ["test_*.py"]

# What the mocks, recorders, tracers and limiters replace: a class, and its methods.
REPLACED = {
    "requests:Session": ("request", "send", "get_adapter"),
    "requests.adapters:HTTPAdapter": ("send",),
    "http.client:HTTPConnection": ("putrequest", "send", "getresponse"),
    "httpx:Client": ("send", "_transport_for_url"),
    "httpx:AsyncClient": ("send", "_transport_for_url"),
    "httpx:HTTPTransport": ("handle_request",),
    "httpx:AsyncHTTPTransport": ("handle_async_request",),
    "httpcore:ConnectionPool": ("handle_request",),
    "httpcore:AsyncConnectionPool": ("handle_async_request",),
    "httpx2:Client": ("send", "_transport_for_url"),
    "httpx2:AsyncClient": ("send", "_transport_for_url"),
    "httpx2:HTTPTransport": ("handle_request",),
    "httpx2:AsyncHTTPTransport": ("handle_async_request",),
    "httpcore2:ConnectionPool": ("handle_request",),
    "httpcore2:AsyncConnectionPool": ("handle_async_request",),
    "urllib3.connectionpool:HTTPConnectionPool": ("urlopen", "ConnectionCls"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the body that the tests upload."""
    path = tmp_path / "blob"
    path.write_bytes(BODY)
    return path


FOUND = pytest.StashKey[dict[str, Any]]()


def _now() -> dict[str, Any]:
    found: dict[str, Any] = {"http.client:HTTPConnection": http.client.HTTPConnection}
    for place, names in REPLACED.items():
        module, _, cls = place.partition(":")
        owner = getattr(import_module(module), cls)
        found |= {f"{place}.{name}": getattr(owner, name) for name in names}
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    item.stash[FOUND] = _now()
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    yield
    assert item.stash[FOUND] == _now(), "a neighbour's patch has outlived its test"
