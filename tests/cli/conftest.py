"""Backends that distributions made up here bring: finding them goes the same way as for anybody's."""

from __future__ import annotations

import importlib
import os
import sys
from itertools import count
from pathlib import Path

import pytest

from cli_support import STDLIB, Plugin, write_plugin
from support import CLIENTS

numbers = count()


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """Install a distribution that brings a backend of that name and source."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)

    def install(name: str, source: str) -> None:
        module = f"plugin_{next(numbers)}"
        (folder / f"{module}.py").write_text(source)
        write_plugin(str(folder), module, name)
        importlib.invalidate_caches()

    return install


@pytest.fixture
def stdlib(plugin: Plugin) -> None:
    """A backend over http.client, named stdlib."""
    plugin("stdlib", STDLIB)


@pytest.fixture
def hello(tmp_path: Path) -> str:
    """The path of a file of five bytes."""
    path = tmp_path / "hello.txt"
    path.write_bytes(b"hello")
    return str(path)


@pytest.fixture
def no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """No client can be imported."""
    for name in list(sys.modules):
        if name.startswith("basestream_"):
            monkeypatch.delitem(sys.modules, name)
    for client in CLIENTS:
        monkeypatch.setitem(sys.modules, client, None)
