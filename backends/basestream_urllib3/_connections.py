"""Connections that end in a reset when an upload is cut short (W4), by urllib3's own extension point.

urllib3 asks a manager for its ``pool_classes_by_scheme``, and a pool for its ``ConnectionCls``.
"""

from __future__ import annotations

from typing import Any

from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.poolmanager import pool_classes_by_scheme

from basestream.backend import GuardedConnection


class Connection(GuardedConnection, HTTPConnection):
    """A connection over plain HTTP that guards the uploads it carries."""


class Pool(HTTPConnectionPool):
    """A pool of such connections."""

    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]
        """Give ours, unless somebody has replaced urllib3's: vcrpy does, to record."""
        usual: Any = super().ConnectionCls
        return Connection if usual is HTTPConnection else usual


POOL_CLASSES: dict[str, Any] = {**pool_classes_by_scheme, "http": Pool}
