"""What the servers are known to do: each word is checked by the tests, and shown in docs/servers.md.

A server that has learnt what a cut body is fails a test, too: then correct its row.
"""

from __future__ import annotations

from dataclasses import dataclass

STORED = "stored"  # fewer bytes than were declared, and no error: to the application that is the body
WHOLE = "whole"
EMPTY = "empty"  # no byte of a body that was sent, and no error
NOT_CALLED = "not called"
RESET = "ConnectionResetError"
GONE = "http.disconnect"  # ASGI's word
LOST = "lost"  # an answer that a reset may overtake


@dataclass(frozen=True)
class Traits:
    """What an application is told of a body that is cut short, and what else a server does."""

    on_close: str
    """What a close in the middle of a body means to the application."""
    on_reset: str
    """What a reset means to it."""
    keeps: bool | None
    """Whether a connection carries a next request; None where the application cannot tell connections apart."""
    chunked: str
    """What the application gets of a body without a length, which it does not expect."""
    drains: bool
    """Whether a body that is refused is read on, so that no reset overtakes the answer."""
    over_tls: str | None
    """What the end of the connection means under TLS; None: this server has no TLS."""
    over_http2: str | None = None
    """What it means to an application on HTTP/2, if the server has that."""

    @property
    def calls_early(self) -> bool:
        """Whether the application is called before the body is there."""
        return self.on_close != NOT_CALLED


TRAITS = {
    "wsgiref": Traits(STORED, RESET, keeps=False, chunked=EMPTY, drains=False, over_tls=None),
    "werkzeug": Traits(STORED, RESET, keeps=False, chunked=EMPTY, drains=True, over_tls=STORED),
    "gunicorn-sync": Traits(STORED, RESET, keeps=False, chunked=EMPTY, drains=False, over_tls=STORED),
    "gunicorn-gthread": Traits(STORED, RESET, keeps=True, chunked=EMPTY, drains=False, over_tls=STORED),
    "cheroot": Traits(STORED, RESET, keeps=True, chunked=EMPTY, drains=False, over_tls=STORED),
    "waitress": Traits(NOT_CALLED, NOT_CALLED, keeps=True, chunked=WHOLE, drains=False, over_tls=None),
    "granian-wsgi": Traits(STORED, STORED, keeps=None, chunked=EMPTY, drains=False, over_tls=STORED),
    "uvicorn": Traits(GONE, GONE, keeps=True, chunked=WHOLE, drains=True, over_tls=GONE),
    "hypercorn": Traits(GONE, GONE, keeps=True, chunked=WHOLE, drains=False, over_tls=GONE, over_http2=GONE),
    "granian-asgi": Traits(
        GONE, GONE, keeps=True, chunked=WHOLE, drains=False, over_tls=GONE, over_http2=GONE
    ),
    "nginx-gunicorn": Traits(
        NOT_CALLED,
        NOT_CALLED,
        keeps=True,
        chunked=WHOLE,
        drains=True,
        over_tls=NOT_CALLED,
        over_http2=NOT_CALLED,
    ),
}

BEHIND = {"nginx-gunicorn": "gunicorn-sync"}
"""What stands behind a proxy."""
