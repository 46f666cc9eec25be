"""What a small GET by relative URL costs in Python: over a transport or a socket that does nothing.

Rule 1: sessions are as their users make them, with the clients' defaults.
Rule 2: the ways of a client take turns in small batches, and of each the lower quartile counts: what else the
        machine does hits all of them alike.
Rule 3: every round makes its sessions anew, and the median of the rounds' ratios counts: where objects happen to
        lie in memory is worth two microseconds either way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from io import BufferedReader, BytesIO
from statistics import quantiles
from typing import Any

from ._side_by_side import Figure, compared, timed

BASE = "http://api.invalid/v1"
REFERENCE = "users/1"
URL = f"{BASE}/{REFERENCE}"
BATCH = 100
BATCHES = 16
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Batch = Callable[[], object]


GOAL = 1.03


def figures(rounds: int) -> Iterator[Figure]:
    """Measure a GET of the full URL by the bare client first, then of the reference by whoever knows the base."""
    groups: dict[str, dict[str, list[float]]] = {}
    for _ in range(rounds):
        for group, name, cost in _round():
            groups.setdefault(group, {}).setdefault(name, []).append(cost)
    for group, seconds in groups.items():
        rivals = {("basestream", name): 1.0 for name in seconds if name not in ("bare", "basestream")}
        yield from compared(f"GET, {group}", seconds, 1, {("basestream", "bare"): GOAL, **rivals})


def _round() -> Iterator[tuple[str, str, float]]:
    loop = asyncio.new_event_loop()
    try:
        for group, ways in _groups(loop):
            for name, cost in _costs(ways):
                yield group, name, cost
    finally:
        loop.close()


def _costs(ways: dict[str, Batch]) -> Iterator[tuple[str, float]]:
    """Let the ways take turns; give the lower quartile of each, in seconds for one request."""
    for name, values in timed(ways, BATCHES).items():
        yield name, quantiles(values, n=4)[0] / BATCH


def _groups(loop: asyncio.AbstractEventLoop) -> Iterator[tuple[str, dict[str, Batch]]]:
    if find_spec("requests"):
        yield "requests", _requests()
    if find_spec("urllib3"):
        yield "urllib3", _urllib3()
    for package in filter(find_spec, ("httpx", "httpx2")):
        yield package, _httpx(package)
        yield f"{package} async", _httpx_async(package, loop)


def _requests() -> dict[str, Batch]:
    package = import_module("requests")
    manager = null_manager()

    class Adapter(package.adapters.HTTPAdapter):  # type: ignore[name-defined,misc]  # imported by name
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            self.poolmanager = manager

    def mounted(session: Any) -> Callable[[str], object]:
        session.mount("http://", Adapter())
        get: Callable[[str], object] = session.get
        return get

    ways = {"bare": _batch(mounted(package.Session()), URL)}
    if find_spec("requests_toolbelt"):
        toolbelt = import_module("requests_toolbelt.sessions").BaseUrlSession(BASE + "/")
        ways["toolbelt"] = _batch(mounted(toolbelt), REFERENCE)
    ours = import_module("basestream_requests").BaseUrlSession(BASE)
    return {**ways, "basestream": _batch(mounted(ours), REFERENCE)}


def _urllib3() -> dict[str, Batch]:
    ours = import_module("basestream_urllib3").BaseUrlSession(BASE, null_manager())
    return {
        "bare": _batch(partial(null_manager().request, "GET"), URL),
        "basestream": _batch(partial(ours.request, "GET"), REFERENCE),
    }


def _httpx(package: str) -> dict[str, Batch]:
    client, transport = import_module(package), _null_transport(package)
    ours = import_module(f"basestream_{package}").BaseUrlSession(BASE, transport=transport)
    return {
        "bare": _batch(client.Client(transport=transport).get, URL),
        "its base_url": _batch(client.Client(base_url=BASE, transport=transport).get, REFERENCE),
        "basestream": _batch(ours.get, REFERENCE),
    }


def _httpx_async(package: str, loop: asyncio.AbstractEventLoop) -> dict[str, Batch]:
    client, transport = import_module(package), _null_transport(package)
    ours = import_module(f"basestream_{package}").AsyncBaseUrlSession(BASE, transport=transport)
    given = client.AsyncClient(base_url=BASE, transport=transport)
    return {
        "bare": _async_batch(loop, client.AsyncClient(transport=transport).get, URL),
        "its base_url": _async_batch(loop, given.get, REFERENCE),
        "basestream": _async_batch(loop, ours.get, REFERENCE),
    }


def _batch(get: Callable[[str], object], url: str) -> Batch:
    def batch() -> None:
        for _ in range(BATCH):
            get(url)

    return batch


def _async_batch(loop: asyncio.AbstractEventLoop, get: Callable[[str], Awaitable[object]], url: str) -> Batch:
    async def batch() -> None:
        for _ in range(BATCH):
            await get(url)

    return lambda: loop.run_until_complete(batch())


def _null_transport(package: str) -> Any:
    client = import_module(package)

    def answer(request: Any) -> Any:
        return client.Response(200)

    return client.MockTransport(answer)


def null_manager() -> Any:
    """Give a urllib3 manager whose connections have a socket that swallows and answers."""
    urllib3 = import_module("urllib3")

    class Connection(urllib3.connection.HTTPConnection):  # type: ignore[name-defined,misc]  # imported by name
        def connect(self) -> None:
            self.sock: NullSocket | None = NullSocket()

        @property
        def is_connected(self) -> bool:
            return self.sock is not None

    class Pool(urllib3.HTTPConnectionPool):  # type: ignore[name-defined,misc]  # imported by name
        ConnectionCls = Connection

    manager = urllib3.PoolManager()
    manager.pool_classes_by_scheme = {"http": Pool}
    return manager


class NullSocket:
    """Takes everything, and answers every request with an empty 200."""

    def sendall(self, data: bytes) -> None:
        """Swallow it."""

    def makefile(self, *args: Any, **kwargs: Any) -> BufferedReader:
        """Give the next answer."""
        return BufferedReader(BytesIO(ANSWER))

    def settimeout(self, seconds: float | None) -> None:
        """Wait for nothing anyway."""

    def close(self) -> None:
        """Have nothing to close."""
