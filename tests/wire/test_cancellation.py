"""S13, W3: an async upload that is cancelled, in every way there is, wherever it happens to be.

No test waits for a time-out: the clock of the event loop is moved on instead.
"""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import pytest

from basestream import SizedStream
from basestream.testing import RecordingServer
from drivers import DRIVERS, PLAIN_TLS, Driver

if not any(driver.asynchronous for driver in DRIVERS):
    pytest.skip("no async client is under test", allow_module_level=True)

import anyio
import anyio.lowlevel
import anyio.to_thread

FAMILY = [driver for driver in DRIVERS if driver.asynchronous]
BLOCK = 100_000
BLOCKS = 4
LONG = 3600.0
"""Seconds that nobody waits for."""
PATIENCE = 60.0
"""Seconds that a slow machine may take."""

Put = Callable[[], Awaitable[object]]


class Stop:
    """Cancels an upload, once; sources and watchers call it from wherever they are."""

    def __init__(self, backend: str) -> None:
        self.by: Callable[[], object]
        """What cancels, in the event loop's own thread."""
        self.done = threading.Event()
        if backend == "trio":
            lowlevel: Any = import_module("trio").lowlevel
            self._soon: Callable[..., object] = lowlevel.current_trio_token().run_sync_soon
            self.pass_time: Callable[[], object] = lambda: lowlevel.current_clock().jump(LONG + 1)
            """Lets a time-out expire."""
        else:
            loop: Any = asyncio.get_running_loop()
            self._soon = loop.call_soon_threadsafe
            self.pass_time = lambda: move_on(loop)

    def __call__(self) -> None:
        """Cancel, from the event loop."""
        self.by()
        self.done.set()

    def from_thread(self) -> None:
        """Cancel, from a worker thread, and return when it was done."""
        self._soon(self)
        assert self.done.wait(PATIENCE)


def move_on(loop: Any) -> None:
    """Move the clock of an asyncio loop on."""
    now = loop.time
    loop.time = lambda: now() + LONG + 1


# --- ways to cancel


async def task_cancel(put: Put, stop: Stop) -> None:
    task = asyncio.ensure_future(put())
    stop.by = task.cancel
    with pytest.raises(asyncio.CancelledError):
        await task


async def wait_for(put: Put, stop: Stop) -> None:
    stop.by = stop.pass_time
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(put(), LONG)


async def asyncio_timeout(put: Put, stop: Stop) -> None:
    stop.by = stop.pass_time
    timeout: Any = vars(asyncio)["timeout"]  # from 3.11 on
    with pytest.raises(TimeoutError):
        async with timeout(LONG):
            await put()


async def scope_cancel(put: Put, stop: Stop) -> None:
    with anyio.CancelScope() as scope:
        stop.by = scope.cancel
        await put()
    assert scope.cancelled_caught


async def move_on_after(put: Put, stop: Stop) -> None:
    stop.by = stop.pass_time
    with anyio.move_on_after(LONG) as scope:
        await put()
    assert scope.cancelled_caught


async def trio_scope(put: Put, stop: Stop) -> None:
    with import_module("trio").CancelScope() as scope:
        stop.by = scope.cancel
        await put()
    assert scope.cancelled_caught


async def trio_fail_after(put: Put, stop: Stop) -> None:
    stop.by = stop.pass_time
    trio: Any = import_module("trio")
    with pytest.raises(trio.TooSlowError), trio.fail_after(LONG):
        await put()


Way = Callable[[Put, Stop], Awaitable[None]]
ON_BOTH: list[Way] = [scope_cancel, move_on_after]
WAYS: list[tuple[str, Way]] = [
    *(("asyncio", way) for way in (task_cancel, wait_for, asyncio_timeout, *ON_BOTH)),
    *(("trio", way) for way in (trio_scope, trio_fail_after, *ON_BOTH)),
]


# --- sources that stop the upload before a block, and count


class Counts:
    """How many sources were opened and closed."""

    def __init__(self) -> None:
        self.opened = self.closed = 0


class Scene(NamedTuple):
    """What a source needs to know."""

    stop: Stop
    before: int | None
    """The block before which the upload is cancelled, or None."""
    blocks: int
    counts: Counts


def block_of(number: int) -> bytes:
    return bytes([number % 256]) * BLOCK


def async_generator(scene: Scene) -> Any:
    async def chunks() -> AsyncIterator[bytes]:
        scene.counts.opened += 1
        try:
            for number in range(scene.blocks):
                if number == scene.before:
                    scene.stop()
                    await anyio.sleep_forever()
                yield block_of(number)
        finally:
            scene.counts.closed += 1

    return chunks


def _chunks(scene: Scene, stop: Callable[[], None]) -> Iterator[bytes]:
    scene.counts.opened += 1
    try:
        for number in range(scene.blocks):
            if number == scene.before:
                stop()
            yield block_of(number)
    finally:
        scene.counts.closed += 1


def generator_in_a_thread(scene: Scene) -> Any:
    return lambda: _chunks(scene, scene.stop.from_thread)


