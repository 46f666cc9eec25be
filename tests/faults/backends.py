"""What stands between the proxy and the caller: our sessions, as the kit's drivers open them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from basestream.testing import Reply
from drivers import DRIVERS, Driver

from .asks import SCHEMES, Scheme
from .oracle import Client


class Caller(Protocol):
    """A session, called alike on every backend."""

    def request(self, method: str, url: Any, *, timeout: float, body: Any = None) -> Reply:
        """Send a request; ``body`` and ``timeout`` are called so whatever the client calls them."""
        ...


class Backend(Protocol):
    """What sessions are opened of."""

    client: Client
    asynchronous: bool
    schemes: tuple[Scheme, ...]

    def session(self, base_url: str, scheme: Scheme) -> AbstractContextManager[Caller]:
        """Open a session that follows redirects, and has the credentials that the server asks for."""
        ...


class Ours:
    """A backend of ours.

    Args:
        driver: The kit's.
    """

    schemes = SCHEMES

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.asynchronous = driver.asynchronous
        self.client = Client(
            patient=driver.is_patient,
            errors=_errors(driver),
            takes_cut_heads=not driver.client.startswith("httpx"),
        )

    def __str__(self) -> str:
        return str(self.driver)

    def session(self, base_url: str, scheme: Scheme) -> AbstractContextManager[Caller]:
        """Open a session."""
        return _Opened(self.driver, base_url, scheme)


class _Opened:
    def __init__(self, driver: Driver, base_url: str, scheme: Scheme) -> None:
        self._driver = driver
        self._scheme: Scheme = scheme
        self._opened = driver.patient_session(base_url)

    def __enter__(self) -> Caller:
        caller = self._opened.__enter__()
        if self._scheme != "none":
            caller.session.auth = self._driver.guess_auth("me", "secret")
        return caller

    def __exit__(self, *error: Any) -> bool | None:
        return self._opened.__exit__(*error)


def _errors(driver: Driver) -> tuple[type[BaseException], ...]:
    native: Any = driver.native
    if driver.client == "requests":
        return (native.exceptions.RequestException,)
    if driver.client == "urllib3":
        return (native.exceptions.HTTPError,)
    return (native.HTTPError, native.InvalidURL)


BACKENDS = [Ours(driver) for driver in DRIVERS]
