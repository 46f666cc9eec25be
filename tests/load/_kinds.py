"""The kinds of order: uploads from every kind of source, downloads, redirects, logins and failures.

What may come of an order, and how often the server may see it complete, stands beside its kind.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from basestream import SizedStream, StreamingIterator

from ._content import content, digest, pieces
from ._orders import ANSWERED, SIZES, Draw, Order, Sources
from ._server import NEVER

NETWORK, TIMEOUT = "network error", "timeout"
BIG = "upload, big"

_LARGE = 200_000
"""More than a session looks at before it opens a connection (S4)."""
_TOO_MUCH = 8 * 1024 * 1024
"""More than the buffers of a connection on loopback take."""
_SHORT_WAIT = 0.2


class OwnError(Exception):
    """What a source of a user's might raise."""


class Kind(NamedTuple):
    """A kind of order.

    Args:
        make: Makes one.
        weight: How often it is drawn.
        verdict: What must come of it.
        hits: How many complete requests the server may see of one, at least and at most.
        is_async: Whether its source is.
    """

    make: Callable[[Draw], Order]
    weight: int
    verdict: str = ANSWERED
    hits: tuple[int, int] = (1, 1)
    is_async: bool = False


KINDS: dict[str, Kind] = {}
_ONCE, _TWICE, _PERHAPS, _NEVER = (1, 1), (2, 2), (0, 1), (0, 0)


def _kind(
    name: str, weight: int, verdict: str = ANSWERED, hits: tuple[int, int] = _ONCE, *, is_async: bool = False
) -> Callable[[Callable[[Draw], Order]], None]:
    def add(make: Callable[[Draw], Order]) -> None:
        KINDS[name] = Kind(make, weight, verdict, hits, is_async)

    return add


def _sized(name: str, weight: int, source: Callable[[Draw], object], *, is_async: bool = False) -> None:
    """Add an upload of a size that is drawn."""
    _kind(name, weight, is_async=is_async)(lambda draw: draw.upload(SizedStream(draw.size, source(draw))))


_sized("upload, bytes", 6, lambda draw: content(draw.number, draw.size))
_sized("upload, list", 6, lambda draw: list(draw.chunks()))
_sized("upload, generator", 6, lambda draw: draw.chunks())
_sized("upload, function", 8, lambda draw: draw.counted)
_sized("upload, file", 6, lambda draw: io.BytesIO(content(draw.number, draw.size)))
_sized("upload, async iterator", 6, lambda draw: draw.acounted(), is_async=True)
_sized("upload, async function", 6, lambda draw: draw.acounted, is_async=True)


@_kind("upload, path", 8)
def _path(draw: Draw) -> Order:
    path, which = draw.path()
    return draw.upload(SizedStream.from_path(path), seen=digest(which, SIZES[which]))


@_kind("upload, StreamingIterator", 6)
def _streaming_iterator(draw: Draw) -> Order:
    return draw.upload(StreamingIterator(draw.size, draw.chunks()))


@_kind("upload, in a thread", 4)
def _in_thread(draw: Draw) -> Order:
    return draw.upload(SizedStream(draw.size, draw.chunks(), in_thread=True))


@_kind(BIG, 0)
def _big(draw: Draw) -> Order:
    return draw.upload(SizedStream(draw.big, lambda: pieces(draw.number, draw.big, draw.step)))


@_kind("download", 10)
def _download(draw: Draw) -> Order:
    return draw.download("get", draw.size)


@_kind("redirect, upload", 4, hits=_TWICE)
def _redirect(draw: Draw) -> Order:
    return draw.upload(SizedStream(draw.size, draw.counted), "hop", "put")


@_kind("redirect, download", 4, hits=_TWICE)
def _redirect_download(draw: Draw) -> Order:
    return draw.download("hop", "get", draw.size)


@_kind("redirect, read once", 2, "BodyConsumed")
def _redirect_once(draw: Draw) -> Order:
    return draw.upload(SizedStream(draw.size, draw.chunks()), "hop", "put")


@_kind("login, upload", 6)
def _login(draw: Draw) -> Order:
    return draw.upload(SizedStream(draw.size, draw.counted), "auth")


def _wrong(draw: Draw, declared: int, size: int, error: Exception | None = None) -> Order:
    def source() -> Iterator[bytes]:
        yield from draw.chunks(size)
        if error is not None:
            raise error

    body = SizedStream(declared, lambda: draw.sources.counted(source()))
    return draw.upload(body, seen=NEVER)


@_kind("too short", 3, "BodyTooShort", _NEVER)
def _short(draw: Draw) -> Order:
    return _wrong(draw, _LARGE + 1, _LARGE)


@_kind("too short, small", 2, "BodyTooShort", _NEVER)
def _short_small(draw: Draw) -> Order:
    return _wrong(draw, 11, 10)


@_kind("too long", 3, "BodyTooLong", _NEVER)
def _long(draw: Draw) -> Order:
    return _wrong(draw, _LARGE - 1, _LARGE)


@_kind("source raises OSError", 3, "BodySourceError", _NEVER)
def _disk(draw: Draw) -> Order:
    return _wrong(draw, _LARGE * 2, _LARGE, OSError("disk"))


@_kind("source raises its own", 3, OwnError.__name__, _NEVER)
def _own(draw: Draw) -> Order:
    return _wrong(draw, _LARGE * 2, _LARGE, OwnError())


@_kind("reset in the body", 2, NETWORK, _NEVER)
def _reset(draw: Draw) -> Order:
    body = SizedStream(_TOO_MUCH, lambda: pieces(draw.number, _TOO_MUCH))
    return draw.upload(body, "reset", 100_000, seen=NEVER)


@_kind("reset for an answer", 3, NETWORK)
def _drop(draw: Draw) -> Order:
    return draw.upload(SizedStream(draw.size, draw.counted), "drop")


@_kind("no answer in time", 1, TIMEOUT, _PERHAPS)
def _stall(draw: Draw) -> Order:
    return draw.upload(SizedStream(5_000, lambda: draw.chunks(5_000)), "stall", timeout=_SHORT_WAIT)


@_kind("answered early", 2, "status 413", _NEVER)
def _early(draw: Draw) -> Order:
    return draw.upload(SizedStream(draw.size, draw.counted), "early")


class Book:
    """Makes the orders of a run.

    Args:
        folder: For files.
        is_async: Whether async sources are among them.
        big: Bytes of a big upload.
        every: How many orders there are to a big one; 0 for none.
    """

    def __init__(self, folder: Path, *, is_async: bool, big: int = 0, every: int = 0) -> None:
        self.sources = Sources()
        self._folder = folder
        self._names = [
            name for name, kind in KINDS.items() if is_async or not kind.is_async for _ in range(kind.weight)
        ]
        self._big, self._every = big, every
        for which, size in enumerate(SIZES):
            (folder / str(which)).write_bytes(content(which, size))

    def order(self, number: int) -> Order:
        """Make the order of a number."""
        draw = Draw(number, self._folder, self.sources, self._big)
        is_big = self._every and number % self._every == 0
        name = BIG if is_big else draw.random.choice(self._names)
        order = KINDS[name].make(draw)
        return order._replace(kind=name, headers={**order.headers, "X-Kind": name})
