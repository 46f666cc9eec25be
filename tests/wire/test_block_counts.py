"""S5: how many blocks a client is handed, and how large they are, as `on_progress` tells it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from basestream import SizedStream
from basestream.testing import RecordingServer
from drivers import Driver

KIB = 1024
SIZE = 8 * 1024 * KIB + 1


def chunks(length: int) -> Iterator[bytes]:
    whole, rest = divmod(SIZE, length)
    yield from [b"x" * length] * whole
    yield b"x" * rest


@pytest.mark.parametrize("length", [100, 1000, 65_536, 1024 * KIB, SIZE])
def test_blocks(driver: Driver, server: RecordingServer, length: int) -> None:
    """S5: tiny chunks are joined, huge ones are split: neither the system calls nor the buffers explode."""
    seen: list[int] = []
    stream = SizedStream(SIZE, chunks(length), on_progress=lambda sent, size: seen.append(sent))
    with driver.session(server.url) as api:
        api.put("x", stream)

    blocks = [after - before for before, after in pairwise(seen)]
    assert SIZE == sum(blocks) == server.exchanges[0].size
    assert len(blocks) <= -(-SIZE // (64 * KIB)) + 2
    assert max(blocks) <= 256 * KIB
