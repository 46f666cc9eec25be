"""The exact-size arithmetic: chunks of any kind in, blocks of a known total out. Pure: no I/O, no async.

Rule 1: no block is released that could complete a wrong body. When the running total reaches ``size``, the
        last block is held back until the source has ended (S3).
Rule 2: a block is an exact ``bytes`` object, or a view of one where the limits allow that; never empty, never
        above ``cap`` (S5).
Rule 3: a chunk that is a good block already passes untouched, the same object.
Rule 4: this module does not know where chunks come from, nor who takes the blocks.
"""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, cast

from ._errors import BodyTooLong, BodyTooShort
from ._transports import Limits

if TYPE_CHECKING:
    from typing import TypeAlias

    from typing_extensions import Buffer

    Chunk: TypeAlias = Buffer | str

# Chunks below this many bytes are cheaper to copy at once than to keep in a list until they are joined.
_TINY = 512
# Encodings without state: each chunk may be encoded alone, which is four times faster than incrementally.
_STATELESS = frozenset({"utf-8", "ascii", "iso8859-1"})


class Encoder:
    """Encodes one chunk of text after the other, as if they were one text.

    Raises:
        LookupError: There is no such encoding.
    """

    __slots__ = ("_incremental", "_name", "_used")

    def __init__(self, encoding: str) -> None:
        codec = codecs.lookup(encoding)
        self._name = codec.name
        self._used = False
        self._incremental = None if codec.name in _STATELESS else codecs.getincrementalencoder(encoding)()

    def encode(self, text: str) -> bytes:
        """Encode a chunk."""
        if self._incremental is None:
            return text.encode(self._name)
        self._used = True
        return self._incremental.encode(text)  # UTF-16 writes its byte order mark once

    def finish(self) -> bytes:
        """Give what the encoding writes at its end (ISO-2022-JP shifts back)."""
        return self._incremental.encode("", True) if self._incremental and self._used else b""


class Hot(NamedTuple):
    """What a loop over small chunks keeps in local variables."""

    held: int
    room: int
    pass_at: int
    parts: list[bytes]


