"""The door of each adapter: what it exports, and what it says when its client is missing."""

from __future__ import annotations

import importlib
import sys

import pytest

import basestream
from basestream import backend
from drivers import DRIVERS, Driver
from support import CLIENTS

SHARED = {name for name in basestream.__all__ if name not in ("__version__", "join_url", "resolve")}


def test_one_import_line_is_enough(driver: Driver) -> None:
    """Each adapter gives its sessions, the streams, ``user_agent`` and the errors; its list is true."""
    module = driver.module
    sessions = {"BaseUrlSession"}
    if driver.client.startswith("httpx"):
        sessions.add("AsyncBaseUrlSession")
    auth = {"GuessAuth"} if driver.client.startswith("httpx") else {"GuessAuth", "GuessProxyAuth"}

    words = {"BODY_KEYWORD", "SEND_ONCE", "TIMEOUT_KEYWORD"}
    assert {*SHARED, *sessions, *auth, *words} == set(module.__all__)
    assert all(getattr(module, name) is getattr(basestream, name) for name in SHARED)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_missing_client_is_named_with_its_extra(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing an adapter without its client says what to install."""
    monkeypatch.setitem(sys.modules, client, None)
    for name in [name for name in sys.modules if name.split(".")[0] == f"basestream_{client}"]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(ImportError, match=rf"pip install 'basestream\[{client}\]'"):
        importlib.import_module(f"basestream_{client}")


def test_backends_are_found_and_loaded() -> None:
    """B1: every backend is found by its entry point, and what is under test can be loaded."""
    assert set(CLIENTS) <= set(backend.available())
    for driver in DRIVERS:
        assert driver.module is backend.load(driver.client)
