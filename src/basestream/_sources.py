"""Opening a source, once or again: what it is, whether it replays, and how its length is checked (S2).

Rule 1: the constructor decides what a source is and reads nothing of it.
Rule 2: a source that can be read once says so at the second opening (S6); it never gives an empty body.
Rule 3: what is opened here is closed here; the user's own objects are never closed.
Rule 4: this module counts nothing: that is `_blocks`.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeGuard, cast

from ._errors import BodyConsumed, BodyError, BodyTooLong, BodyTooShort
from ._files import AsyncReading, read_chunks

if TYPE_CHECKING:
    import os
    from typing import TypeAlias

    from typing_extensions import Buffer

    from ._blocks import Chunk
    from ._transports import Limits

    Surplus: TypeAlias = Literal["error", "leave"]
    """What becomes of bytes beyond ``size``."""


class Opened(NamedTuple):
    """One opening of a source."""

    chunks: Iterable[Chunk] | AsyncIterator[Chunk]
    leave: bool
    """Whether bytes beyond the size are left unread."""
    slow: bool
    """Whether reading may block: an async session then reads in a worker thread (S13)."""
    close: Callable[[], object] | None = None
    """Closes what was opened; may give an awaitable."""


class Source:
    """What a body is read from; each kind below says how.

    Args:
        surplus: Overrides the kind's own way with bytes beyond the size.
    """

    replayable = True
    asynchronous = False
    slow = False
    """Whether opening it may block (S13)."""
    leaves = False
    """The kind's own way with bytes beyond the size (S2)."""

    def __init__(self, surplus: Surplus | None) -> None:
        if surplus not in (None, "error", "leave"):
            raise ValueError(f"surplus must be 'error' or 'leave', not {surplus!r}")
        self._leave = self.leaves if surplus is None else surplus == "leave"

    def open(self, size: int, limits: Limits) -> Opened:
        """Begin to read from the start.

        Raises:
            BodyConsumed: It can be read once, and was.
        """
        raise NotImplementedError


class BufferSource(Source):
    """Bytes in memory: replayable, and its length is known at once."""

    def __init__(self, data: Buffer, size: int, surplus: Surplus | None) -> None:
        super().__init__(surplus)
        self._data = data
        with memoryview(data) as view:
            length = view.nbytes
        if length < size:
            raise BodyTooShort(f"size is {size}, but the data has {length} bytes", size=size, seen=length)
        if length > size and not self._leave:
            raise BodyTooLong(f"size is {size}, but the data has {length} bytes", size=size, seen=length)

    def open(self, size: int, limits: Limits) -> Opened:
        data = self._data
        if self._leave:
            data = memoryview(data).tobytes()[:size]
        return Opened((data,), self._leave, self.slow)


class OneShotSource(Source):
    """An iterator or generator: it can be read once."""

    replayable = False

    def __init__(self, chunks: Iterator[Chunk] | AsyncIterator[Chunk], surplus: Surplus | None) -> None:
        super().__init__(surplus)
        self._chunks = chunks
        self._taken = False
        self.asynchronous = not hasattr(chunks, "__next__")

    def open(self, size: int, limits: Limits) -> Opened:
        if self._taken:
            raise consumed(type(self._chunks).__name__)
        self._taken = True
        return Opened(self._chunks, self._leave, self.slow)


class IterableSource(Source):
    """A collection or an object of the user's whose ``__iter__`` starts afresh."""

    def __init__(self, chunks: Iterable[Chunk], surplus: Surplus | None) -> None:
        super().__init__(surplus)
        self._chunks = chunks

    def open(self, size: int, limits: Limits) -> Opened:
        chunks = iter(self._chunks)
        if not hasattr(chunks, "__iter__"):  # as the language allows: it asks for __next__ alone
            chunks = _steps(chunks)
        return Opened(chunks, self._leave, self.slow)


