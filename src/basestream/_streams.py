"""The body of known size in its two faces, `SizedStream` and `StreamingIterator` (S1, S6, S7).

Why two: an object with ``read`` is pulled in pieces of 16 KiB by urllib3 and is never told that a new attempt
begins. One without is sent in whole blocks and restarted correctly. Sessions always send the face without.

What this module does not know: any client, and how a source is read.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from operator import index
from typing import TYPE_CHECKING, Any

from ._blocks import Encoder
from ._passes import Body, Pass
from ._sources import SUPERSEDED, PathSource, source_for
from ._transports import BARE, Transport
from ._uploads import AsyncUpload, Unmistakable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TypeAlias

    from typing_extensions import Buffer, Self

    from ._blocks import Chunk
    from ._readers import Reader
    from ._sources import Surplus

    SyncSource: TypeAlias = Buffer | Iterable[Chunk] | Callable[[], object]
    BodySource: TypeAlias = SyncSource | AsyncIterable[Chunk] | Any
    """Bytes-like, an iterable or async iterable of chunks, a file, or a function that gives one of these."""

ProgressCallback = Callable[[int, int], object]


class SizedStream(Unmistakable):
    """An upload body of exactly ``size`` bytes, which is never sent otherwise.

    Args:
        size: Bytes. Exactly as many are sent, or the request does not complete.
        source: Bytes, an iterable of chunks (bytes-like or ``str``), a file, or a function without arguments
            that gives a fresh one of these for each attempt. Nothing of it is read here.
        encoding: For chunks of ``str``.
        surplus: What becomes of bytes beyond ``size``: ``"error"`` raises, ``"leave"`` does not look. By
            default an error, except for binary files, which may be slices, pipes or sockets.
        on_progress: Called as ``on_progress(sent, size)`` when a pass begins (``sent`` is 0) and after each
            block that the client has taken.
        in_thread: Whether an async session reads the source in a worker thread. By default files, paths and
            functions are, iterators are not: they may belong to their thread.

    Raises:
        TypeError: ``size`` is no integer, or the source is none; the message says what to pass instead.
        ValueError: ``size`` is negative.
        BodySizeError: The source is bytes-like and of another length.

    Example:
        >>> body = SizedStream(11, ["hello", " ", "world"])
        >>> len(body), b"".join(body), body.replayable
        (11, b'hello world', True)
        >>> body.headers
        {'Content-Length': '11'}
    """

    def __init__(
        self,
        size: int,
        source: BodySource,
        *,
        encoding: str = "utf-8",
        surplus: Surplus | None = None,
        on_progress: ProgressCallback | None = None,
        in_thread: bool | None = None,
    ) -> None:
        from threading import Lock  # two modules less for those who only join URLs

        self.size: int = checked_size(size)
        """The declared size in bytes."""
        self.encoding: str = encoding
        """How chunks of text are encoded."""
        Encoder(encoding)  # an unknown encoding is an error now, not in mid-upload
        opener = source if isinstance(source, PathSource) else source_for(source, self.size, surplus)
        self._body = Body(self.size, opener, encoding, on_progress, in_thread)
        self._position: int = 0
        self._pass: Pass | None = None
        self._lock = Lock()

    @classmethod
    def from_path(
        cls,
        path: str | os.PathLike[str],
        *,
        surplus: Surplus | None = None,
        on_progress: ProgressCallback | None = None,
        in_thread: bool | None = None,
    ) -> Self:
        """Make a body of a file: its size now, opened when it is sent, closed after it, replayable.

        Args:
            path: The file's path. It must not grow or shrink until it is sent.
            surplus: ``"leave"`` sends the beginning of a file that has grown.
            on_progress: As for the class.
            in_thread: As for the class.

        Raises:
            OSError: There is no such file.

        Example:
            >>> import tempfile
            >>> with tempfile.NamedTemporaryFile() as file:
            ...     _ = file.write(b"hello")
            ...     file.flush()
            ...     b"".join(SizedStream.from_path(file.name))
            b'hello'
        """
        size = os.stat(path).st_size
        return cls(
            size, PathSource(path, surplus), surplus=surplus, on_progress=on_progress, in_thread=in_thread
        )

    @property
    def len(self) -> int:
        """The size in bytes; requests asks for it, and it has no limit where ``len()`` has (32 bits)."""
        return self.size

    @property
    def headers(self) -> dict[str, str]:
        """``{"Content-Length": ...}``, for bare clients that cannot be told otherwise."""
        return {"Content-Length": str(self.size)}

    @property
    def replayable(self) -> bool:
        """Whether the body can be sent again (S8)."""
        return self._body.source.replayable

    @property
    def asynchronous(self) -> bool:
        """Whether only an async session can read the source."""
        return self._body.source.asynchronous

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        """Start a new pass (S6): blocks of exact ``bytes``.

        Raises:
            BodyConsumed: At the first block: the source can be read once, and was.
            BodySizeError: Instead of the last block.
            BodySourceError: The source failed with an error that a client would take for its own.
        """
        blocks = self.new_pass(BARE)
        if not self._position:
            return blocks
        from ._readers import skipping  # a module less for those who have a session

        return skipping(blocks, self._position)

    def aio(self) -> AsyncIterable[bytes]:
        """Give an object that is async-iterable and nothing else, for bare async clients.

        Example:
            ``await client.put(url, content=body.aio(), headers=body.headers)``
        """
        return AsyncUpload(self, BARE)

    def new_pass(self, transport: Transport) -> Pass:
        """Give a pass from the beginning, for a transport; it begins, and ends the one before, when pulled."""
        return Pass(self._body, transport, self._activate)

    def tell(self) -> int:
        """Give the position at which the next pass begins, in bytes."""
        return self._position

    def seekable(self) -> bool:
        """Whether a position that was passed can be read again; boto3 keeps the bytes of what says no."""
        return self.replayable

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position; arithmetic only, the source is not touched.

        Args:
            offset: Bytes.
            whence: As for a file.

        Raises:
            ValueError: The position is not in 0..size.
        """
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}
        if whence not in start:
            raise ValueError(f"whence must be 0, 1 or 2, not {whence!r}")
        position = start[whence] + index(offset)
        if not 0 <= position <= self.size:
            raise ValueError(f"position {position} is outside of the body's {self.size} bytes")
        self._position = position
        return position

    def close(self) -> None:
        """End the running pass and close what it has opened; never the user's own object. Idempotent."""
        ended = self._activate(None)
        if ended is not None:
            ended.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        kind = type(self._body.source).__name__.removesuffix("Source").lower()
        return f"<{type(self).__name__} of {self.size} bytes, source: {kind}>"

    def _activate(self, new: Pass | None) -> Pass | None:
        """Make a pass the running one, and end the one before (S12)."""
        with self._lock:
            before, self._pass = self._pass, new
        if before is not None:
            before.end(SUPERSEDED if new is not None else "the stream was closed")
        return before


