"""Collected where all the servers are installed: ``nox -s servers`` (each runs in a process of its own)."""

from __future__ import annotations

import sys
from importlib.util import find_spec

PACKAGES = ("gunicorn", "werkzeug", "cheroot", "waitress", "uvicorn", "httpbin")

there = sys.platform != "win32" and all(map(find_spec, PACKAGES))  # gunicorn is for POSIX
collect_ignore_glob = [] if there else ["test_*.py"]
