"""Collected where moto is installed: ``nox -s cli_s3``."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("moto") and find_spec("boto3") else ["test_*.py"]
