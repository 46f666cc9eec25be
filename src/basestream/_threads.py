"""Running a blocking call for an async session without stopping its event loop (S13).

anyio comes with httpx and httpx2 and serves asyncio and trio alike; without it there is asyncio alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def run(call: Callable[[], T], *, in_thread: bool) -> T:
    """Call inline, or in a worker thread; cancellation waits for the running call to return."""
    if not in_thread:
        return call()
    try:
        from anyio import to_thread
    except ImportError:
        import asyncio

        return await asyncio.to_thread(call)
    return await to_thread.run_sync(call)


async def run_shielded(call: Callable[[], object], *, in_thread: bool) -> None:
    """Call, and await what it gives, also when the task is being cancelled."""
    try:
        from anyio import CancelScope
    except ImportError:
        await _settle(call, in_thread)
        return
    with CancelScope(shield=True):
        await _settle(call, in_thread)


async def _settle(call: Callable[[], object], in_thread: bool) -> None:
    waiting = await run(call, in_thread=in_thread)
    if isinstance(waiting, Awaitable):
        await waiting
