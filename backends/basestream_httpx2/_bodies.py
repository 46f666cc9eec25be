"""The faces of a sized stream that httpx2 takes for its own kinds of body."""

from __future__ import annotations

import httpx2

from basestream.backend import AsyncUpload, Limits, Transport, Upload

# h11 and the socket layer cost 2 microseconds for a block: below 128 KiB it is cheaper to join.
TRANSPORT = Transport(Limits(pass_at=128 * 1024))


class SyncBody(Upload, httpx2.SyncByteStream):
    """A body of known size as `httpx2.Client` sends it."""


class AsyncBody(AsyncUpload, httpx2.AsyncByteStream):
    """A body of known size as `httpx2.AsyncClient` sends it."""
