"""What becomes of a body without a length, which basestream never sends."""

from __future__ import annotations

from drivers import Driver
from servers.cells import record
from servers.chunked import SIZE, put_chunked
from servers.process import Server
from servers.traits import EMPTY, WHOLE


def test_a_body_without_a_length(app: Server, driver: Driver) -> None:
    """W1, the reason for it: an application that goes by ``CONTENT_LENGTH`` finds nothing, and answers 200."""
    path = app.path()
    status = put_chunked(driver, f"{app.url}/{path}")
    got = app.wait_over(path).got

    assert app.traits.chunked == {0: EMPTY, SIZE: WHOLE}[got]
    assert status in ((200,) if got else (200, None))  # a server that closes with something unread resets
    record(app.name, "chunked", driver, app.traits.chunked)
