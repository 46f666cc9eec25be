"""The faces of a sized stream that httpx takes for its own kinds of body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from basestream.backend import AbortGuard, AsyncUpload, Limits, Transport, Upload

# h11 and the socket layer cost 2 microseconds for a block: below 128 KiB it is cheaper to join.
TRANSPORT = Transport(Limits(pass_at=128 * 1024))

Trace = Callable[[str, Mapping[str, Any]], Any]


class SyncBody(Upload, httpx.SyncByteStream):
    """A body of known size as `httpx.Client` sends it."""

    @staticmethod
    def traced(user: Trace | None) -> Trace:
        """Give the ``trace`` extension that guards the connection, chained with the user's own."""
        guard = AbortGuard()

        def trace(event: str, info: Mapping[str, Any]) -> None:
            _observe(guard, event, info)
            if user is not None:
                user(event, info)

        return trace


class AsyncBody(AsyncUpload, httpx.AsyncByteStream):
    """A body of known size as `httpx.AsyncClient` sends it."""

    @staticmethod
    def traced(user: Trace | None) -> Trace:
        """Give the ``trace`` extension that guards the connection, chained with the user's own."""
        guard = AbortGuard()

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            _observe(guard, event, info)
            if user is not None:
                await user(event, info)

        return trace


def _observe(guard: AbortGuard, event: str, info: Mapping[str, Any]) -> None:
    """Follow the connection that carries a body; httpx tells of its socket where it is a new one (W4)."""
    if event.endswith(".connect_tcp.complete"):
        guard.attach(info["return_value"].get_extra_info("socket"))
    elif event.endswith(".start_tls.complete"):
        guard.attach(None)
    elif event == "http11.send_request_body.started":
        guard.arm()
    elif event == "http11.send_request_body.complete":
        guard.disarm()
        guard.leave()
    elif event == "http11.send_request_body.failed":
        guard.leave()
