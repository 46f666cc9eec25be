"""The exact-size arithmetic: S3, S4 and S5."""

from __future__ import annotations

import array
import ctypes
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from basestream import BodySizeError, BodyTooLong, BodyTooShort
from basestream._blocks import Blocks
from basestream.backend import Limits
from support_core import KIB, MIB, after_tiny, examples, with_tiny

LIMITS = Limits()
TINY = Limits(pass_at=4, block=16, cap=16, first=8)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0

    def __call__(self) -> float:
        self.asked += 1
        return self.now


def blocks_of(
    size: int,
    chunks: Iterable[Any],
    *,
    limits: Limits = LIMITS,
    encoding: str = "utf-8",
    leave: bool = False,
    one_by_one: bool = False,
) -> Iterator[bytes]:
    """All blocks of one pass; chunk by chunk as an async session feeds them, or all at once."""
    blocks = Blocks(size, limits=limits, encoding=encoding, leave=leave, clock=lambda: 0.0)
    for batch in ((chunk,) for chunk in chunks) if one_by_one else (chunks,):
        yield from blocks.feed(batch)
    yield from blocks.finish()


def until_error(blocks: Iterator[bytes]) -> tuple[list[bytes], Exception | None]:
    """What was released, and the error that came then."""
    released: list[bytes] = []
    try:
        released.extend(blocks)
    except (ValueError, TypeError) as error:
        return released, error
    return released, None


# S3: exact, and a wrong body never completes


def as_chunk(kind: str, data: bytes) -> Any:
    """The same bytes as another type of chunk."""
    if kind == "bytes":
        return data
    if kind == "bytearray":
        return bytearray(data)
    if kind == "memoryview":
        return memoryview(data)
    if kind == "array" and len(data) % 2 == 0:
        return array.array("H", data)
    if kind == "strided":
        return memoryview(bytes(byte for byte in data for _ in "ab"))[::2]
    if kind == "str":
        return data.decode("latin-1")
    return data


kinds = st.sampled_from(["bytes", "bytearray", "memoryview", "array", "strided", "str"])
chunk_data = st.binary(max_size=6) | st.integers(0, 60).map(lambda count: bytes(range(count)))
splits = st.lists(st.tuples(kinds, chunk_data), max_size=12)


@examples(300)
@given(
    split=splits, wrong_by=st.just(0) | st.integers(-20, 20), leave=st.booleans(), one_by_one=st.booleans()
)
@example(split=[("bytes", b"x")], wrong_by=-1, leave=False, one_by_one=False)
@example(split=[], wrong_by=0, leave=False, one_by_one=False)
def test_exact_or_an_error_before_the_last_byte(
    split: list[tuple[str, bytes]], wrong_by: int, leave: bool, one_by_one: bool
) -> None:
    """S3, S5. However bytes are cut into chunks: exactly ``size``, or the right error and at most size - 1."""
    data = b"".join(part for _, part in split)
    size = max(0, len(data) + wrong_by)
    chunks = [as_chunk(kind, part) for kind, part in split]
    released, error = until_error(
        blocks_of(size, chunks, limits=TINY, encoding="latin-1", leave=leave, one_by_one=one_by_one)
    )

    assert all(type(block) is bytes and 0 < len(block) <= TINY.cap for block in released)
    assert b"".join(released) == data[: len(b"".join(released))]
    if error is None:
        assert len(b"".join(released)) == size
        assert leave or size == len(data)
    else:
        assert isinstance(error, BodyTooShort if size > len(data) else BodyTooLong)
        assert len(b"".join(released)) <= max(0, size - 1)
        assert error.size == size


@pytest.mark.parametrize(
    ("size", "chunks", "seen", "released"),
    [
        pytest.param(5, [b"hell"], 4, b"", id="short-by-one"),
        pytest.param(5, [], 0, b"", id="nothing"),
        pytest.param(5, [b"", ""], 0, b"", id="only-empty-chunks"),
        pytest.param(100_001, [b"x" * 100_000], 100_000, b"x" * 100_000, id="large-short-by-one"),
        pytest.param(300_000, [b"x" * 100_000] * 2, 200_000, b"x" * 200_000, id="several-blocks"),
    ],
)
def test_too_short(size: int, chunks: list[bytes], seen: int, released: bytes) -> None:
    """S3. An early end is `BodyTooShort`, which knows how much there was, after what was surely right."""
    given, error = until_error(blocks_of(size, chunks))

    assert isinstance(error, BodyTooShort)
    assert (error.size, error.seen) == (size, seen)
    assert f"after {seen} of the declared {size} bytes" in str(error)
    assert b"".join(given) == released


