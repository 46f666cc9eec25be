"""Collected where griffe is installed: ``nox -s api``."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("griffe") else ["test_*.py"]
