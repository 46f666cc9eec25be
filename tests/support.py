"""What the tests share: which clients are under test. With BASESTREAM_CLIENT=requests only that one may be there."""

from __future__ import annotations

import importlib.util
import os

CLIENTS = ("requests", "httpx", "httpx2", "urllib3")
BRINGS = {"requests": {"urllib3"}}  # what a client depends on
ONLY = os.environ.get("BASESTREAM_CLIENT")


def installed(client: str) -> bool:
    """Tell whether a client can be imported."""
    return importlib.util.find_spec(client) is not None


def under_test(client: str) -> bool:
    """Tell whether the adapter for a client is to be tested in this run."""
    return installed(client) and ONLY in (None, client)
