"""W5: a server refuses a large body before it has read it."""

from __future__ import annotations

from contextlib import suppress

from drivers import Caller, Driver
from servers.cells import record
from servers.certificates import Certificates
from servers.process import Server
from servers.traits import LOST
from servers.uploads import network_error, too_large


def refused(app: Server, driver: Driver, api: Caller, *, may_be_lost: bool) -> str:
    """Have a large body refused; then the next request is answered. The client's own error is an answer, too,
    where a server does not read on and it is declared that a reset may overtake the answer then."""
    lost = may_be_lost and not app.traits.drains
    accepted = (network_error(driver),) if lost else ()
    with suppress(*accepted):
        assert 413 == api.put(app.path("refuse"), too_large()).status
    assert 200 == api.get(app.path()).status
    return LOST if lost else "413"


def test_an_early_413(app: Server, driver: Driver) -> None:
    """W5: the answer is returned; but asyncio may lose it to a reset, a declared limit."""
    with driver.session(app.url) as api:
        word = refused(app, driver, api, may_be_lost="answer-before-reset" in driver.profile.varies)
    record(app.name, "early 413", driver, word)


def test_an_early_413_over_tls(tls_app: Server, driver: Driver, certificates: Certificates) -> None:
    """W5: the same; but requests and urllib3 may lose it too, a declared limit."""
    with certificates.session(driver, tls_app.url) as api:
        word = refused(tls_app, driver, api, may_be_lost=driver.asynchronous or "httpx" not in driver.client)
    record(tls_app.name, "early 413 over TLS", driver, word)