def _steps(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    with suppress(StopIteration):
        while True:
            yield next(chunks)


class AsyncIterableSource(Source):
    """An object whose ``__aiter__`` starts afresh."""

    asynchronous = True

    def __init__(self, chunks: Any, surplus: Surplus | None) -> None:
        super().__init__(surplus)
        self._chunks = chunks

    def open(self, size: int, limits: Limits) -> Opened:
        chunks: Any = self._chunks.__aiter__()
        # Of a generator that was made for this pass nobody else knows, and an event loop warns if it is abandoned.
        return Opened(chunks, self._leave, self.slow, getattr(chunks, "aclose", None))


class FileSource(Source):
    """A file-like object of the user's: replayable if it can seek, from its position at construction."""

    slow = True

    def __init__(self, file: Any, surplus: Surplus | None) -> None:
        self._text = isinstance(file, io.TextIOBase) or hasattr(file, "encoding")
        # A slice of a file, a pipe or a socket that stays open: what follows is not ours to read. Of text the
        # size is known after encoding only, so that what follows is an error.
        self.leaves = not self._text
        super().__init__(surplus)
        self._file = file
        self._start = _position(file)
        self.replayable = self._start is not None
        from threading import Lock  # two modules less for those who only join URLs

        self._lock = Lock()
        self._opening = 0

    def open(self, size: int, limits: Limits) -> Opened:
        with self._lock:
            if self._start is not None:
                self._file.seek(self._start)
            elif self._opening:
                raise consumed(type(self._file).__name__)
            self._opening += 1
            opening = self._opening

        def read(count: int) -> Chunk | None:
            # Two passes share one position: the later one wins, and the earlier one may not move it (S12).
            with self._lock:
                if self._opening != opening:
                    raise BodyError(SUPERSEDED)
                return cast("Chunk | None", self._file.read(count))

        bounded = size if self._leave and not self._text else None
        return Opened(read_chunks(read, limits, bounded), self._leave, self.slow)


class AsyncFileSource(Source):
    """A file-like object whose ``read`` is a coroutine function (aiofiles, anyio, trio): it can be read once.

    Its ``seek`` is a coroutine too, so that its position cannot be known at construction.
    """

    asynchronous = True
    replayable = False

    def __init__(self, file: Any, surplus: Surplus | None) -> None:
        super().__init__(surplus)
        self._file = file
        self._taken = False

    def open(self, size: int, limits: Limits) -> Opened:
        if self._taken:
            raise consumed(type(self._file).__name__)
        self._taken = True
        bounded = size if self._leave else None
        return Opened(AsyncReading(self._file.read, limits, bounded), self._leave, self.slow)


class PathSource(Source):
    """A file of the system's, opened for each pass and closed after it."""

    slow = True

    def __init__(self, path: str | os.PathLike[str], surplus: Surplus | None) -> None:
        super().__init__(surplus)
        self.path = path

    def open(self, size: int, limits: Limits) -> Opened:
        file = open(self.path, "rb")  # noqa: SIM115  (closed by the pass)
        chunks = read_chunks(file.read, limits, size if self._leave else None)
        return Opened(chunks, self._leave, self.slow, file.close)


class FactorySource(Source):
    """A callable without arguments that gives a fresh source for each pass, closed after it."""

    slow = True

    def __init__(self, factory: Callable[[], object], surplus: Surplus | None) -> None:
        super().__init__(surplus)
        self._factory = factory
        self._surplus: Surplus | None = surplus
        from inspect import isasyncgenfunction, iscoroutinefunction

        if iscoroutinefunction(factory):
            raise TypeError("an async function gives no chunks: write an async generator, with yield")
        self.asynchronous = isasyncgenfunction(factory)

    def open(self, size: int, limits: Limits) -> Opened:
        made = self._factory()
        close = (
            None if isinstance(made, type) else getattr(made, "close", None) or getattr(made, "aclose", None)
        )
        try:
            source = source_for(made, size, self._surplus)
            if isinstance(source, FactorySource):
                raise TypeError(
                    "the factory gave another function; it must give bytes, a file or an iterable"
                )
            opened = source.open(size, limits)
            return opened._replace(slow=True, close=close or opened.close)
        except BaseException:
            if close is not None:
                with suppress(Exception):  # why it cannot be opened is the one to be told
                    drop(close())
            raise


def source_for(source: object, size: int, surplus: Surplus | None) -> Source:
    """Decide what a source is (S2), reading nothing of it.

    Raises:
        TypeError: It is none; the message says what to pass instead.
        BodySizeError: It is bytes-like and of another length than ``size``.
    """
    if isinstance(source, str):
        raise TypeError("a str is no source: encode it (text.encode()), or use from_path() for a file's name")
    if isinstance(source, dict):
        raise TypeError("a dict is no source: pass a form or json= to the client, or encode it yourself")
    if hasattr(source, "__fspath__"):
        raise TypeError("a path is no source: use SizedStream.from_path(path)")
    if isinstance(source, type):
        return FactorySource(source, surplus)
    if _is_buffer(source):
        return BufferSource(cast("Buffer", source), size, surplus)
    return _file_for(source, surplus) or _iterable_for(source, surplus) or _factory_for(source, surplus)


def _file_for(source: Any, surplus: Surplus | None) -> Source | None:
    read = getattr(source, "read", None)
    if not callable(read):
        return None
    from inspect import iscoroutinefunction

    return AsyncFileSource(source, surplus) if iscoroutinefunction(read) else FileSource(source, surplus)


def _iterable_for(source: Any, surplus: Surplus | None) -> Source | None:
    if hasattr(source, "__next__") or hasattr(source, "__anext__"):
        return OneShotSource(source, surplus)
    if hasattr(source, "__iter__"):
        return IterableSource(source, surplus)
    if hasattr(source, "__aiter__"):
        return AsyncIterableSource(source, surplus)
    return None


def _factory_for(source: object, surplus: Surplus | None) -> Source:
    if callable(source):
        return FactorySource(source, surplus)
    raise TypeError(
        f"{type(source).__name__} is no source: pass bytes, a file, an iterable of chunks, "
        "or a function that gives one of these"
    )


def _is_buffer(source: object) -> bool:
    try:
        memoryview(source).release()  # type: ignore[arg-type]  # whether it is one is the question
    except TypeError:
        return False
    return True


def _position(file: Any) -> int | None:
    """Give the position of a file that can seek, else None."""
    try:
        seekable = getattr(file, "seekable", None)
        if seekable is not None and not seekable():
            return None
        position = file.tell()
        return position if callable(getattr(file, "seek", None)) else None
    except (AttributeError, OSError, ValueError):  # io.UnsupportedOperation is an OSError; closed: ValueError
        return None


def drop(waiting: object) -> None:
    """Leave what an async close gives where nobody can await it; Python would warn of it otherwise."""
    if isinstance(waiting, Coroutine):
        waiting.close()


def is_async(chunks: object) -> TypeGuard[AsyncIterator[Chunk]]:
    """Tell whether chunks have to be awaited; ``__anext__`` alone is enough, as it is for the language."""
    return hasattr(chunks, "__anext__") and not hasattr(chunks, "__next__")


def consumed(kind: str) -> BodyConsumed:
    """The error for a second pass over a one-shot source (S6)."""
    return BodyConsumed(
        f"the body's source ({kind}) can be read once, and was. It is needed again when a redirect, a retry or "
        "an auth challenge sends the request another time, or when a cache or a mock has read it. Pass a "
        "function that makes a fresh source, a file that can seek, or use from_path(); for a challenge, do a "
        "GET first or send Basic credentials at once"
    )


SUPERSEDED = (
    "superseded: another upload of the same stream has begun. One stream carries one upload at a time (S12); "
    "make a stream for each"
)