class StreamingIterator(SizedStream):
    """A `SizedStream` that can be read like a file, with the name and arguments of ``requests_toolbelt``.

    Args:
        size: Bytes.
        iterator: As ``source`` of `SizedStream`.
        encoding: For chunks of ``str``.
        surplus: As for `SizedStream`.
        on_progress: As for `SizedStream`.
        in_thread: As for `SizedStream`.

    Example:
        >>> body = StreamingIterator(6, iter([b"ab", b"cd", b"ef"]))
        >>> body.read(3), body.read(), body.read()
        (b'abc', b'def', b'')
    """

    def __init__(
        self,
        size: int,
        iterator: BodySource,
        encoding: str = "utf-8",
        *,
        surplus: Surplus | None = None,
        on_progress: ProgressCallback | None = None,
        in_thread: bool | None = None,
    ) -> None:
        super().__init__(
            size, iterator, encoding=encoding, surplus=surplus, on_progress=on_progress, in_thread=in_thread
        )
        self.iterator: BodySource = iterator.path if isinstance(iterator, PathSource) else iterator
        """The source as it was given."""
        self._reader: Reader | None = None  # made by the first read

    def read(self, size: int | None = -1) -> bytes:
        """Read bytes, as from a binary file.

        Args:
            size: How many bytes; None or a negative number is all that is left.

        Returns:
            Exactly ``size`` bytes, fewer only at the end, ``b""`` after it.

        Raises:
            BodyError: As for iterating.
        """
        count = self.size if size is None or size < 0 else index(size)
        if size == 0 or self._is_at_end():
            return b""
        reader = self._at_position()
        data = reader.read(count or 1)  # of an empty body too, the source must have ended
        self._position += len(data)
        if self._position == self.size:
            reader.finish()
        return data

    def _is_at_end(self) -> bool:
        if self._reader is None:
            return 0 < self.size == self._position
        return self._position == self.size and not self._reader.has_failed

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position, as `SizedStream.seek`; after a failure, reading begins anew from there."""
        position = super().seek(offset, whence)
        if self._reader is not None and self._reader.has_failed:
            self._reader = None
        return position

    def __iter__(self) -> Iterator[bytes]:
        """Give what ``read`` has not taken yet; start a new pass when nothing was read, or after ``seek(0)``."""
        if self._reader is None or self._position == 0:
            return super().__iter__()
        return self._rest()

    def _rest(self) -> Iterator[bytes]:
        while block := self.read(BARE.limits.block):
            yield block

    def _at_position(self) -> Reader:
        reader = self._reader
        if reader is None or reader.position > self._position:
            from ._readers import Reader

            reader = self._reader = Reader(self.new_pass(BARE))
        while reader.position < self._position:
            reader.read(min(self._position - reader.position, BARE.limits.block))  # not held
        return reader


def checked_size(size: object) -> int:
    """Give a size back as an ``int`` (S11).

    Raises:
        TypeError: It is no integer.
        ValueError: It is negative.
    """
    try:
        if isinstance(size, bool):
            raise TypeError
        number = index(size)  # type: ignore[arg-type]  # whether it has __index__ is the question
    except TypeError:
        raise TypeError(
            f"size must be an integer, the body's length in bytes, not {type(size).__name__}; "
            "the arguments are (size, source)"
        ) from None
    if number < 0:
        raise ValueError(f"size must not be negative, and is {number}")
    return number
