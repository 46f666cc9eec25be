"""What the tests of the neighbours share: the body that is uploaded, and the backends that a neighbour meets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from basestream import SizedStream
from basestream.testing import Exchange, RecordingServer
from drivers import DRIVERS

SIZE = 300_000  # more than the 64 KiB that are checked before a connection is opened
BODY = bytes(range(250)) * (SIZE // 250)
UPLOAD = ("content-length", [str(SIZE)], BODY)


def chunks() -> Iterator[bytes]:
    """Give the body in two chunks."""
    yield BODY[:1000]
    yield BODY[1000:]


def replayable() -> SizedStream:
    """Make a body that can be sent again: its source is a function."""
    return SizedStream(SIZE, chunks)


def one_shot() -> SizedStream:
    """Make a body that can be sent once: its source is a generator."""
    return SizedStream(SIZE, chunks())


def too_short() -> SizedStream:
    """Make a body that is wrong, which shows only after its first block."""
    return SizedStream(SIZE + 1, chunks)


EITHER: list[Callable[[], SizedStream]] = [one_shot, replayable]


def backends(*clients: str, only: str | None = None) -> pytest.MarkDecorator:
    """Give each backend of these clients to a test as its ``driver``; ``only`` the sync or the async ones."""
    kinds = {None: (False, True), "sync": (False,), "async": (True,)}[only]
    chosen = [driver for driver in DRIVERS if driver.client in clients and driver.asynchronous in kinds]
    return pytest.mark.parametrize("driver", chosen, ids=str)


def framed(exchange: Exchange) -> tuple[str, list[str], bytes]:
    """Give what ``UPLOAD`` is compared with."""
    return exchange.framing, exchange.header("content-length"), exchange.body


def lines(server: RecordingServer) -> list[str]:
    """Give the method and target of each request, as they were on the wire."""
    return [f"{exchange.method} {exchange.target}" for exchange in server.exchanges]


def mixed(*bases: Any) -> Any:
    """Derive a session of ours from a class whose package has no types, or others than ours."""
    return type("Mixed", bases, {})


def mounted(adapter: Any) -> Callable[[Any], None]:
    """Give what mounts an adapter for http and https on a session of requests."""

    def mount(session: Any) -> None:
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)

    return mount
