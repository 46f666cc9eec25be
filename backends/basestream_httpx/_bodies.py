"""The faces of a sized stream that httpx takes for its own kinds of body."""

from __future__ import annotations

import httpx

from basestream.backend import AsyncUpload, Limits, Transport, Upload

# h11 and the socket layer cost 2 microseconds for a block: below 128 KiB it is cheaper to join.
TRANSPORT = Transport(Limits(pass_at=128 * 1024))


class SyncBody(Upload, httpx.SyncByteStream):
    """A body of known size as `httpx.Client` sends it."""


class AsyncBody(AsyncUpload, httpx.AsyncByteStream):
    """A body of known size as `httpx.AsyncClient` sends it."""
