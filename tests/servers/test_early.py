"""W5: a server refuses a large body before it has read it."""

from __future__ import annotations

from typing import Any

from drivers import Caller, Driver
from servers.cells import record
from servers.process import Server
from servers.traits import LOST
from servers.uploads import too_large


def refused(driver: Driver, api: Caller, path: str, *, may_be_lost: bool) -> bool:
    """Tell whether a large body was answered with 413, or with the client's own error where that is declared."""
    native: Any = driver.native
    accepted: tuple[type[Exception], ...] = (native.TransportError,) if may_be_lost else ()
    try:
        return 413 == api.put(path, too_large()).status
    except accepted:
        return True


def test_an_early_413(app: Server, driver: Driver) -> None:
    """W5: the answer is returned, and the next request is answered rightly; where the server does not read on,
    asyncio may lose the answer to a reset, a declared limit."""
    may_be_lost = "answer-before-reset" in driver.profile.varies and not app.traits.drains
    with driver.session(app.url) as api:
        assert refused(driver, api, app.path("refuse"), may_be_lost=may_be_lost)
        assert 200 == api.get(app.path()).status

    record(app.name, "early 413", driver, LOST if may_be_lost else "413")