@pytest.mark.parametrize(
    ("size", "chunks", "seen", "released"),
    [
        pytest.param(5, [b"hello!"], 6, 0, id="in-the-chunk"),
        pytest.param(5, [b"hello", b"!"], 6, 0, id="a-byte-after"),
        pytest.param(5, [b"hello", b"", b"", b"!"], 6, 0, id="after-empty-chunks"),
        pytest.param(0, [b"x"], 1, 0, id="of-nothing"),
        pytest.param(200_000, [b"x" * 100_000, b"x" * 100_000, b"!"], 200_001, 100_000, id="last-withheld"),
        pytest.param(MIB, [b"x" * (MIB + 1)], MIB + 1, 0, id="one-huge-chunk"),
        pytest.param(MIB, [b"x" * MIB, b"!"], MIB + 1, MIB - 256 * KIB, id="huge-chunk-then-a-byte"),
        pytest.param(MIB, ["x" * MIB, "!"], MIB + 1, MIB - 256 * KIB, id="huge-text"),
    ],
)
def test_too_long(size: int, chunks: list[bytes], seen: int, released: int) -> None:
    """S3. A further byte is `BodyTooLong`, and the last block was held back: the wire never had ``size`` bytes."""
    given, error = until_error(blocks_of(size, chunks))

    assert isinstance(error, BodyTooLong)
    assert (error.size, error.seen) == (size, seen)
    assert f"more than the declared {size} bytes" in str(error)
    assert "surplus='leave'" in str(error)
    assert sum(map(len, given)) == released


def test_the_last_block_waits_for_the_end() -> None:
    """S3. When ``size`` is reached the last block is not released before the source has ended."""
    pulled: list[str] = []

    def source() -> Iterator[bytes]:
        for name in ("first", "last", "empty"):
            pulled.append(name)
            yield b"" if name == "empty" else b"x" * 100_000
        pulled.append("end")

    blocks = blocks_of(200_000, source())
    assert len(next(blocks)) == 100_000
    assert pulled == ["first"]
    assert len(next(blocks)) == 100_000
    assert pulled == ["first", "last", "empty", "end"]


@pytest.mark.parametrize("one_by_one", [False, True])
def test_leave_never_pulls_past_the_size(one_by_one: bool) -> None:
    """S2. Under ``leave`` the source is not asked again when the size is reached."""
    blocks = Blocks(4, leave=True)
    source = iter([b"ab", b"cd", b"ef"])
    if one_by_one:
        for chunk in (b"ab", b"cd"):
            assert list(blocks.feed([chunk])) == []
        assert blocks.is_full
    assert list(blocks.feed(source if not one_by_one else [])) == []

    assert list(blocks.finish()) == [b"abcd"]
    assert list(source) == ([b"ab", b"cd", b"ef"] if one_by_one else [b"ef"])


@pytest.mark.parametrize("count", [1, 10, 100, 400])
@pytest.mark.parametrize("length", [4, 600])
@pytest.mark.parametrize("first", [0, 64 * KIB])
def test_leave_never_pulls_past_small_chunks(first: int, count: int, length: int) -> None:
    """S2. Nor where many of them are held without asking about each."""
    size = first + length * count
    source = iter([bytes(first), *[bytes(length)] * count, b"more"])
    blocks = Blocks(size, leave=True)

    assert size == len(b"".join([*blocks.feed(source), *blocks.finish()]))
    assert [b"more"] == list(source)


def test_surplus_is_looked_for_unless_it_is_left() -> None:
    """S2, S3. Blocks that are told nothing about surplus do not leave it."""
    with pytest.raises(BodyTooLong):
        list(Blocks(5).feed([b"hello", b"!"]))


def test_leave_of_nothing_pulls_nothing() -> None:
    """S2. Size 0 under ``leave``: nothing is pulled at all."""
    blocks = Blocks(0, leave=True)
    source = iter([b"x"])

    assert [*blocks.feed(source), *blocks.finish()] == []
    assert list(source) == [b"x"]


