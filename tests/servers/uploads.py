"""Uploads that a server's application is watched with: whole ones, and such as are cut short."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from basestream import BodySourceError, BodyTooShort, SizedStream
from drivers import Caller, Driver

from .process import Seen, Server

BIG = 300_000
PIECE = b"0123456789" * 100
BLOCK = bytes(64 * 1024)


def body(size: int = BIG) -> Iterator[bytes]:
    """Give so many bytes."""
    yield from [PIECE] * (size // len(PIECE))


def too_large() -> SizedStream:
    """Make a body for which sockets have no room, and which no server here accepts."""
    return SizedStream(250 * len(BLOCK), [BLOCK] * 250)


def network_error(driver: Driver) -> type[Exception]:
    """Give what a client raises where a connection breaks."""
    client: Any = driver.native
    if driver.client.startswith("httpx"):
        error: type[Exception] = client.TransportError
    else:
        error = (
            client.exceptions.ConnectionError if driver.client == "requests" else client.exceptions.HTTPError
        )
    return error


def cut_short(size: int, when: Callable[[], object] | None, error: type[OSError] | None) -> Iterator[bytes]:
    """Give so many bytes, wait for the time if there is one, and then end or fail."""
    yield from body(size)
    if when is not None:
        when()
    if error is not None:
        raise error("disk")


def cut_in_the_middle(app: Server, api: Caller, path: str, error: type[OSError] | None = None) -> None:
    """Cut an upload short while the application reads it, if that is called before the body is there."""
    when = (lambda: app.wait_called(path)) if app.traits.calls_early else None
    with pytest.raises(BodyTooShort if error is None else BodySourceError):
        api.put(path, SizedStream(BIG, cut_short(200_000, when, error)))


def upload(app: Server, api: Caller) -> Seen:
    """Upload a body of the right size, and give what was noted of it."""
    path = app.path()
    reply = api.put(path, SizedStream(BIG, body))
    assert (200, b"%d" % BIG) == (reply.status, reply.body)
    seen = app.seen(path)
    assert seen is not None
    assert (BIG, BIG, zlib.crc32(b"".join(body()))) == (seen.declared, seen.got, seen.crc32)
    return seen
