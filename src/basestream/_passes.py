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
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from ._blocks import Blocks, Limits
from ._errors import BodyError, BodySourceError
from ._sources import Opened, Source, drop, is_async
from ._threads import run, run_shielded

if TYPE_CHECKING:
    from ._blocks import Chunk

T = TypeVar("T")

# The packages whose exceptions one client or another treats as a fault of the network: urllib3 sends a request
# four times when its body raises http.client.IncompleteRead, httpcore swallows its own WriteError.
CLIENT_PACKAGES = frozenset(
    {
        "http",
        "urllib3",
        "requests",
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "h11",
        "h2",
        "anyio",
        "aiohttp",
    }
)


class Transport(NamedTuple):
    """What a stream is told of the client that carries it: data of the adapter's, not code."""

    limits: Limits = Limits()
    """Block sizes."""
    packages: frozenset[str] = CLIENT_PACKAGES
    """Top-level packages whose exceptions the client would take for its own (S9)."""


BARE = Transport()
"""For clients that are used without a session: values that suit all of them."""


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
        self._blocks: Iterator[bytes] = iter(())
        self._failure: str | None = None  # not the error: its traceback would keep connections alive
        self._sent = 0
        self._taken = 0  # the length of the block that the client took last
        self._ended = False
        self._pulling = False

    @property
    def has_failed(self) -> bool:
        """Whether the pass has failed or was ended: a further pull raises."""
        return self._failure is not None

    def __iter__(self) -> Pass:
        return self

    def __next__(self) -> bytes:
        self._enter()
        try:
            if before := self._begin():
                before.close()
            self._check()
            if self._opened is None and not self._ended:
                self._open()
            block = self._guarded(self._next_block)
            self._finish_pull(block)
            if not block:
                self._pulling = False
                self.close()
        except BaseException as error:
            self._pulling = False
            with suppress(Exception):  # the first error is the one to be told
                self.close()
            self._raise(error)
            raise
        finally:
            self._pulling = False
        if not block:
            raise StopIteration
        return block

    def __aiter__(self) -> Pass:
        return self

    async def __anext__(self) -> bytes:
        self._enter()
        try:
            if before := self._begin():
                await before.aclose()
            self._check()
            if self._opened is None and not self._ended:
                await run(self._open, in_thread=self._in_thread(self._body.source.slow))
            block = await self._anext_block()
            self._finish_pull(block)
            if not block:
                self._pulling = False
                await self.aclose()
        except BaseException as error:
            self._pulling = False
            with suppress(Exception):
                await self.aclose()
            self._raise(error)
            raise
        finally:
            self._pulling = False
        if not block:
            raise StopAsyncIteration
        return block

    def end(self, why: str) -> None:
        """Let whoever pulls this pass again get an error; a pass that has come to its end stays ended."""
        if not self._ended and self._failure is None:
            self._failure = why

    def close(self) -> None:
        """Close what the pass has opened; while somebody pulls it, that is left to them."""
        if opened := self._take_opened():
            self._guarded(lambda: drop(opened.close() if opened.close else None))

    async def aclose(self) -> None:
        """Close what the pass has opened, in the place where it was read (S13)."""
        if (opened := self._take_opened()) and opened.close:
            try:
                await run_shielded(opened.close, in_thread=self._in_thread(opened.slow))
            except Exception as error:
                self._raise_wrapped(error)
                raise

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

    def _check(self) -> None:
        """Raise if the pass has failed; else tell how much the client has taken (S10)."""
        if self._failure is not None:
            raise BodyError(self._failure)
        if self._ended or self._body.on_progress is None:
            return
        self._sent += self._taken
        try:
            answer: object = self._body.on_progress(self._sent, self._body.size)
        except Exception as error:
            self._raise_wrapped(error)  # urllib3 swallows a BrokenPipeError of a callback as well
            raise
        if isinstance(answer, Awaitable):
            drop(cast("object", answer))
            raise TypeError("on_progress must be a plain function: it gave an awaitable")

    def _finish_pull(self, block: bytes) -> None:
        if self._failure is not None:
            raise BodyError(self._failure)  # superseded by another thread in the meantime
        self._taken = len(block)

    def _raise(self, error: BaseException) -> None:
        """Remember a failure; raise what is told in place of the error, if not the error itself is."""
        if self._failure is None:
            self._failure = f"this pass over the body has failed before: {type(error).__name__}: {error}"
        elif isinstance(error, Exception) and not isinstance(error, BodyError):
            raise BodyError(self._failure) from error  # ended meanwhile; what it then met is a consequence
        if isinstance(error, (StopIteration, StopAsyncIteration)):  # it would look like the end of the body
            raise RuntimeError(f"{type(error).__name__} from the body's source or callback") from error

    def _open(self) -> None:
        opened = self._guarded(lambda: self._body.source.open(self._body.size, self._transport.limits))
        self._opened = opened
        self._arithmetic.leave = opened.leave
        if not is_async(opened.chunks):
            self._blocks = self._all_blocks(cast("Iterable[Chunk]", opened.chunks))

    def _all_blocks(self, chunks: Iterable[Chunk]) -> Iterator[bytes]:
        yield from self._arithmetic.feed(chunks)
        yield from self._arithmetic.finish()

    def _next_block(self) -> bytes:
        if self._opened is not None and is_async(self._opened.chunks):
            raise TypeError("the source is asynchronous: use an async session, or a source that is not")
        return next(self._blocks, b"")  # StopIteration could not leave a worker thread

    async def _anext_block(self) -> bytes:
        if self._opened is not None and is_async(self._opened.chunks):
            return await self._anext_gathered(self._opened.chunks)
        slow = self._opened is not None and self._in_thread(self._opened.slow)
        return await run(lambda: self._guarded(self._next_block), in_thread=slow)

    async def _anext_gathered(self, chunks: AsyncIterator[Chunk]) -> bytes:
        """Advance an async source until its chunks make a block, or to its end."""
        while not (block := next(self._blocks, b"")):
            chunk = None if self._arithmetic.is_full else await self._anext_chunk(chunks)
            if chunk is None:
                return next(self._arithmetic.finish(), b"")
            self._blocks = self._arithmetic.feed((chunk,))
        return block

    async def _anext_chunk(self, chunks: AsyncIterator[Chunk]) -> Chunk | None:
        try:
            return await chunks.__anext__()
        except StopAsyncIteration:
            return None
        except Exception as error:
            self._raise_wrapped(error)
            raise

    def _in_thread(self, slow: bool) -> bool:
        return slow if self._body.in_thread is None else self._body.in_thread

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except StopIteration as error:  # it cannot leave a worker thread
            raise RuntimeError("StopIteration from the body's source or callback") from error
        except Exception as error:
            self._raise_wrapped(error)
            raise

    def _raise_wrapped(self, error: Exception) -> None:
        """Raise in place of an error of the source that a client could take for its own (S9)."""
        roots = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
        if isinstance(error, OSError) or roots & self._transport.packages:
            raise BodySourceError(
                f"the body's source or callback failed: {type(error).__name__}: {error}", error
            ) from error