def test_leave_is_no_licence_to_cut_a_chunk() -> None:
    """S2, S3. A chunk that reaches beyond the size was pulled already: it is an error, not cut in silence."""
    _, error = until_error(blocks_of(4, [b"abc", b"def"], leave=True))

    assert isinstance(error, BodyTooLong)


# S4: the first block


@pytest.mark.parametrize("size", [0, 1, 100, 32 * KIB, 32 * KIB + 1, 64 * KIB])
@pytest.mark.parametrize("chunk", [1000, 32 * KIB, 33 * KIB, 64 * KIB])
@pytest.mark.parametrize("wrong_by", [-1, 1])
def test_small_bodies_are_checked_completely(size: int, chunk: int, wrong_by: int) -> None:
    """S4. Up to 64 KiB, and of size 0, nothing is released of a wrong body, however it is cut."""
    data = b"x" * max(0, size + wrong_by)
    if len(data) == size:
        return  # nothing is shorter than nothing
    given, error = until_error(blocks_of(size, [data[at : at + chunk] for at in range(0, len(data), chunk)]))

    assert isinstance(error, BodySizeError)
    assert given == []


@pytest.mark.parametrize("chunk", [1, 100, 20 * KIB, 40 * KIB])
def test_the_first_block_is_joined_up_to_64_kib(chunk: int) -> None:
    """S4. The first block is what fits of 64 KiB, so that a session can check that much before it connects."""
    first = next(blocks_of(MIB, (b"x" * chunk for _ in range(MIB // chunk + 1))))

    assert 64 * KIB - chunk < len(first) <= 64 * KIB


def test_the_first_block_ignores_the_clock() -> None:
    """S4. No clock is involved: a first block that trickles in for an hour is still joined."""
    clock = Clock()
    blocks = Blocks(MIB, clock=clock)
    for _ in range(640):
        clock.now += 60
        assert list(blocks.feed([b"x" * 100])) == []
    assert clock.asked == 1  # when it began to wait
    assert [len(block) for block in blocks.feed([b"x" * KIB * 2])] == [64_000]


def test_the_first_block_needs_no_patience() -> None:
    """S4, S5. Where nothing may wait, the first block is joined all the same, and only what follows it is not."""
    lengths = [len(block) for block in blocks_of(MIB, [bytes(KIB)] * KIB, limits=Limits(patience=0.0))]

    assert lengths == [64 * KIB] + [KIB] * (KIB - 64)


# S5: blocks


def test_a_good_block_passes_untouched() -> None:
    """S5. A chunk that is a good block already is released as the very object, nothing copied."""
    chunks = [bytes(256 * KIB), bytes(64 * KIB), bytes(32 * KIB), bytes(256 * KIB), bytes(100_000)]
    blocks = list(blocks_of(sum(map(len, chunks)), chunks))

    assert [id(block) for block in blocks] == [id(chunk) for chunk in chunks]


def test_one_small_body_is_the_very_object() -> None:
    """S5. A body of one chunk is that object."""
    data = b"hello"

    assert next(blocks_of(5, [data])) is data


def test_an_instance_of_a_subclass_becomes_exact_bytes() -> None:
    """S5. Blocks are exact `bytes`, whatever subclass a chunk was."""

    class Mine(bytes):
        pass

    blocks = list(blocks_of(200_000, [Mine(100_000), Mine(100_000)]))

    assert [type(block) for block in blocks] == [bytes, bytes]


@pytest.mark.parametrize("size", [100, 64 * KIB, 64 * KIB + 1, 320 * KIB, MIB, 10 * MIB])
@pytest.mark.parametrize("chunk", [100, 1000, 16 * KIB])
def test_tiny_chunks_are_joined(size: int, chunk: int) -> None:
    """S5. Tiny chunks cost few blocks: one `sendto` for each of them is what made clients slow."""
    chunks = [bytes(chunk)] * (size // chunk) + [bytes(size % chunk)]
    blocks = list(blocks_of(size, chunks))

    assert sum(map(len, blocks)) == size
    assert len(blocks) <= math.ceil(size / (64 * KIB)) + 2
    assert max(map(len, blocks)) <= 256 * KIB
    assert len(blocks) <= 2 + math.ceil(size / (256 * KIB - chunk))


MAKERS: dict[str, Callable[[int], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": lambda size: memoryview(bytes(size)),
    "strided": lambda size: memoryview(bytes(2 * size))[::2],
    "array": lambda size: array.array("d", bytes(size)),
    "ctypes": lambda size: (ctypes.c_uint32 * (size // 4))(),
    "two-dimensions": lambda size: memoryview(bytes(size)).cast("B", (size // 64, 64)),
    "str": lambda size: "x" * size,
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("size", [64 * KIB, 256 * KIB, 256 * KIB + 64, MIB])
def test_blocks_of_any_chunk_are_exact_bytes(make: Callable[[int], Any], size: int) -> None:
    """S5. Also of a chunk that is as long as a block may be, and of one that is longer."""
    blocks = list(blocks_of(2 * size, [make(size), make(size)]))

    assert {type(block) for block in blocks} == {bytes}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("size", [256 * KIB + 64, MIB, MIB + 64, 3 * MIB + 128])
def test_huge_chunks_are_split(make: Callable[[int], Any], size: int) -> None:
    """S5. Nothing above 256 KiB is released: a timeout counts over a whole block."""
    blocks = list(blocks_of(size, [make(size)]))

    assert sum(map(len, blocks)) == size
    assert {len(block) for block in blocks[:-1]} == {256 * KIB}
    assert 0 < len(blocks[-1]) <= 256 * KIB


def test_a_huge_chunk_may_be_split_without_a_copy() -> None:
    """S5. Where the limits allow views, the pieces of ``bytes`` are; those of a buffer, which may change, are not."""
    data, buffer = bytes(range(256)) * 4096, bytearray(MIB)
    pieces: list[Any] = list(blocks_of(2 * MIB, [data, buffer], limits=Limits(views=True)))

    assert [256 * KIB] * 8 == [len(piece) for piece in pieces]
    assert data + buffer == b"".join(pieces)
    assert [data] * 4 + [None] * 4 == [getattr(piece, "obj", None) for piece in pieces]


def test_a_huge_chunk_keeps_its_order() -> None:
    """S5. Splitting and joining keep every byte in its place."""
    data = bytes(index * 7 % 251 for index in range(MIB))
    chunks = [data[:10], data[10:700_000], data[700_000:700_001], data[700_001:]]

    assert b"".join(blocks_of(MIB, chunks)) == data


@pytest.mark.parametrize("length", [32 * KIB, 40_000, 100_000, 256 * KIB])
def test_what_is_joined_is_not_mixed_with_what_passes(length: int) -> None:
    """S5. A large chunk after small ones: the small ones are released first, the large one untouched."""
    large = bytes(length)
    chunks = [bytes(100_000), b"abc", b"def", large, b"ghi", bytes(99_997), b"jkl"]
    blocks = list(blocks_of(sum(map(len, chunks)), chunks))

    assert [len(block) for block in blocks] == [100_000, 6, length, 3, 99_997, 3]
    assert blocks[1] == b"abcdef"
    assert blocks[2] is large


@pytest.mark.parametrize("count", [1, 8, 9, 16, 32, 33, 64, 65, 100, 128, 150])
def test_a_large_chunk_passes_however_many_small_ones_wait(count: int) -> None:
    """S5. Holding small chunks without asking about each does not swallow a large one in between."""
    large = bytes(40_000)
    chunks = [bytes(64 * KIB), *[bytes(1000)] * count, large, b"end"]
    blocks = list(blocks_of(sum(map(len, chunks)), chunks))

    assert [len(block) for block in blocks] == [64 * KIB, 1000 * count, 40_000, 3]
    assert blocks[2] is large


def test_a_buffer_may_be_used_again() -> None:
    """S2. A generator may reuse one bytearray: what is held of it is a copy, and it may be resized."""

    def source() -> Iterator[bytearray]:
        buffer = bytearray()
        for length in (10, 3, 300_000, 100, 40_000, 70_000):
            buffer[:] = bytes([length % 251]) * length
            yield buffer
        buffer.clear()

    lengths = (10, 3, 300_000, 100, 40_000, 70_000)
    expected = b"".join(bytes([length % 251]) * length for length in lengths)

    assert b"".join(blocks_of(len(expected), source())) == expected


# S5: tiny chunks, which are copied one after the other as long as nothing else comes


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("size", [64, 512, 40_000, MIB])
def test_any_chunk_may_follow_tiny_ones(make: Callable[[int], Any], size: int) -> None:
    """S2, S5. Whatever comes between tiny chunks stands in its place, once."""
    chunk = make(size)
    data = chunk.encode() if isinstance(chunk, str) else bytes(size)
    expected = with_tiny(data, b"", data)

    blocks = list(blocks_of(len(expected), after_tiny(chunk, b"", chunk)))

    assert expected == b"".join(blocks)
    assert {bytes} == {type(block) for block in blocks}
    assert 256 * KIB >= max(map(len, blocks))


@pytest.mark.parametrize("length", [32 * KIB, 40_000, 256 * KIB])
def test_a_large_chunk_after_tiny_ones_is_the_very_object(length: int) -> None:
    """S5. One that is a good block is released as it is, each time, and what waited is released before."""
    large = bytes(length)
    expected = with_tiny(large, large)

    blocks = list(blocks_of(len(expected), after_tiny(large, large)))

    assert [64 * KIB, 800, length, 800, length, 800] == [len(block) for block in blocks]
    assert blocks[2] is blocks[4] is large


@pytest.mark.parametrize("length", [1, 3, 100, 500])
def test_a_tiny_buffer_may_be_used_again(length: int) -> None:
    """S2. Of one bytearray, used again for each tiny chunk, every content is sent."""

    def source() -> Iterator[bytearray]:
        buffer = bytearray(64 * KIB)
        yield buffer
        for number in range(3000):
            buffer[:] = bytes([number % 251]) * length
            yield buffer
        buffer.clear()

    expected = bytes(64 * KIB) + b"".join(bytes([number % 251]) * length for number in range(3000))

    assert expected == b"".join(blocks_of(len(expected), source()))


@pytest.mark.parametrize("wrong_by", [-1, 1])
@pytest.mark.parametrize("count", [9, 10, 100, 2700])
def test_tiny_chunks_are_counted(count: int, wrong_by: int) -> None:
    """S3. A byte too few, or too many, never completes the body."""
    size = 64 * KIB + 100 * count
    last = b"x" * (100 + wrong_by)
    given, error = until_error(blocks_of(size, [bytes(64 * KIB), *[bytes(100)] * (count - 1), last]))

    assert isinstance(error, BodyTooLong if wrong_by > 0 else BodyTooShort)
    assert (size, size + wrong_by) == (error.size, error.seen)
    assert size > sum(map(len, given))


def test_what_is_no_chunk_after_tiny_ones() -> None:
    """S2. It is told in the same words as anywhere."""
    with pytest.raises(TypeError, match="gave int where a chunk must be bytes-like or str"):
        list(blocks_of(MIB, after_tiny(5)))


def test_text_that_cannot_be_encoded_after_tiny_chunks() -> None:
    """S2. The codec's error alone, and nothing of how it was found that the chunk is text."""
    with pytest.raises(UnicodeEncodeError) as raised:
        list(blocks_of(MIB, after_tiny("é"), encoding="ascii"))
    assert raised.value.__context__ is None


@pytest.mark.parametrize("error", [TypeError("own"), ValueError("own"), BufferError("own")], ids=repr)
def test_an_error_of_the_source_after_tiny_chunks(error: Exception) -> None:
    """S9. It is the source's, and is not taken for that of a chunk that cannot be copied."""

    def source() -> Iterator[bytes]:
        yield from after_tiny()
        raise error

    with pytest.raises(type(error)) as raised:
        list(blocks_of(MIB, source()))
    assert raised.value is error


runs = st.lists(st.tuples(kinds, st.integers(0, 40), st.integers(1, 40)), max_size=12)


@examples(200)
@given(runs=runs, wrong_by=st.just(0) | st.integers(-3, 3), waits=st.booleans())
@example(runs=[("bytes", 1, 40), ("strided", 40, 1), ("bytes", 1, 40)], wrong_by=0, waits=False)
def test_runs_of_chunks(runs: list[tuple[str, int, int]], wrong_by: int, waits: bool) -> None:
    """S3, S5. Runs of like chunks, tiny and large ones in turn, copied or not: all of them, or an error in time."""
    parts = [(kind, bytes(range(length))) for kind, length, count in runs for _ in range(count)]
    data = b"".join(part for _, part in parts)
    size = max(0, len(data) + wrong_by)
    clock = Clock()

    def source() -> Iterator[Any]:
        for kind, part in parts:
            clock.now += 0.01 * waits
            yield as_chunk(kind, part)

    limits = Limits(pass_at=32, block=64, cap=64, first=8)
    blocks = Blocks(size, limits=limits, encoding="latin-1", clock=clock)
    released, error = until_error(
        block for steps in (blocks.feed(source()), blocks.finish()) for block in steps
    )

    assert data.startswith(b"".join(released))
    assert all(type(block) is bytes and 0 < len(block) <= 64 for block in released)
    if len(data) == size:
        assert (error, size) == (None, len(b"".join(released)))
    else:
        assert isinstance(error, BodySizeError)
        assert len(b"".join(released)) <= max(0, size - 1)


# S5: patience


@pytest.mark.parametrize("begin", [0.0, 1000.0], ids=["at-nought", "later"])
def test_what_has_waited_a_second_is_sent_at_the_next_chunk(begin: float) -> None:
    """S5. After the first block a trickling source is not delayed for long, whatever the clock says."""
    clock = Clock()
    clock.now = begin
    blocks = Blocks(MIB, clock=clock)
    assert len(list(blocks.feed([bytes(64 * KIB)]))) == 1

    assert list(blocks.feed([b"a"])) == []
    clock.now = begin + 0.875
    assert list(blocks.feed([b"b"])) == []
    clock.now = begin + 1.0
    assert list(blocks.feed([b"c"])) == [b"abc"]


def test_the_wait_begins_with_what_waits() -> None:
    """S5. The second is counted from the first chunk that is held, not from the block before."""
    clock = Clock()
    blocks = Blocks(MIB, clock=clock)
    assert len(list(blocks.feed([bytes(64 * KIB)]))) == 1

    clock.now = 100.0
    assert list(blocks.feed([b"a"])) == []
    clock.now = 101.0
    assert list(blocks.feed([b"b"])) == [b"ab"]
    assert list(blocks.feed([b"c"])) == []


def test_patience_begins_after_a_first_block_of_any_length() -> None:
    """S5. Also where the first block was a single byte, what has waited a second is sent."""
    clock = Clock()
    blocks = Blocks(MIB, limits=Limits(first=1), clock=clock)
    assert list(blocks.feed([b"a", b"b"])) == [b"a"]

    clock.now = 1.0
    assert list(blocks.feed([b"c"])) == [b"bc"]


def test_how_often_the_clock_is_asked() -> None:
    """S5. At each of the first chunks that wait, then ever less often, at last at each 64th: asking is not free."""
    clock = Clock()
    blocks = Blocks(MIB, clock=clock)
    asked: list[int] = []

    def source() -> Iterator[bytes]:
        for number in range(400):
            before = clock.asked
            yield b"x"
            if clock.asked > before:
                asked.append(number)

    assert len(list(blocks.feed([bytes(64 * KIB)]))) == 1
    assert list(blocks.feed(source())) == []

    assert asked == [*range(8), 8, 16, 32, 64, 128, 192, 256, 320, 384]


def test_patience_in_one_long_feed() -> None:
    """S5. A sync source of fast small chunks asks the clock seldom, and a slow one is still sent in time."""
    clock = Clock()
    blocks = Blocks(MIB, clock=clock)

    def source() -> Iterator[bytes]:
        yield bytes(64 * KIB)
        for _ in range(2000):
            yield b"fast"
        clock.now = 5.0
        while True:
            yield b"slow"

    feed = blocks.feed(source())
    assert len(next(feed)) == 64 * KIB
    joined = next(feed)
    assert 8000 < len(joined) < 8000 + 4 * 2000
    assert clock.asked < 200


def test_the_last_block_is_not_released_by_impatience() -> None:
    """S3 before S5. However long it has waited, the block that completes the body waits for the end."""
    clock = Clock()
    blocks = Blocks(64 * KIB + 2, clock=clock)
    assert len(list(blocks.feed([bytes(64 * KIB)]))) == 1

    assert list(blocks.feed([b"a"])) == []
    clock.now = 100.0
    assert list(blocks.feed([b"b"])) == []
    assert list(blocks.finish()) == [b"ab"]


# Text, and what is no chunk


@pytest.mark.parametrize(
    ("encoding", "chunks", "data"),
    [
        pytest.param("utf-8", ["hé", "", "ß"], "héß".encode(), id="utf-8"),
        pytest.param("latin-1", ["hé", "ß"], "héß".encode("latin-1"), id="latin-1"),
        pytest.param("ascii", ["he", "llo"], b"hello", id="ascii"),
        pytest.param("UTF8", ["é"], "é".encode(), id="alias"),
        pytest.param("utf-16", ["a", "b"], "ab".encode("utf-16"), id="utf-16-one-mark"),
        pytest.param("utf-8-sig", ["a", "b"], "ab".encode("utf-8-sig"), id="utf-8-sig-one-mark"),
        pytest.param("cp1252", ["€", "x"], b"\x80x", id="cp1252"),
        pytest.param("iso2022_jp", ["日", "本"], "日本".encode("iso2022_jp"), id="iso2022_jp-end-of-shift"),
    ],
)
def test_text_is_encoded(encoding: str, chunks: list[str], data: bytes) -> None:
    """S2. Chunks of text are encoded as one text: what `str.encode` gives for the whole."""
    assert b"".join(blocks_of(len(data), chunks, encoding=encoding)) == data


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso2022_jp"])
@pytest.mark.parametrize("chunks", [[], [b""], [b"hello"], [bytearray(100_000)]])
def test_what_is_no_text_is_not_encoded(encoding: str, chunks: list[bytes]) -> None:
    """S2, S11. Bytes stay as they are under any encoding: no byte order mark, and nothing for an end of text."""
    data = b"".join(chunks)

    assert b"".join(blocks_of(len(data), chunks, encoding=encoding)) == data


def test_text_that_is_left_is_finished() -> None:
    """S2. Under ``leave``, a text that ends by itself has its end too."""
    data = "日本".encode("iso2022_jp")

    assert b"".join(blocks_of(len(data), ["日", "本"], encoding="iso2022_jp", leave=True)) == data


def test_text_is_counted_after_encoding() -> None:
    """S2, S3. The size is that of the encoded bytes."""
    with pytest.raises(BodyTooLong):
        list(blocks_of(2, ["éé"]))
    assert list(blocks_of(4, ["éé"])) == ["éé".encode()]


def test_an_unknown_encoding() -> None:
    """S2. An unknown encoding is a `LookupError`."""
    with pytest.raises(LookupError):
        Blocks(5, encoding="no-such-encoding")


@pytest.mark.parametrize("chunk", [None, 5, 1.5, ["x"], {"a": 1}, object()])
@pytest.mark.parametrize("one_by_one", [False, True])
def test_what_is_no_chunk(chunk: object, one_by_one: bool) -> None:
    """S2. Anything but bytes-like and `str` is a `TypeError` that names the type, not a crash in a client."""
    _, error = until_error(blocks_of(5, [b"he", chunk], one_by_one=one_by_one))

    assert isinstance(error, TypeError)
    assert f"gave {type(chunk).__name__} where a chunk must be bytes-like or str" in str(error)


def test_a_list_of_numbers_is_no_body() -> None:
    """S2. Iterating bytes gives numbers: that mistake is named too."""
    with pytest.raises(TypeError, match="gave int where"):
        list(blocks_of(5, cast(Sequence[Any], b"hello")))


# Limits of other transports


@examples(200)
@given(
    lengths=st.lists(st.integers(0, 40), max_size=30),
    pass_at=st.integers(1, 16),
    block=st.integers(1, 20),
    cap=st.integers(1, 20),
    first=st.integers(1, 20),
    one_by_one=st.booleans(),
    views=st.booleans(),
)
def test_any_limits(
    lengths: list[int], pass_at: int, block: int, cap: int, first: int, one_by_one: bool, views: bool
) -> None:
    """S5. Block sizes are data: whatever a transport asks for, the bytes are right and none exceeds the cap."""
    limits = Limits(min(pass_at, cap), min(block, cap), cap, min(first, cap), views=views)
    data = bytes(index % 251 for index in range(sum(lengths)))
    source = iter(data)
    chunks = [bytes(next(source) for _ in range(length)) for length in lengths]
    released = list(blocks_of(len(data), chunks, limits=limits, one_by_one=one_by_one))

    assert b"".join(released) == data
    assert all(0 < len(piece) <= cap for piece in released)


def test_the_default_limits() -> None:
    """S4, S5. 64 KiB are checked first, 256 KiB is the most, a second is what a source may be delayed."""
    assert Limits() == Limits(32 * KIB, 256 * KIB, 256 * KIB, 64 * KIB, 1.0, views=False)