class Blocks:
    """The state of one pass: how much was seen, what is held.

    Args:
        size: The total, in bytes.
        limits: Block sizes.
        encoding: For chunks of text.
        leave: Stop at ``size`` and never look for surplus (S2).
        clock: Seconds, monotonic.

    Example:
        >>> blocks = Blocks(5)
        >>> list(blocks.feed([b"he", b"", "llo"])), list(blocks.finish())
        ([], [b'hello'])
    """

    __slots__ = (
        "_asked",
        "_clock",
        "_copied",
        "_due",
        "_encoder",
        "_given",
        "_held",
        "_limits",
        "_parts",
        "_pass",
        "_size",
        "_stop",
        "_tiny",
        "copying",
        "leave",
    )

    def __init__(
        self,
        size: int,
        *,
        limits: Limits = Limits(),
        encoding: str = "utf-8",
        leave: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size = size
        self._limits = limits
        self._encoder = Encoder(encoding)
        self.leave = leave
        self._clock = clock
        self._parts: list[bytes] = []  # what is held, to be joined
        self._copied = BytesIO()  # the same, while a loop is `copying` tiny chunks
        self.copying = False
        self._tiny = _TINY
        self._held = 0  # the length of what is held
        self._given = 0  # bytes released in blocks
        self._due = 0.0  # when what is held has waited long enough
        self._asked = 0  # how often the clock was asked since
        self._stop = self._pass = 0  # what may be held, and what is not; `hot` says it

    def feed(self, chunks: Iterable[Chunk]) -> Iterator[bytes]:
        """Take chunks and give the blocks they complete; call it again with further chunks.

        Raises:
            BodyTooLong: The chunks exceed ``size``; nothing of the exceeding chunk was given.
            TypeError: A chunk is neither bytes-like nor ``str``.
        """
        iterator = iter(chunks)
        size, pass_at, cap = self._size, self._limits.pass_at, self._limits.cap
        chunk: Chunk | None
        while not self.is_full:
            if self._held or not self._given:
                chunk = self._hold_small(iterator)
            else:
                left = size - self._given
                for chunk in iterator:  # the hot path of large chunks
                    if type(chunk) is not bytes:
                        chunk = self.as_bytes(chunk)
                    length = len(chunk)
                    if length < pass_at or length > cap or length >= left:
                        break
                    left -= length
                    yield chunk
                else:
                    chunk = None
                self._given = size - left
            if chunk is None:
                return
            yield from self._take(chunk)
            chunk = b""  # a view of the user's buffer must be gone before it is used again

    def _hold_small(self, chunks: Iterator[Chunk]) -> bytes | None:
        """Hold chunks, and give the first one that there is something to decide about; None at the end."""
        held, room, pass_at, parts = self.hot()
        while not self.copying:
            for chunk in chunks:
                if type(chunk) is not bytes:
                    chunk = self.as_bytes(chunk)
                parts.append(chunk)
                held += len(chunk) or self.drop_empty()
                if held >= room:
                    break
            else:
                self.settle(held)
                return None
            length = len(chunk)
            if length >= pass_at or not (room := self.more_room(length, held)):
                return self.undecided(chunk, length, held)
        return self._copy_tiny(chunks, held, room)

    def _copy_tiny(self, chunks: Iterator[Chunk], held: int, room: int) -> bytes | None:
        """Go on in the same way while chunks are tiny."""
        # One call copies a buffer of any type before its source may use it again, and gives its length.
        write, pass_at = self.writer, self._pass
        for chunk in chunks:
            try:
                length = write(chunk)
            except Exception:  # text, or a buffer in pieces, or what `refused` raises for
                break
            held += length
            if held >= room and (length >= pass_at or not (room := self.more_room(length, held))):
                return self.undecided(chunk, length, held)
        else:
            self.settle(held)
            return None
        return self.refused(chunk, held)

    def hot(self) -> Hot:
        """Give what a loop needs to hold small chunks by itself; it calls `more_room` or `feed` for the others."""
        self._stop = min(self._target() + 1, self._size - self._given)
        self._pass = self._pass_at()
        return Hot(self._held, self._held + 1, self._pass, self._parts)

    @property
    def writer(self) -> Callable[[Chunk], int]:
        """What holds a chunk while `copying`, and gives its length; what it cannot hold is for `refused`."""
        return cast("Callable[[Chunk], int]", self._copied.write)

    def undecided(self, chunk: Chunk, length: int, held: int) -> bytes:
        """Take back the chunk that a loop has held last: there is something to decide about it."""
        if not self.copying:
            del self._parts[-1]
        self.settle(held - length)
        if length >= self._pass:
            self._copied = BytesIO()  # it may have grown by that chunk
        return chunk if type(chunk) is bytes else self.as_bytes(chunk)

    def refused(self, chunk: Chunk, held: int) -> bytes:
        """Give a chunk that could not be copied: text, or a buffer in pieces.

        Raises:
            TypeError: It is neither bytes-like nor ``str``.
        """
        self._tiny = 0  # more of them will come
        self.settle(held)
        return self.as_bytes(chunk)

    def settle(self, held: int) -> None:
        """Take back from a loop how many bytes are held; what it has copied becomes one part."""
        self._held = held
        if self.copying:
            self.copying = False
            self._copied.seek(0)
            self._parts.append(self._copied.read(held))
            self._copied.seek(0)

    def drop_empty(self) -> int:
        """Forget the chunk that a loop has held last, because it is empty; gives its length."""
        del self._parts[-1]
        return 0

    def more_room(self, length: int, held: int) -> int:
        """Give the room up to which nothing is to be decided; 0 if the chunk that came last cannot be held.

        Args:
            length: Of that chunk, less than what passes as it is.
            held: The bytes that are held with it.
        """
        room = stop = self._stop
        if held >= stop or held == length:
            return 0
        if self._given:
            if self._clock() >= self._due:
                return 0
            # Asking the clock costs as much as holding three chunks. It is asked at each of the first 8, and then
            # after as many as that again, up to 64: a steady source is late by less than another second.
            self._asked = asked = self._asked + 1
            step = 1 if asked < 8 else length << (6 if asked > 10 else asked - 5)
            # A chunk that passes as it is crosses it in any case.
            room = held + (step if step < self._pass else self._pass)
        if length < self._tiny and not self.copying and (self._asked >= 8 or not self._given):
            self.copying = True
            self._copied.writelines(self._parts)
            self._parts.clear()
        return room if room < stop else stop

    @property
    def is_full(self) -> bool:
        """Whether ``size`` is reached and what follows is to be left in the source."""
        return self.leave and self._given + self._held == self._size

    def _take(self, chunk: bytes) -> Iterator[bytes]:
        """Deal with one chunk where there is something to decide."""
        limits = self._limits
        length = len(chunk)
        if not length:
            return
        seen = self._given + self._held + length
        if seen > self._size:
            raise self._too_long(seen)
        if self._held and (length >= self._pass_at() or self._held + length > self._target()):
            yield self._release()
        if length > limits.cap:
            own = _as_it_is if limits.views and type(chunk) is bytes else bytes
            view, last = memoryview(chunk), (length - 1) // limits.cap * limits.cap
            for start in range(0, last, limits.cap):
                self._given += limits.cap
                yield own(view[start : start + limits.cap])
            chunk = own(view[last:])
        if not self._held:
            self._due, self._asked = self._clock() + self._limits.patience, 0
        self._parts.append(chunk)
        self._held += len(chunk)
        if seen < self._size and (length >= self._pass_at() or self._has_waited()):
            yield self._release()

    def _release(self) -> bytes:
        parts = self._parts
        block = parts[0] if len(parts) == 1 else b"".join(parts)
        self._parts.clear()
        self._given += self._held
        self._held = 0
        return block

    def _pass_at(self) -> int:
        # All of the first block is to be checked before a connection is opened: it is joined up to `first`.
        return self._limits.pass_at if self._given else max(self._limits.pass_at, self._limits.first)

    def _target(self) -> int:
        return self._limits.block if self._given else self._limits.first

    def _has_waited(self) -> bool:
        return self._given > 0 and self._clock() >= self._due

    def finish(self) -> Iterator[bytes]:
        """Give the block that was held back, now that the source has ended.

        Raises:
            BodySizeError: The chunks did not reach ``size``.
        """
        if not self.is_full and (tail := self._encoder.finish()):
            yield from self._take(tail)
        seen = self._given + self._held
        if seen < self._size:
            raise BodyTooShort(
                f"the source ended after {seen} of the declared {self._size} bytes; "
                "the request was stopped, so that no server takes it for complete",
                size=self._size,
                seen=seen,
            )
        if self._held:
            yield self._release()

    def as_bytes(self, chunk: Chunk) -> bytes:
        """Give what a chunk has as bytes: text encoded, a copy of any other buffer; of a huge one a view.

        Raises:
            TypeError: It is neither bytes-like nor ``str``.
        """
        if isinstance(chunk, str):
            return self._encoder.encode(chunk)
        try:
            view = memoryview(chunk)
        except TypeError:
            raise TypeError(
                f"the source gave {type(chunk).__name__} where a chunk must be bytes-like or str"
            ) from None
        if view.nbytes > self._limits.cap and view.c_contiguous:
            return _as_it_is(view.cast("B"))  # its pieces are copied, not the whole
        return view.tobytes()  # a generator may reuse its buffer

    def _too_long(self, seen: int) -> BodyTooLong:
        return BodyTooLong(
            f"the source has more than the declared {self._size} bytes (at least {seen}); "
            "the request was stopped, so that no server reads the surplus as another request. Declare the exact "
            "size, or pass surplus='leave' to send the beginning of a file",
            size=self._size,
            seen=seen,
        )


def _as_it_is(view: memoryview) -> bytes:
    return cast("bytes", view)  # what wants it, a socket, does not tell them apart
