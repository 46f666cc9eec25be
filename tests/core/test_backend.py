"""B1. The registry of backends, and the door for adapter authors."""

from __future__ import annotations

import importlib.metadata
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from basestream import backend


@dataclass
class Point:
    """An entry point, as far as the registry needs one."""

    name: str
    gives: object

    def load(self) -> Any:
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


MODULE = types.ModuleType("basestream_fake")


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    """What is installed, to be changed by the test."""
    points = [
        Point("zulu", MODULE),
        Point("alpha", ModuleNotFoundError("pip install 'basestream[alpha]'", name="alpha")),
        Point("alpha", MODULE),
        Point("odd", object()),
    ]

    def entry_points(*, group: str, name: str | None = None) -> Iterable[Point]:
        assert group == "basestream.backends"
        return [point for point in points if name in (None, point.name)]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    return points


def test_available() -> None:
    """B1. The names of the group's entry points, sorted, each once; none is imported."""
    assert backend.available() == ["alpha", "odd", "zulu"]


def test_load() -> None:
    """B1. A backend is loaded by its name."""
    assert backend.load("zulu") is MODULE


def test_load_without_its_client() -> None:
    """B1. A backend whose client is missing says what to install."""
    with pytest.raises(ImportError, match=r"pip install 'basestream\[alpha\]'"):
        backend.load("alpha")


def test_load_what_is_not_there() -> None:
    """B1. An unknown name is a `LookupError` that lists the known ones."""
    with pytest.raises(LookupError, match="there is no backend 'htpx'; installed are: alpha, odd, zulu"):
        backend.load("htpx")


def test_load_where_nothing_is_there(installed: list[Point]) -> None:
    """B1. Or says that there are none."""
    installed.clear()
    assert backend.available() == []
    with pytest.raises(LookupError, match="installed are: none"):
        backend.load("requests")


def test_load_what_is_no_module() -> None:
    """B1. An entry point that names no module is a mistake of its distribution, and named."""
    with pytest.raises(LookupError, match=r"'odd' of basestream\.backends names no module"):
        backend.load("odd")


def test_missing_client() -> None:
    """Section 2. The error for a missing client names the extra, and stays a `ModuleNotFoundError`."""
    error = backend.missing_client("httpx", ModuleNotFoundError("No module named 'httpx'", name="httpx"))

    assert type(error) is ModuleNotFoundError
    assert error.name == "httpx"
    assert "pip install 'basestream[httpx]'" in str(error)
    assert "basestream_httpx needs 'httpx'" in str(error)


@pytest.mark.parametrize("name", ["idna", "httpx._config", None])
def test_another_module_that_is_missing(name: str | None) -> None:
    """Section 2. When the client is there and something else is missing, that is what the user is told."""
    error = ModuleNotFoundError("No module named 'idna'", name=name)

    assert backend.missing_client("httpx", error) is error


def test_the_door_for_adapters() -> None:
    """Section 2. ``basestream.backend.__all__`` names everything once, and all of it is there."""
    assert len(backend.__all__) == len(set(backend.__all__))
    assert all(hasattr(backend, name) for name in backend.__all__)
