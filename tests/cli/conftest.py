"""Backends that distributions made up here bring: finding them goes the same way as for anybody's."""

from __future__ import annotations

import importlib
import os
import sys
from itertools import count
from pathlib import Path

import pytest

from cli_support import Plugin, write_plugin

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
