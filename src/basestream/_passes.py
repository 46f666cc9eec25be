"""A pass: one reading of a source, block by block, sync or async over the same arithmetic (S3, S6, S12, S13).

Rule 1: a pass that has failed or was superseded raises again at each further pull; it never looks like a body
        that has ended, which a client would take for a complete one.
Rule 2: errors of the source that a client could take for its own are wrapped, others pass unchanged (S9).
Rule 3: nothing is opened before the first pull, and what was opened is closed when the pass ends in any way.
Rule 4: a pass does not know which client pulls it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, cast

from ._blocks import Blocks
from ._errors import BodyError
from ._sources import Opened, Source, drop, is_async
from ._transports import Transport

if TYPE_CHECKING:
    from ._blocks import Chunk


class Body(NamedTuple):
    """What a pass needs to know of its stream."""

    size: int
    source: Source
    encoding: str
    on_progress: Callable[[int, int], object] | None
    in_thread: bool | None


class Pass:
    """One reading of a source: an iterator of blocks, and an async one.

    Args:
        body: The stream's own data.
        transport: The client's.
        activate: Called with this pass at its first pull; gives the pass that it ends, if there is one.
    """

    def __init__(self, body: Body, transport: Transport, activate: Callable[[Pass], Pass | None]) -> None:
        self._body = body
        self._transport = transport
        self._activate: Callable[[Pass], Pass | None] | None = activate
        self._opened: Opened | None = None
        self._arithmetic = Blocks(size=body.size, limits=transport.limits, encoding=body.encoding)
        self._inline: Iterator[bytes] | None = None  # how a sync source is read where nobody has to wait
        self._blocks: Iterator[bytes] = iter(())
        self._failure: str | None = None  # not the error: its traceback would keep connections alive
        self._sent = 0
        self._ended = False
        self._pulling = False

    @property
    def has_failed(self) -> bool:
        """Whether the pass has failed or was ended: a further pull raises."""
        return self._failure is not None

    def __iter__(self) -> Pass:
        return self

    def __next__(self) -> bytes:
        if block := self._pull_inline():
            return block
        raise StopIteration

    def inline(self) -> Iterator[bytes]:
        """Give the rest of the pass as a generator, which costs less for each block than the pass itself."""
        if self._inline is None:
            self._inline = self._run()
        return self._inline

    def __aiter__(self) -> Pass:
        return self

    async def __anext__(self) -> bytes:
        if self._inline is None:
            self._enter()
            try:
                block = await self._step()
            except BaseException as error:
                await self._afail(error)
                raise
            finally:
                self._pulling = False
            if self._inline is None:
                if not block:
                    raise StopAsyncIteration
                return block
        try:
            if block := self._pull_inline():
                return block
            await self.aclose()
        except BaseException as error:
            await self._afail(error)
            raise
        raise StopAsyncIteration

    def end(self, why: str) -> None:
        """Let whoever pulls this pass again get an error; a pass that has come to its end stays ended."""
        if not self._ended and self._failure is None:
            self._failure = why

    def close(self) -> None:
        """Close what the pass has opened; while somebody pulls it, that is left to them."""
        if opened := self._take_opened():
            try:
                drop(opened.close() if opened.close else None)
            except Exception as error:
                if (told := self._transport.told(error)) is not error:
                    raise told from error
                raise

    async def aclose(self) -> None:
        """Close what the pass has opened, in the place where it was read (S13)."""
        if (opened := self._take_opened()) and opened.close:
            from ._threads import run_shielded

            try:
                await run_shielded(opened.close, in_thread=self._in_thread(opened.slow))
            except Exception as error:
                if (told := self._transport.told(error)) is not error:
                    raise told from error
                raise

    # --- where nobody has to wait

    def _run(self) -> Iterator[bytes]:
        """Pull in one generator what a sync client takes; once it has begun, for an async client too."""
        waits = self._opened is not None  # then whoever has begun it closes it, and may have to await that
        on_progress, sent, size = self._body.on_progress, self._sent, self._body.size
        self._pulling = True
        try:
            if not waits:
                self._begin_inline()
            for block in self._blocks:
                if self._failure is not None:
                    break  # superseded by another thread in the meantime
                self._pulling = False
                yield block
                if self._failure is not None:
                    break
                self._pulling = True
                if on_progress is not None:
                    sent += len(block)
                    if (answer := on_progress(sent, size)) is not None:
                        _check_plain(answer)
            if self._failure is not None:
                raise BodyError(self._failure)
            self._pulling = False
            if not waits:
                self.close()
        except BaseException as error:
            if isinstance(error, GeneratorExit) and not self._pulling:
                raise  # nobody wants the rest
            self._pulling = False
            if not waits:
                with suppress(Exception):  # the first error is the one to be told
                    self.close()
                self._fail(error)
            raise

    def _begin_inline(self) -> None:
        if before := self._begin():
            before.close()
        self._tell(0)
        self._open()
        if self._opened is not None and is_async(self._opened.chunks):
            raise TypeError("the source is asynchronous: use an async session, or a source that is not")

    def _pull_inline(self) -> bytes:
        self._enter()
        self._pulling = False
        block = next(self.inline(), b"")
        if not block and self._failure is not None:
            raise BodyError(self._failure)
        return block

    # --- where somebody may have to wait: a step is a pull

    async def _step(self) -> bytes:
        """Give a block, or none at the end; or leave all that follows to `_run`."""
        if before := self._begin():
            await before.aclose()
        self._tell(self._taken)
        if self._opened is None and not self._ended:
            from ._threads import run  # here and below: sync sessions need none of it

            await run(self._open, in_thread=self._in_thread(self._body.source.slow))
        opened = self._opened
        if opened is not None and not is_async(opened.chunks) and not self._in_thread(opened.slow):
            self._inline = self._run()
            return b""
        block = await self._anext_block(opened)
        if self._failure is not None:
            raise BodyError(self._failure)
        self._taken = len(block)
        if not block:
            self._pulling = False
            await self.aclose()
        return block

    _next_undecided: Callable[[AsyncIterator[Chunk], Blocks], Awaitable[bytes | None]]
    _taken = 0
    """The length of the block that the client took last."""

    async def _anext_block(self, opened: Opened | None) -> bytes:
        if opened is not None and is_async(opened.chunks):
            return await self._anext_gathered(opened.chunks)
        from ._threads import run

        slow = opened is not None and self._in_thread(opened.slow)
        return await run(
            lambda: next(self._blocks, b""), in_thread=slow
        )  # StopIteration could not leave a thread

    async def _anext_gathered(self, chunks: AsyncIterator[Chunk]) -> bytes:
        """Advance an async source until its chunks make a block, or to its end."""
        while not (block := next(self._blocks, b"")):
            chunk = None if self._arithmetic.is_full else await self._next_undecided(chunks, self._arithmetic)
            if chunk is None:
                return next(self._arithmetic.finish(), b"")
            self._blocks = self._arithmetic.feed((chunk,))
        return block

    async def _afail(self, error: BaseException) -> None:
        self._pulling = False
        with suppress(Exception):  # the first error is the one to be told
            await self.aclose()
        self._fail(error)

    # --- what both have in common

    def _enter(self) -> None:
        if self._pulling:
            raise BodyError("two threads or tasks pull one pass over a body at once: make a stream for each")
        self._pulling = True

    def _take_opened(self) -> Opened | None:
        if self._pulling:
            return None
        opened, self._opened = self._opened, None
        self._blocks = iter(())
        self._ended = True
        return opened

    def _begin(self) -> Pass | None:
        if self._activate is None:
            return None
        activate, self._activate = self._activate, None
        return activate(self)

    def _tell(self, taken: int) -> None:
        """Raise if the pass has failed; else tell how much the client has taken (S10)."""
        if self._failure is not None:
            raise BodyError(self._failure)
        if self._ended or self._body.on_progress is None:
            return
        self._sent += taken
        _check_plain(self._body.on_progress(self._sent, self._body.size))

    def _open(self) -> None:
        try:
            opened = self._body.source.open(self._body.size, self._transport.limits)
        except StopIteration as error:  # it cannot leave a worker thread
            raise RuntimeError("StopIteration from the body's source or callback") from error
        self._opened = opened
        self._arithmetic.leave = opened.leave
        if is_async(opened.chunks):
            from ._gathering import next_undecided

            self._next_undecided = next_undecided
        else:
            chunks = cast("Iterable[Chunk]", opened.chunks)
            self._blocks = chain(self._arithmetic.feed(chunks), self._arithmetic.finish())

    def _in_thread(self, slow: bool) -> bool:
        return slow if self._body.in_thread is None else self._body.in_thread

    def _fail(self, error: BaseException) -> None:
        """Remember a failure; raise what is told in place of the error, if not the error itself is."""
        told = self._transport.told(error)
        if self._failure is None:
            self._failure = f"this pass over the body has failed before: {type(told).__name__}: {told}"
        elif isinstance(told, Exception) and not isinstance(told, BodyError):
            raise BodyError(self._failure) from error  # ended meanwhile; what it then met is a consequence
        if isinstance(told, (StopIteration, StopAsyncIteration)):  # it would look like the end of the body
            raise RuntimeError(f"{type(told).__name__} from the body's source or callback") from error
        if told is not error:
            raise told from error


def _check_plain(answer: object) -> None:
    """Refuse what an async ``on_progress`` gives (S10)."""
    if answer is not None and isinstance(answer, Awaitable):
        drop(cast("object", answer))
        raise TypeError("on_progress must be a plain function: it gave an awaitable")
