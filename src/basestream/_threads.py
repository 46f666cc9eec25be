"""Running a blocking call for an async session without stopping its event loop (S13).

anyio comes with httpx and httpx2 and serves asyncio and trio alike; without it there is asyncio alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


async def run(call: Callable[[], T], *, in_thread: bool) -> T:
    """Call inline, or in a worker thread; cancellation waits for the running call to return."""
    if not in_thread:
        return call()
    import asyncio

    with _shield():
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # trio, whose threads anyio knows how to wait for
            from anyio import to_thread

            return await to_thread.run_sync(call)
        return await _finished(asyncio.ensure_future(asyncio.to_thread(call)))


async def run_shielded(call: Callable[[], object], *, in_thread: bool) -> None:
    """Call, and await what it gives, also when the task is being cancelled."""
    from inspect import isasyncgen, iscoroutinefunction

    # An async close has nothing to do in a thread, and trio refuses to call it there; a cancellation in asyncio's
    # own way would lose what it gives. Of a generator it is built in, and to `inspect` no coroutine function.
    is_async = iscoroutinefunction(call) or isasyncgen(getattr(call, "__self__", None))
    with _shield():
        waiting = await run(call, in_thread=in_thread and not is_async)
        if isinstance(waiting, Awaitable):
            await waiting


async def _finished(running: asyncio.Future[T]) -> T:
    """Await a thread to its end also when the task is cancelled in asyncio's own way, which waits for none."""
    import asyncio

    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:  # noqa: PERF203  (a rare path, in a loop of one turn)
            cancelled = error
    if cancelled is not None:
        running.exception()  # taken, or asyncio would report that nobody did
        raise cancelled
    return running.result()


def _shield() -> AbstractContextManager[object]:
    try:
        from anyio import CancelScope
    except ImportError:
        return nullcontext()
    return CancelScope(shield=True)
