"""Section 2. The door: what ``import basestream`` gives, and what it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import basestream
from support_core import CLIENTS


def test_all_is_sorted_and_complete() -> None:
    """``__all__`` is sorted, and is what is public in the module."""
    public = {
        name
        for name, value in vars(basestream).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }

    assert basestream.__all__ == sorted(basestream.__all__)
    assert set(basestream.__all__) == public | {"__version__"}


def test_everything_public_is_documented() -> None:
    """Whatever the door gives has a docstring of its own."""
    for name in basestream.__all__:
        assert name == "__version__" or inspect.getdoc(getattr(basestream, name)), name


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that ``import basestream`` loads in a fresh interpreter."""
    code = (
        "import sys; before = set(sys.modules); import basestream; print(*sorted(set(sys.modules) - before))"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "basestream" in answer.stdout.split()
    return set(answer.stdout.split())


def test_importing_loads_no_client(loaded: set[str]) -> None:
    """Section 1. The core imports no HTTP client, and no adapter."""
    top = {name.partition(".")[0] for name in loaded}

    assert not top & {*CLIENTS, *(f"basestream_{client}" for client in CLIENTS), "anyio", "trio", "http"}


@pytest.mark.parametrize(
    "module", ["ssl", "socket", "asyncio", "urllib.request", "importlib.metadata", "logging"]
)
def test_importing_loads_nothing_heavy(loaded: set[str], module: str) -> None:
    """Section 2. No socket, no ssl, no event loop."""
    assert module not in loaded


def test_importing_is_cheap(loaded: set[str]) -> None:
    """Section 2. Our own and a few light ones of the standard library's (typing brings most): fewer than 40."""
    of_named_tuples = {"annotationlib", "ast", "_ast"}  # CPython 3.14 loads them for the first one
    assert len(loaded - of_named_tuples) < 40, sorted(loaded)


def test_the_version() -> None:
    """The version is text, and has three parts."""
    assert len(basestream.__version__.split(".")) == 3
