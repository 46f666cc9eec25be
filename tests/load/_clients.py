"""One session of each client, as its users would share it, and what its errors are called here.

What this module does not know: what is sent.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ._kinds import NETWORK, TIMEOUT
from ._orders import Order
from ._realm import PASSWORD, USER


class Answer(NamedTuple):
    """What came back."""

    status: int
    number: str | None
    body: bytes


class Client:
    """One session, for all threads or tasks of a run.

    Args:
        session: The session.
        timeouts: Errors that say that time has run out.
        network: Errors of the network.
    """

    def __init__(
        self, session: Any, timeouts: tuple[type[Exception], ...], network: tuple[type[Exception], ...]
    ):
        self.session = session
        self._timeouts = timeouts
        self._network = network

    def verdict(self, error: Exception) -> str:
        """Name what went wrong."""
        reason = getattr(error, "reason", error)  # urllib3 tells why it has given up
        if isinstance(error, self._timeouts) or isinstance(reason, self._timeouts):
            return TIMEOUT
        return NETWORK if isinstance(error, self._network) else type(error).__name__

    def close(self) -> Any:
        """Close the session; what an async one gives is to be awaited."""
        return self.session.close()


class OnRequests(Client):
    """A session on requests."""

    def __init__(self, url: str, workers: int) -> None:
        requests: Any = importlib.import_module("requests")
        ours: Any = importlib.import_module("basestream_requests")
        session = ours.BaseUrlSession(url)
        session.auth = ours.GuessAuth(USER, PASSWORD)
        session.mount("http://", session.get_adapter(url).__class__(pool_maxsize=workers))
        super().__init__(session, (requests.Timeout,), (requests.ConnectionError,))

    def send(self, order: Order) -> Answer:
        """Send a request."""
        got = self.session.request(
            order.method, order.path, data=order.body, headers=order.headers, timeout=order.timeout
        )
        return Answer(got.status_code, got.headers.get("X-Number"), got.content)


class OnUrllib3(Client):
    """A session on urllib3."""

    def __init__(self, url: str, workers: int) -> None:
        urllib3: Any = importlib.import_module("urllib3")
        ours: Any = importlib.import_module("basestream_urllib3")
        once = urllib3.Retry(5, connect=0, read=0, other=0)  # else an upload would be seen twice
        session = ours.BaseUrlSession(url, auth=ours.GuessAuth(USER, PASSWORD), maxsize=workers, retries=once)
        errors = urllib3.exceptions
        super().__init__(session, (errors.TimeoutError,), (errors.MaxRetryError, errors.ProtocolError))

    def send(self, order: Order) -> Answer:
        """Send a request."""
        got = self.session.request(
            order.method, order.path, body=order.body, headers=order.headers, timeout=order.timeout
        )
        return Answer(got.status, got.headers.get("X-Number"), got.data)


class _Family(Client):
    session_class: str

    def __init__(self, name: str, url: str, workers: int) -> None:
        native: Any = importlib.import_module(name)
        ours: Any = importlib.import_module(f"basestream_{name}")
        session = getattr(ours, self.session_class)(
            url,
            auth=ours.GuessAuth(USER, PASSWORD),
            follow_redirects=True,
            limits=native.Limits(max_connections=None, max_keepalive_connections=workers),
        )
        network = (native.NetworkError, native.RemoteProtocolError)
        super().__init__(session, (native.TimeoutException,), network)

    @staticmethod
    def _answer(got: Any) -> Answer:
        return Answer(got.status_code, got.headers.get("X-Number"), got.content)


class OnHttpx(_Family):
    """A sync session on httpx or httpx2."""

    session_class = "BaseUrlSession"

    def send(self, order: Order) -> Answer:
        """Send a request."""
        got = self.session.request(
            order.method, order.path, content=order.body, headers=order.headers, timeout=order.timeout
        )
        return self._answer(got)


class OnAsyncHttpx(_Family):
    """An async session on httpx or httpx2."""

    session_class = "AsyncBaseUrlSession"

    async def send(self, order: Order) -> Answer:
        """Send a request."""
        got = await self.session.request(
            order.method, order.path, content=order.body, headers=order.headers, timeout=order.timeout
        )
        return self._answer(got)

    def close(self) -> Any:
        """Close the session."""
        return self.session.aclose()


class Variant(NamedTuple):
    """A client, and how it is used."""

    make: Callable[[str, int], Any]
    workers: int
    """Threads, or tasks."""
    loop: str | None = None
    """asyncio or trio."""


THREADS, TASKS = 64, 500


def _on(kind: Callable[[str, str, int], Any], name: str) -> Callable[[str, int], Any]:
    return lambda url, workers: kind(name, url, workers)


VARIANTS: Mapping[str, Variant] = {
    "requests": Variant(OnRequests, THREADS),
    "urllib3": Variant(OnUrllib3, THREADS),
    "httpx": Variant(_on(OnHttpx, "httpx"), THREADS),
    "httpx2": Variant(_on(OnHttpx, "httpx2"), THREADS),
    "httpx asyncio": Variant(_on(OnAsyncHttpx, "httpx"), TASKS, "asyncio"),
    "httpx trio": Variant(_on(OnAsyncHttpx, "httpx"), TASKS, "trio"),
    "httpx2 asyncio": Variant(_on(OnAsyncHttpx, "httpx2"), TASKS, "asyncio"),
    "httpx2 trio": Variant(_on(OnAsyncHttpx, "httpx2"), TASKS, "trio"),
}
