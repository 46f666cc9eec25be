"""Section 10: how much a body holds at one time, as tracemalloc counts it."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from basestream import SizedStream, StreamingIterator
from basestream.backend import Limits, Transport
from support_core import stepping

KIB = 1024
MIB = 1024 * KIB
SIZE = 16 * MIB
BLOCK = 256 * KIB
LENGTHS = (1000, 32 * KIB - 1, 64 * KIB, BLOCK + 1, MIB, 4 * MIB)


def peak_of(call: Callable[[], object]) -> int:
    """The most memory that a call holds at one time, in bytes."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def read_async(stream: SizedStream) -> None:
    """Read a stream as an async client does, and keep nothing."""

    async def main() -> None:
        async for _ in stream.aio():
            pass

    asyncio.run(main())


def chunks(length: int) -> Callable[[], Iterator[bytes]]:
    """A source whose chunks are each made anew."""

    def made() -> Iterator[bytes]:
        for _ in range(SIZE // length):
            yield b"x" * length
        yield b"x" * (SIZE % length)

    return made


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(), id="default"),
        pytest.param(Limits(views=True), id="views"),
        pytest.param(Limits(pass_at=128 * KIB), id="httpx"),
    ],
)
def test_a_pass(length: int, limits: Limits) -> None:
    """A pass holds two blocks and two chunks at the most, whatever the chunks' length."""
    stream = SizedStream(SIZE, chunks(length))
    blocks = stream.new_pass(Transport(limits))

    assert peak_of(lambda: sum(map(len, blocks))) <= 2 * BLOCK + 2 * length + MIB


def tiny_chunks(length: int) -> Iterator[bytes]:
    """A MiB of chunks that are each made anew."""
    return (b"%0*d" % (length, number % 10) for number in range(MIB // length))


@pytest.mark.parametrize("length", [1, 10])
def test_tiny_chunks(length: int) -> None:
    """Tiny chunks are not kept as the objects that they are: of a byte each they would take sixty times as much."""
    stream = SizedStream(MIB // length * length, tiny_chunks(length))

    assert peak_of(lambda: sum(map(len, stream))) <= 2 * BLOCK + MIB


@pytest.mark.parametrize("length", [1, 10])
def test_tiny_chunks_of_an_async_source(length: int) -> None:
    """The same of an async source."""
    stream = SizedStream(MIB // length * length, stepping(tiny_chunks(length)))

    assert peak_of(lambda: read_async(stream)) <= 2 * BLOCK + MIB


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("count", [16 * KIB, 65_524, BLOCK + 1, MIB])
def test_reads(length: int, count: int) -> None:
    """Reads hold no more, beside what they give: the toolbelt's ``read(65524)`` of 1 MiB chunks held 384 MiB."""
    body = StreamingIterator(SIZE, chunks(length))

    def read() -> None:
        while body.read(count):
            pass

    assert peak_of(read) <= 2 * BLOCK + 2 * length + MIB + 2 * count


def test_a_seek() -> None:
    """What a read skips after ``seek`` is not held either."""
    body = StreamingIterator(SIZE, chunks(MIB))
    body.seek(SIZE - 1)

    assert peak_of(lambda: body.read(1)) <= 2 * BLOCK + 2 * MIB + MIB


def uneven() -> Iterator[bytes]:
    """Tiny chunks for a while, then a huge one, again and again."""
    for _ in range(4):
        for _ in range(5000):
            yield b"x" * 100
        yield b"x" * (8 * MIB)


UNEVEN = 4 * (500_000 + 8 * MIB)


def test_huge_chunks_among_tiny_ones() -> None:
    """A huge chunk after tiny ones takes no more than two of its kind, and what it took is given back."""
    stream = SizedStream(UNEVEN, uneven)

    assert peak_of(lambda: sum(map(len, stream))) <= 2 * BLOCK + 2 * 8 * MIB + MIB


def test_huge_chunks_among_tiny_ones_of_an_async_source() -> None:
    """The same of an async source."""
    stream = SizedStream(UNEVEN, stepping(uneven()))

    assert peak_of(lambda: read_async(stream)) <= 2 * BLOCK + 2 * 8 * MIB + MIB


def test_tiny_chunks_after_a_huge_one() -> None:
    """What a huge chunk took is not kept while tiny ones follow."""
    after: list[int] = []

    def source() -> Iterator[bytes]:
        yield from uneven()
        for _ in range(2000):
            yield b"x" * 100
        after.append(tracemalloc.get_traced_memory()[0])

    assert peak_of(lambda: sum(map(len, SizedStream(UNEVEN + 200_000, source)))) > 8 * MIB
    assert after[0] <= 2 * BLOCK + MIB


def polling() -> Iterator[bytes]:
    """A source that has nothing yet, again and again."""
    yield b"x" * BLOCK
    yield b"he"
    for _ in range(500_000):
        yield b""
    yield b"llo"


def test_empty_chunks() -> None:
    """Empty chunks are left out at once: any number of them takes no memory while others wait."""
    stream = SizedStream(BLOCK + 5, polling)

    assert peak_of(lambda: sum(map(len, stream))) <= 2 * BLOCK + MIB


def test_empty_chunks_of_an_async_source() -> None:
    """The same of an async source."""
    stream = SizedStream(BLOCK + 5, stepping(polling()))

    assert peak_of(lambda: read_async(stream)) <= 2 * BLOCK + MIB
