"""How the kit calls a backend: one way for all, sync and async.

This module does not know what is tested. What differs between clients is data, or a method to override.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from basestream import SizedStream, StreamingIterator

from ._profiles import Profile


@dataclass(frozen=True)
class Reply:
    """What a row wants to know of a response."""

    status: int
    """Its status."""
    body: bytes
    """Its body, all of it."""
    native: Any
    """The client's own response."""


class Caller:
    """A session, called alike on every backend."""

    def __init__(self, driver: Driver, session: Any) -> None:
        self.driver = driver
        """How the backend is called."""
        self.session: Any = session
        """The backend's own session."""

    def request(self, method: str, url: Any, **given: Any) -> Reply:
        """Send a request; ``body`` and ``params`` are called so whatever the client calls them."""
        native = self.session.request(method, url, **self.driver.arguments(given))
        return self.driver.reply(self.driver.run(native))

    def get(self, url: Any, **given: Any) -> Reply:
        """Send a GET request."""
        return self.request("GET", url, **given)

    def get_at_once(self, urls: Sequence[Any]) -> None:
        """Send as many GET requests at the same time: in threads, or as tasks of one loop."""
        at_once = self._as_tasks if self.driver.asynchronous else self._in_threads
        at_once(urls)

    def _as_tasks(self, urls: Sequence[Any]) -> None:
        self.driver.run(_gathered([self.session.request("GET", url) for url in urls]))

    def _in_threads(self, urls: Sequence[Any]) -> None:
        with ThreadPoolExecutor(len(urls)) as pool:
            list(pool.map(self.get, urls))

    def put(self, url: Any, body: Any = None, **given: Any) -> Reply:
        """Send a PUT request."""
        return self.request("PUT", url, **(given if body is None else {"body": body, **given}))


class Driver:
    """A backend as the kit calls it.

    Args:
        backend: A module with ``BaseUrlSession`` or ``AsyncBaseUrlSession`` and ``BODY_KEYWORD``.
        asynchronous: Which of the two sessions is meant.
        profile: What the backend declares that it cannot do.
        options: Arguments that every session is made with, so that it follows redirects say.

    Example:
        >>> import basestream_urllib3
        >>> from basestream.testing import RecordingServer
        >>> driver = Driver(basestream_urllib3)
        >>> with RecordingServer() as server, driver.session(server.url + "/v1") as api:
        ...     status = api.request("PUT", "x", body=b"hello").status
        >>> str(driver), status, server.exchanges[0].target
        ('urllib3', 200, '/v1/x')
    """

    params_keyword: str = "params"
    """The client's own word for query parameters."""
    caller_class: type[Caller] = Caller
    """What `session` gives around a session."""

    def __init__(
        self,
        backend: ModuleType,
        *,
        asynchronous: bool = False,
        profile: Profile | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.backend = backend
        self.asynchronous = asynchronous
        self.profile: Profile = profile or Profile()
        self.options: dict[str, Any] = dict(options or {})
        self._loop: asyncio.AbstractEventLoop | None = None

    def __str__(self) -> str:
        name = self.backend.__name__.rpartition(".")[2].removeprefix("basestream_")
        return f"{name}-async" if self.asynchronous else name

    @property
    def session_class(self) -> Any:
        """The backend's session."""
        return self.backend.AsyncBaseUrlSession if self.asynchronous else self.backend.BaseUrlSession

    def session(self, *args: Any, cls: Any = None, **options: Any) -> AbstractContextManager[Caller]:
        """Open a session, or one of a class derived from it; an async one on a loop of its own.

        Args:
            args: For the session: its base URL.
            cls: The derived class.
            options: For the session; they win over those of the driver.
        """
        return self._opened(lambda: (cls or self.session_class)(*args, **{**self.options, **options}))

    @contextmanager
    def _opened(self, make: Callable[[], Any]) -> Generator[Caller, None, None]:
        session = make()
        if not self.asynchronous:
            with session:
                yield self.caller_class(self, session)
            return
        loop = self._loop = asyncio.new_event_loop()
        try:
            yield self.caller_class(self, session)
        finally:
            for end in (session.aclose, loop.shutdown_asyncgens, loop.shutdown_default_executor):
                loop.run_until_complete(end())
            loop.close()

    def patient_session(self, base_url: str, *, cls: Any = None) -> AbstractContextManager[Caller]:
        """Open a session that sends again after a fault of the network and after a 503; override it if it can."""
        return self.session(base_url, cls=cls)

    def body(self, size: int, source: Any, *, readable: bool = False, **options: Any) -> Any:
        """Make a body of known size; override it to try somebody else's."""
        return (StreamingIterator if readable else SizedStream)(size, source, **options)

    def guess_auth(self, username: Any, password: Any) -> Any:
        """Make what a session takes as its ``auth`` to answer challenges."""
        return self.backend.GuessAuth(username, password)

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Put ``body`` and ``params`` into the client's own words."""
        words = {"body": self.backend.BODY_KEYWORD, "params": self.params_keyword}
        return {words.get(name, name): value for name, value in given.items()}

    def reply(self, native: Any) -> Reply:
        """Read a client's own response: ``status_code`` or ``status``, ``content`` or ``data``."""
        status = native.status_code if hasattr(native, "status_code") else native.status
        return Reply(status, native.content if hasattr(native, "content") else native.data, native)

    def run(self, result: Any) -> Any:
        """Give a result, or step the loop until it is there."""
        if not inspect.isawaitable(result):
            return result
        assert self._loop is not None
        return self._loop.run_until_complete(_awaited(result))


async def _gathered(calls: Sequence[Any]) -> None:
    await asyncio.gather(*calls)


async def _awaited(result: Any) -> Any:
    return await result
