"""The event loops that the core's async side is run in."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from support_core import Runner

T = TypeVar("T")


def run_in_asyncio(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return asyncio.run(main())


@pytest.fixture
def without_anyio(monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Run in asyncio as where no client has brought anyio."""
    monkeypatch.setitem(sys.modules, "anyio", None)
    return run_in_asyncio


@pytest.fixture(params=["asyncio-alone", "asyncio", "trio"])
def run_async(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Run in asyncio without anyio, in asyncio with it, and in trio; what is not installed is skipped."""
    flavour: str = request.param
    if flavour == "asyncio-alone":
        monkeypatch.setitem(sys.modules, "anyio", None)
        return run_in_asyncio
    anyio = pytest.importorskip("anyio")
    pytest.importorskip(flavour)

    def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        result: T = anyio.run(main, backend=flavour)
        return result

    return run
