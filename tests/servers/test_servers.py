"""W4: what a real server hands to its application when an upload is cut short; `serve.py` runs the servers."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from basestream import BodySourceError, SizedStream
from drivers import Driver
from servers.cells import record
from servers.loopback import HOST, SECONDS
from servers.process import Server
from servers.traits import GONE, NOT_CALLED, STORED
from servers.uploads import BIG, cut_in_the_middle, cut_short, upload

FITS = 70_000  # that much can be sent to a server that does not read yet
# A declared limit, in docs/limits.md: to its application a reset is the end of a body.
DEAF = ("granian-wsgi",)


def test_a_body_of_the_right_size_arrives(app: Server, driver: Driver) -> None:
    """W1, S3: the application is told the size and gets every byte, on a new connection and on a reused one."""
    with driver.session(app.url) as api:
        seen = [upload(app, api) for _ in range(3)]

    if app.traits.keeps is not None:
        assert app.traits.keeps == (len({one.port for one in seen}) == 1)
    for one in seen:
        record(app.name, "sized", driver, one.outcome)


@pytest.mark.parametrize("reading", ["whole", "pieces"])
@pytest.mark.parametrize("error", [OSError, None], ids=["OSError", "short"])
def test_no_application_takes_a_cut_body_for_a_whole_one(
    app: Server, driver: Driver, error: type[OSError] | None, reading: str
) -> None:
    """W4, S3, W3: on a new connection it gets an error or is not called; the next upload is answered rightly."""
    path = app.path(reading)
    with driver.session(app.url) as api:
        cut_in_the_middle(app, api, path, error)
        upload(app, api)

    assert app.traits.on_reset == app.outcome(path)
    assert (app.name in DEAF) == (app.outcome(path) == STORED)
    record(app.name, "aborted", driver, app.outcome(path))


@pytest.mark.parametrize("reading", ["whole", "pieces"])
def test_a_plain_close_is_not_enough(app: Server, driver: Driver, reading: str) -> None:
    """W4: with ``abort="close"`` the application of some servers takes a cut body for a whole one."""
    path = app.path(reading)
    with driver.session(app.url, abort="close") as api:
        cut_in_the_middle(app, api, path)
        upload(app, api)

    assert app.traits.on_close == app.outcome(path)
    record(app.name, "closed", driver, app.outcome(path))


def test_a_reused_connection(app: Server, driver: Driver) -> None:
    """W4, a declared limit: httpx does not show a connection that it uses again; such a one is closed plainly."""
    first, path = app.path(), app.path()
    with driver.session(app.url) as api:
        api.get(first)
        cut_in_the_middle(app, api, path)
        upload(app, api)

    unguarded = app.traits.keeps and driver.client.startswith("httpx")
    assert (app.traits.on_close if unguarded else app.traits.on_reset) == app.outcome(path)
    if app.traits.keeps and app.traits.calls_early:
        assert 1 == len({seen.port for seen in (app.seen(first), app.seen(path)) if seen is not None})


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_server_that_is_busy(app: Server, driver: Driver, how: Any) -> None:
    """W4: it is the same where an upload has come and gone before the server has time for it."""
    busy, path = app.path(), app.path()
    with driver.session(app.url, abort=how) as api:
        with socket.create_connection((HOST, app.port), SECONDS) as other:
            other.sendall(b"PUT /%b HTTP/1.0\r\nContent-Length: 1\r\n\r\n" % busy.encode())
            if app.traits.calls_early:
                app.wait_called(busy)
            with pytest.raises(BodySourceError):
                api.put(path, SizedStream(BIG, cut_short(FITS, None, OSError)))
            other.sendall(b"x")
            assert b" 200 " in other.recv(1024)
        upload(app, api)

    expected = app.traits.on_reset if how == "reset" else app.traits.on_close
    # Under ASGI a request may be over before the application's turn comes.
    assert app.outcome(path) in ((expected, NOT_CALLED) if expected == GONE else (expected,))
