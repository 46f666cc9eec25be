"""One way to call every backend, so that a test is written once.

A driver knows a client's own words (``data=``, ``content=``, ``body=``; ``follow_redirects=``) and nothing of
what is tested. Async sessions run on an event loop that the driver steps, so that a test reads the same.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from support import CLIENTS, under_test


@dataclass(frozen=True)
class Reply:
    """What a test wants to know of a response."""

    status: int
    body: bytes
    native: Any


class Caller:
    """A session, called alike on every backend."""

    def __init__(self, driver: Driver, session: Any) -> None:
        self.driver = driver
        self.session: Any = session

    def request(self, method: str, url: Any, *, body: Any = None, params: Any = None, **kwargs: Any) -> Reply:
        """Send a request with the client's own words."""
        if body is not None:
            kwargs[self.driver.module.BODY_KEYWORD] = body
        if params is not None:
            kwargs["fields" if self.driver.client == "urllib3" else "params"] = params
        return self.driver.reply(self.run(self.session.request(method, url, **kwargs)))

    def get(self, url: Any, **kwargs: Any) -> Reply:
        """Send a GET request."""
        return self.request("GET", url, **kwargs)

    def put(self, url: Any, body: Any = None, **kwargs: Any) -> Reply:
        """Send a PUT request."""
        return self.request("PUT", url, body=body, **kwargs)

    def run(self, result: Any) -> Any:
        """Give a result, or wait for it."""
        return self.driver.run(result) if inspect.isawaitable(result) else result


class Driver:
    """A backend, sync or async."""

    def __init__(self, client: str, *, asynchronous: bool = False) -> None:
        self.client = client
        self.asynchronous = asynchronous
        self._loop: asyncio.AbstractEventLoop | None = None

    def __str__(self) -> str:
        return f"{self.client}-async" if self.asynchronous else self.client

    @property
    def module(self) -> ModuleType:
        """The adapter's package."""
        return importlib.import_module(f"basestream_{self.client}")

    @property
    def native(self) -> ModuleType:
        """The client's package."""
        return importlib.import_module(self.client)

    @property
    def session_class(self) -> Any:
        """The adapter's session."""
        return self.module.AsyncBaseUrlSession if self.asynchronous else self.module.BaseUrlSession

    @property
    def follows(self) -> dict[str, Any]:
        """The argument that makes a session follow redirects: httpx has to be told."""
        return {"follow_redirects": True} if self.client.startswith("httpx") else {}

    @contextmanager
    def session(
        self, *args: Any, cls: Any = None, follow: bool = True, **kwargs: Any
    ) -> Generator[Caller, None, None]:
        """Open a session, or one of a class derived from it, that follows redirects unless told not to."""
        options = {**(self.follows if follow else {}), **kwargs}
        session = (cls or self.session_class)(*args, **options)
        if not self.asynchronous:
            with session:
                yield Caller(self, session)
            return
        self._loop = asyncio.new_event_loop()
        try:
            yield Caller(self, session)
        finally:
            self._loop.run_until_complete(session.aclose())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    @contextmanager
    def patient_session(self, base_url: str) -> Generator[Caller, None, None]:
        """Open a session that sends again after a fault of the network and after a 503, if its client can."""
        options: dict[str, Any] = {}
        if self.client == "urllib3":
            options = {"retries": self._policy()}
        with self.session(base_url, **options) as caller:
            if self.client == "requests":
                ours = type(caller.session.get_adapter("http://api.invalid"))
                caller.session.mount("http://", ours(max_retries=self._policy()))
            yield caller

    @property
    def is_patient(self) -> bool:
        """Whether the client has a policy for sending again; httpx repeats the opening of connections only."""
        return not self.client.startswith("httpx")

    def _policy(self) -> Any:
        return importlib.import_module("urllib3").Retry(
            3, allowed_methods=None, status_forcelist=[503], backoff_factor=0
        )

    def run(self, awaitable: Any) -> Any:
        """Step the loop until the result is there."""
        assert self._loop is not None
        return self._loop.run_until_complete(_wait(awaitable))

    def reply(self, native: Any) -> Reply:
        """Read a client's own response."""
        status = native.status if self.client == "urllib3" else native.status_code
        return Reply(status, native.data if self.client == "urllib3" else native.content, native)


async def _wait(awaitable: Any) -> Any:
    return await awaitable


DRIVERS = [
    Driver(client, asynchronous=asynchronous)
    for client in CLIENTS
    for asynchronous in (False, True)
    if under_test(client) and (client.startswith("httpx") or not asynchronous)
]
