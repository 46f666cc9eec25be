"""Connections that end in a reset when an upload is cut short (W4), by urllib3's own extension point.

urllib3 asks a manager for its ``pool_classes_by_scheme``, and a pool for its ``ConnectionCls``.
"""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter
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


class Adapter(HTTPAdapter):
    """Requests' adapter for ``http://``, with such pools."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the manager as requests does."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOL_CLASSES

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Make or find the manager for a proxy; one for SOCKS has classes of its own."""
        manager = super().proxy_manager_for(*args, **kwargs)
        if manager.pool_classes_by_scheme is pool_classes_by_scheme:
            manager.pool_classes_by_scheme = POOL_CLASSES
        return manager


def guarded(adapter: Any) -> Any:
    """Give an adapter like this one that guards uploads, if it is requests' own; else the adapter itself."""
    if type(adapter) is not HTTPAdapter:
        return adapter
    ours = Adapter.__new__(Adapter)
    ours.__setstate__(adapter.__getstate__())  # with the pool sizes and retries that it was given
    return ours
