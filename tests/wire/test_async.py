"""S13: async sessions on asyncio and trio: a slow source does not stop the heart, and belongs to its own thread."""

from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from basestream import BodySourceError, BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from drivers import DRIVERS, Driver

if not any(driver.asynchronous for driver in DRIVERS):
    pytest.skip("no async client is under test", allow_module_level=True)

import anyio

FAMILY = [driver for driver in DRIVERS if driver.asynchronous]
BLOCK = 100_000
BLOCKS = 4
SIZE = BLOCK * BLOCKS
DATA = b"".join(bytes([number]) * BLOCK for number in range(BLOCKS))


@pytest.fixture(params=FAMILY, ids=str)
def driver(request: pytest.FixtureRequest) -> Driver:
    driver: Driver = request.param
    return driver


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


class Heart:
    """A task that beats as long as its event loop runs, and a disk that gives nothing until it has beaten."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._beats = 0

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            with self._changed:
                self._beats += 1
                self._changed.notify_all()
            await anyio.sleep(0)

    def wait(self) -> None:
        """Block the calling thread for three beats; a stopped heart is a failure, not a hang."""
        with self._changed:
            until = self._beats + 3
            assert self._changed.wait_for(lambda: self._beats >= until, timeout=20), "the heart has stopped"


class SlowFile(io.BytesIO):
    """A file on a slow disk."""

    def __init__(self, heart: Heart) -> None:
        super().__init__(DATA)
        self._heart = heart

    def read(self, size: int | None = -1) -> bytes:
        """Wait, then read."""
        self._heart.wait()
        return super().read(size)


def slow_chunks(heart: Heart) -> Iterator[bytes]:
    for number in range(BLOCKS):
        heart.wait()
        yield bytes([number]) * BLOCK


SLOW: dict[str, Callable[[Heart], SizedStream]] = {
    "file": lambda heart: SizedStream(SIZE, SlowFile(heart)),
    "factory of files": lambda heart: SizedStream(SIZE, lambda: SlowFile(heart)),
    "factory": lambda heart: SizedStream(SIZE, lambda: slow_chunks(heart)),
    "iterator in a thread": lambda heart: SizedStream(SIZE, slow_chunks(heart), in_thread=True),
}


def run(backend: str, main: Callable[[], Any]) -> Any:
    return anyio.run(main, backend=backend)


@pytest.mark.parametrize("make", SLOW.values(), ids=SLOW)
def test_the_heart_beats_while_a_slow_source_is_read(
    driver: Driver, backend: str, server: RecordingServer, make: Callable[[Heart], SizedStream]
) -> None:
    """S13: files, factories, and what says ``in_thread=True`` are read in a worker thread, block by block."""

    async def main() -> None:
        heart = Heart()
        async with driver.session_class(server.url) as api, anyio.create_task_group() as tasks:
            tasks.start_soon(heart.beat)
            await api.put("x", content=make(heart))
            tasks.cancel_scope.cancel()

    run(backend, main)
    assert [DATA] == [exchange.body for exchange in server.exchanges]


def test_a_path_is_read_in_a_thread(
    driver: Driver, backend: str, server: RecordingServer, tmp_path: Path
) -> None:
    """S13: ``from_path`` opens, reads and closes there."""
    path = tmp_path / "data"
    path.write_bytes(DATA)

    async def main() -> None:
        async with driver.session_class(server.url) as api:
            await api.put("x", content=SizedStream.from_path(path))

    run(backend, main)
    assert [DATA] == [exchange.body for exchange in server.exchanges]


def test_a_cursor_stays_in_its_thread(driver: Driver, backend: str, server: RecordingServer) -> None:
    """S13: iterators are advanced where they were made: sqlite3 would refuse another thread."""

    async def main() -> None:
        connection = sqlite3.connect(":memory:")
        connection.execute("create table parts (data blob)")
        connection.executemany("insert into parts values (?)", [(bytes([n]) * BLOCK,) for n in range(BLOCKS)])
        rows = (row[0] for row in connection.execute("select data from parts order by rowid"))
        async with driver.session_class(server.url) as api:
            await api.put("x", content=SizedStream(SIZE, rows))
        connection.close()

    run(backend, main)
    assert [DATA] == [exchange.body for exchange in server.exchanges]


async def async_chunks() -> AsyncIterator[bytes]:
    for number in range(BLOCKS):
        await anyio.sleep(0)
        yield bytes([number]) * BLOCK


def test_async_sources_replay_or_say_why_not(driver: Driver, backend: str, server: RecordingServer) -> None:
    """S8, S13: an async generator function can be called again, an async generator cannot."""
    error: Any = driver.module.BodyConsumed

    async def main() -> None:
        async with driver.session_class(server.url, follow_redirects=True) as api:
            await api.put("redirect/307?to=/landed", content=SizedStream(SIZE, async_chunks))
            with pytest.raises(error):
                await api.put("redirect/307?to=/landed", content=SizedStream(SIZE, async_chunks()))

    run(backend, main)
    assert [DATA] * 3 == [exchange.body for exchange in server.exchanges]


def test_wrong_async_bodies_never_complete(driver: Driver, backend: str, server: RecordingServer) -> None:
    """S3, S9, W3, W4: as with sync sources; and the connection ends in a reset."""

    async def failing() -> AsyncIterator[bytes]:
        async for chunk in async_chunks():
            yield chunk
        raise OSError("disk")

    async def main() -> None:
        async with driver.session_class(server.url) as api:
            with pytest.raises(BodyTooShort):
                await api.put("x", content=SizedStream(SIZE + 1, async_chunks))
            with pytest.raises(BodySourceError):
                await api.put("x", content=SizedStream(SIZE + 1, failing))
            assert 200 == (await api.get("after")).status_code

    run(backend, main)
    server.wait_closed()
    assert ["/after"] == [exchange.target for exchange in server.exchanges if exchange.complete]
    assert ["reset", "reset", "fin"] == [connection.ended for connection in server.connections]


def test_a_cancelled_upload_is_cut_short_loudly(
    driver: Driver, backend: str, server: RecordingServer
) -> None:
    """S13, W4: cancelling waits for the running read, closes the source, and resets the connection."""
    reading, cancelled, closed = threading.Event(), threading.Event(), threading.Event()

    def chunks() -> Iterator[bytes]:
        try:
            yield b"x" * (SIZE // 2)
            reading.set()
            assert cancelled.wait(20)
            yield b"x" * (SIZE // 2)
        finally:
            closed.set()

    async def main() -> None:
        async with driver.session_class(server.url) as api, anyio.create_task_group() as tasks:

            async def cancel() -> None:
                while not reading.is_set():
                    await anyio.sleep(0.001)
                tasks.cancel_scope.cancel()
                cancelled.set()

            tasks.start_soon(cancel)
            await api.put("x", content=SizedStream(SIZE, chunks, in_thread=True))

    run(backend, main)
    assert closed.is_set()
    server.wait_closed()
    assert ["reset"] == [connection.ended for connection in server.connections]
    assert [False] == [exchange.complete for exchange in server.exchanges]
