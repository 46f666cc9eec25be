"""The face of a stream that a session hands to its client: no ``read``, a new pass each time it is iterated.

Rule 1: a client that tells, seeks or measures it touches no source.
Rule 2: the first block is pulled before a connection is opened, and not lost when the attempt never began (S4).
Rule 3: the size is the stream's, on every attempt (W1).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import chain
from typing import Protocol

from ._errors import FramingError
from ._passes import Pass
from ._transports import Transport


class Stream(Protocol):
    """What a face needs of a `SizedStream`, which stands above this module."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def asynchronous(self) -> bool:
        """Whether only an async client can read it."""
        ...

    def new_pass(self, transport: Transport) -> Pass:
        """Give a pass from the beginning."""
        ...


class Unmistakable:
    """A body, and its text, which no other body has ever.

    requests-cache takes the text for the content where there is no ``read``: with an address in it, or a size
    alone, another body would be answered from the cache and never be sent.
    """

    _text = ""

    def __str__(self) -> str:
        if not self._text:
            from uuid import uuid4  # only where somebody asks; a cache may outlive the process

            self._text = f"{self!r} {uuid4()}"
        return self._text


class _Face(Unmistakable):
    """What the sync and the async face share: the size, and positions that are arithmetic."""

    def __init__(self, stream: Stream, transport: Transport, *, reset_on_abort: bool = True) -> None:
        self._stream = stream
        self._transport = transport
        self.reset_on_abort = reset_on_abort
        """Whether a connection that can is to end in a reset when the body is cut short (W4)."""
        self._primed: tuple[bytes, Pass] | None = None
        self._running: Pass | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.size} bytes>"

    @property
    def size(self) -> int:
        """The declared size in bytes."""
        return self._stream.size

    def __len__(self) -> int:
        return self._stream.size

    def __bool__(self) -> bool:
        return True  # requests and httpx drop a false body, and size 0 is to be checked too (S11)

    def tell(self) -> int:
        """Give 0: every iteration is a pass from the beginning."""
        return 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Answer a client that measures or rewinds: every iteration begins at 0 anyway."""
        return self.size if whence == os.SEEK_END else offset

    def take(self) -> tuple[bytes, Pass]:
        """Give the primed block, if there is one, and the pass that goes on with it."""
        primed, self._primed = self._primed, None
        return primed or (b"", self._pass())

    def _pass(self) -> Pass:
        self._running = self._stream.new_pass(self._transport)
        return self._running


class Upload(_Face):
    """A stream as a sync client sends it.

    Args:
        stream: The user's stream.
        transport: What suits the client.
        reset_on_abort: Whether a connection that can is to end in a reset when the body is cut short (W4).

    Raises:
        TypeError: The source is asynchronous (S13).
    """

    def __init__(self, stream: Stream, transport: Transport, *, reset_on_abort: bool = True) -> None:
        if stream.asynchronous:
            raise TypeError("the source is asynchronous: use an async session, or a source that is not")
        super().__init__(stream, transport, reset_on_abort=reset_on_abort)

    def prime(self) -> None:
        """Pull the first block of the next pass, so that a wrong small body opens no connection (S4).

        Raises:
            BodyError: The body is wrong, its source failed, or was consumed.
        """
        if self._primed is None:  # else the attempt before never read it
            blocks = self._pass()
            self._primed = (next(blocks, b""), blocks)

    def __iter__(self) -> Iterator[bytes]:
        """Give the blocks of a pass, exact ``bytes`` (S5): a reader that is no socket may copy or compare them."""
        blocks = self.pieces()
        return map(bytes, blocks) if self._transport.limits.views else blocks

    def pieces(self) -> Iterator[bytes]:
        """Give the blocks of a pass as a socket takes them: the transport may allow views in place of ``bytes``."""
        # As lazy as a generator, which would cost as much as the pass does.
        return chain.from_iterable(self._turns())

    def _turns(self) -> Iterator[Iterable[bytes]]:
        first, blocks = self.take()
        yield (first,) if first else ()
        yield blocks.inline()

    def end(self) -> None:
        """Close what the running pass has opened; the exchange is over."""
        self._primed = None
        if self._running is not None:
            self._running.end("the exchange that this pass belonged to is over")
            self._running.close()


class AsyncUpload(_Face):
    """A stream as an async client sends it; async-iterable only, or a client would take it for a sync body."""

    async def prime(self) -> None:
        """Pull the first block of the next pass (S4).

        Raises:
            BodyError: The body is wrong, its source failed, or was consumed.
        """
        if self._primed is None:  # else the attempt before never read it
            blocks = self._pass()
            self._primed = (await anext(blocks, b""), blocks)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _AsyncBlocks(self)

    async def end(self) -> None:
        """Close what the running pass has opened; the exchange is over."""
        self._primed = None
        if self._running is not None:
            self._running.end("the exchange that this pass belonged to is over")
            await self._running.aclose()


class _AsyncBlocks:
    """No async generator: one that is abandoned makes its event loop warn."""

    def __init__(self, face: AsyncUpload) -> None:
        self._face = face
        self._blocks: Pass | None = None

    def __aiter__(self) -> _AsyncBlocks:
        return self

    async def __anext__(self) -> bytes:
        if self._blocks is None:
            first, self._blocks = self._face.take()
            if first:
                return first
        return await self._blocks.__anext__()


def check_framing(headers: Iterable[tuple[str, str]], size: int) -> None:
    """Refuse headers that contradict the size of the body (W1).

    Args:
        headers: Names and values that the request would be sent with.
        size: The body's size in bytes.

    Raises:
        FramingError: There is a ``Transfer-Encoding``, or another ``Content-Length``.

    Example:
        >>> check_framing([("content-length", "5")], 5)

    Source: RFC 9112 section 6.2: a sender must not send both.
    """
    for name, value in headers:
        if name.lower() == "transfer-encoding":
            raise FramingError(
                f"Transfer-Encoding: {value} contradicts a body of known size: leave the header out"
            )
        if name.lower() == "content-length" and value.strip() != str(size):
            raise FramingError(
                f"Content-Length: {value} contradicts the body's size of {size} bytes: "
                "leave the header out, or declare the size you mean"
            )
