"""W4: how an upload that is cut short ends, through the sessions of every backend."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from basestream import BodySourceError, BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from drivers import Driver

BIG = 300_000


def failing(error: BaseException | None = None) -> Iterator[bytes]:
    yield from [b"x" * 1000] * 200
    if error is not None:
        raise error


def ended(server: RecordingServer) -> list[str]:
    server.wait_closed()
    return [connection.ended for connection in server.connections]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        pytest.param(lambda: failing(), BodyTooShort, id="short"),
        pytest.param(lambda: [b"x" * BIG, b"y"], ValueError, id="long"),
        pytest.param(lambda: failing(OSError("disk")), BodySourceError, id="OSError"),
        pytest.param(lambda: failing(KeyboardInterrupt()), KeyboardInterrupt, id="KeyboardInterrupt"),
    ],
)
def test_an_upload_that_is_cut_short_ends_in_a_reset(
    driver: Driver, server: RecordingServer, source: Any, error: type[BaseException]
) -> None:
    """W4: no server can take what it has got for the whole body."""
    with driver.session(server.url) as api, pytest.raises(error):
        api.put("x", SizedStream(BIG, source()))

    assert ["reset"] == ended(server)


def test_it_can_be_switched_off(driver: Driver, server: RecordingServer) -> None:
    """W4: ``abort="close"`` is what the client does by itself."""
    for session in ({"abort": "close"}, {"cls": type("Mild", (driver.session_class,), {"abort": "close"})}):
        with driver.session(server.url, **session) as api, pytest.raises(BodyTooShort):
            api.put("x", SizedStream(BIG, failing()))

    assert ["fin", "fin"] == ended(server)


def test_only_two_ways_to_abort(driver: Driver) -> None:
    """W4: another word is refused at once, also later."""
    with pytest.raises(ValueError, match="'reset' or 'close', not 'loudly'"):
        driver.session_class("http://api.invalid", abort="loudly")
    with driver.session("http://api.invalid") as api, pytest.raises(ValueError, match="not None"):
        api.session.abort = None


UPLOAD = """
import asyncio, inspect, sys, time
from importlib import import_module

def chunks():
    yield b"x" * 100_000
    yield b"x" * 100_000
    print("sent", flush=True)
    time.sleep(600)
    yield b"x" * 100_000

backend, kind, url = sys.argv[1:]
module = import_module(backend)
session = getattr(module, kind)(url)
result = session.request("PUT", "x", **{module.BODY_KEYWORD: module.SizedStream(300_000, chunks())})
if inspect.isawaitable(result):
    asyncio.run(result)
"""


def test_a_process_that_dies_is_loud_too(driver: Driver, server: RecordingServer) -> None:
    """W4: what is killed in the middle of an upload leaves no truncated body behind that looks whole."""
    arguments = (driver.module.__name__, driver.session_class.__name__, server.url)
    with subprocess.Popen([sys.executable, "-c", UPLOAD, *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"sent" == process.stdout.readline().strip()
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        process.wait(30)

    assert ["reset"] == ended(server)