class File(io.RawIOBase):
    """A file on a slow disk."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene
        self._chunks = io.BytesIO(b"".join(map(block_of, range(scene.blocks))))
        scene.counts.opened += 1

    def read(self, size: int = -1) -> bytes:
        before = self._scene.before
        if (
            before is not None
            and self._chunks.tell() >= before * BLOCK
            and not self._scene.stop.done.is_set()
        ):
            self._scene.stop.from_thread()
        return self._chunks.read(size)

    def close(self) -> None:
        if not self.closed:
            self._scene.counts.closed += 1
        super().close()


def file_in_a_thread(scene: Scene) -> Any:
    return lambda: File(scene)


def generator_inline(scene: Scene) -> Any:
    return lambda: _chunks(scene, scene.stop)


SOURCES = [async_generator, generator_in_a_thread, file_in_a_thread]


# --- where the upload is


class Point(NamedTuple):
    """A place in the life of an upload."""

    name: str
    before: int | None = None
    target: str = "x"
    blocks: int = BLOCKS

    def __str__(self) -> str:
        return self.name


FIRST = Point("before the first block", before=0)
MIDDLE = Point("in mid-body", before=2)
SENDING = Point("waiting to send", target="stall", blocks=200)  # more than a connection on loopback takes
ANSWER = Point("waiting for the answer", target=f"stall?after={BLOCKS * BLOCK}")


INLINE = Point(
    "in mid-body", before=2, target="stall", blocks=200
)  # it ends where the client next has to wait
CASES = [
    *((point, source) for point in (FIRST, MIDDLE, SENDING, ANSWER) for source in SOURCES),
    *((point, generator_inline) for point in (INLINE, ANSWER)),
]


async def watch(server: RecordingServer, point: Point, scene: Scene, progress: list[int]) -> None:
    """Cancel where no source can: when the server has it all, or when nothing moves any more."""
    if point is ANSWER:
        size = BLOCKS * BLOCK
        await anyio.to_thread.run_sync(
            server.wait_for, lambda: [size] == [exchange.size for exchange in server.exchanges], PATIENCE
        )
        scene.stop()
    if point is SENDING:
        await anyio.to_thread.run_sync(server.wait_for, lambda: server.exchanges, PATIENCE)
        still = 0
        while still < 1000:
            seen = len(progress)
            await anyio.lowlevel.checkpoint()
            still = still + 1 if seen == len(progress) else 0
        scene.stop()


@pytest.fixture(params=FAMILY, ids=str)
def driver(request: pytest.FixtureRequest) -> Driver:
    driver: Driver = request.param
    return driver


def loop_options(backend: str) -> dict[str, Any]:
    """Give trio a clock that can be moved on."""
    return {"clock": import_module("trio.testing").MockClock()} if backend == "trio" else {}


def runnable(backend: str, way: Way) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    if way is asyncio_timeout and sys.version_info < (3, 11):
        pytest.skip("asyncio.timeout is new in 3.11")


@pytest.mark.parametrize(
    ("point", "source"), CASES, ids=[f"{point}-{source.__name__}" for point, source in CASES]
)
@pytest.mark.parametrize(("backend", "way"), WAYS, ids=[f"{loop}-{way.__name__}" for loop, way in WAYS])
def test_a_cancelled_upload_leaves_nothing_behind(
    driver: Driver,
    server: RecordingServer,
    backend: str,
    way: Way,
    point: Point,
    source: Callable[[Scene], Any],
) -> None:
    """S13, W3: the source is closed, the connection is not used again, and the next request is right."""
    runnable(backend, way)
    counts = Counts()

    async def main() -> None:
        scene = Scene(Stop(backend), point.before, point.blocks, counts)
        progress: list[int] = []
        body = SizedStream(
            BLOCK * point.blocks,
            source(scene),
            in_thread=False if source is generator_inline else None,
            on_progress=lambda sent, size: progress.append(sent),
        )
        options = {"limits": driver.native.Limits(max_connections=1), "timeout": None, "verify": PLAIN_TLS}
        async with (
            driver.session_class(server.url, **options) as api,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(watch, server, point, scene, progress)
            await way(lambda: api.put(point.target, content=body), scene.stop)
            assert (counts.opened, counts.closed) == (1, 1)
            answer = await api.put("after", content=SizedStream(5, [b"after"]))
            assert ("/after", 5) == (answer.json()["target"], answer.json()["size"])
        server.release()

    anyio.run(main, backend=backend, backend_options=loop_options(backend))
    server.wait_closed(PATIENCE)
    judge(server, point)


def judge(server: RecordingServer, point: Point) -> None:
    """Look at what the server has seen."""
    # By name: they are on two connections, and the end of the broken one may be seen later than all of the other.
    [after] = [exchange for exchange in server.exchanges if exchange.target == "/after"]
    cut = [exchange for exchange in server.exchanges if exchange is not after]
    assert (b"after", True) == (after.body, after.complete)
    assert after.connection not in [exchange.connection for exchange in cut]
    ended = [connection.ended for connection in server.connections]
    if point is FIRST:
        assert ["fin"] == ended  # the upload has opened none
    elif point is ANSWER:
        assert ended[0] in ("fin", "reset")  # a reset where the client did not know yet that all was sent
        assert "fin" == ended[1]
    else:
        assert ["reset", "fin"] == ended
        assert not any(
            exchange.complete for exchange in cut
        )  # there is none if the reset came before the head
