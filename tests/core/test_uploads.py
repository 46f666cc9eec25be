"""The face that a session hands to its client, sync and async: S4, S6, S9 to S13 and W1."""

from __future__ import annotations

import asyncio
import builtins
import gc
import io
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from basestream import (
    BodyConsumed,
    BodyError,
    BodySizeError,
    BodySourceError,
    BodyTooLong,
    BodyTooShort,
    FramingError,
    SizedStream,
    StreamingIterator,
)
from basestream._sources import source_for
from basestream.backend import AsyncUpload, Limits, Transport, Upload, check_framing
from support_core import (
    KIB,
    Closing,
    Progress,
    Runner,
    after_tiny,
    examples,
    gathered,
    stepping,
    with_tiny,
)

HELLO = b"hello world"
TRANSPORT = Transport()
TWO = [bytes([1]) * 100_000, bytes([2]) * 100_000]
DATA = b"".join(TWO)


def upload(stream: SizedStream) -> Upload:
    return Upload(stream, TRANSPORT)


def aupload(stream: SizedStream) -> AsyncUpload:
    return AsyncUpload(stream, TRANSPORT)


# What both have


@pytest.mark.parametrize("face", [Upload, AsyncUpload])
def test_what_clients_ask_a_body(face: type[Upload] | type[AsyncUpload]) -> None:
    """S1, S11. A client that measures, rewinds or tests the face for truth touches no source."""

    def never() -> bytes:
        raise AssertionError("touched")

    for size in (0, 11):
        body = face(SizedStream(size, never), TRANSPORT)
        assert (body.size, len(body), bool(body)) == (size, size, True)
        assert (body.tell(), body.seek(0, 2), body.seek(0), body.seek(5), body.tell()) == (0, size, 0, 5, 0)


@pytest.mark.parametrize("face", [Upload, AsyncUpload])
def test_a_body_cut_short_ends_in_a_reset_unless_told_otherwise(
    face: type[Upload] | type[AsyncUpload],
) -> None:
    """W4. Each face tells its client's connection how to end, and a reset is what it tells by default."""
    stream = SizedStream(3, b"abc")

    assert face(stream, TRANSPORT).reset_on_abort is True
    assert face(stream, TRANSPORT, reset_on_abort=False).reset_on_abort is False


def test_neither_has_read() -> None:
    """S1. Sessions send the face without ``read``, whichever face the user made; each is iterable in one way."""
    body = StreamingIterator(11, [HELLO])

    assert not hasattr(upload(body), "read")
    assert not hasattr(aupload(body), "read")
    assert not hasattr(aupload(body), "__iter__")
    assert not hasattr(upload(body), "__aiter__")


def test_a_session_begins_at_the_start() -> None:
    """S6. A session starts a new pass at 0, wherever the user has read or sought to."""
    body = StreamingIterator(11, [HELLO])
    body.read(4)
    body.seek(7)

    assert b"".join(upload(body)) == HELLO


def test_the_transport_s_block_sizes() -> None:
    """S5. Blocks are of the sizes that the transport asks for."""
    limits = Limits(pass_at=10, block=100, cap=100, first=10)

    assert {len(block) for block in Upload(SizedStream(1000, [bytes(1000)]), Transport(limits))} == {100}


# Sync


async def async_source() -> AsyncIterator[bytes]:
    yield HELLO


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: SizedStream(3, b"abc"), id="stream"),
        pytest.param(lambda: Upload(SizedStream(3, b"abc"), Transport()), id="sync"),
        pytest.param(lambda: AsyncUpload(SizedStream(3, b"abc"), Transport()), id="async"),
    ],
)
def test_no_two_bodies_have_one_text(make: Callable[[], object]) -> None:
    """S3: a cache that takes the text for the content must not take a new body for one that is gone."""
    texts = [str(make()) for _ in range(100)]  # each is freed, and its address used again
    one = make()

    assert 100 == len(set(texts))
    assert str(one) == str(one)
    assert str(one).startswith(repr(one))
    assert repr(one).startswith(f"<{type(one).__name__} of 3 bytes")


def test_views_are_for_sockets() -> None:
    """S5: where the transport allows views, who iterates a body still gets exact bytes, to keep, copy or pickle."""
    data = bytes(range(256)) * 2000
    face = Upload(SizedStream(len(data), data), Transport(Limits(views=True)))
    for pieces, kinds in ((iter(face), {bytes}), (face.pieces(), {memoryview})):
        blocks: list[Any] = list(pieces)
        assert kinds == {type(block) for block in blocks}
        assert data == b"".join(blocks)


def test_an_async_source_is_refused_at_once() -> None:
    """S13. A sync session refuses an async source before anything is sent."""
    with pytest.raises(TypeError, match="the source is asynchronous: use an async session"):
        upload(SizedStream(11, async_source))


def test_iterating_twice_is_two_passes() -> None:
    """S8. Each iteration is a new attempt, from the beginning."""
    body = upload(SizedStream(200_000, TWO))

    assert [b"".join(body), b"".join(body)] == [DATA, DATA]


def test_the_first_block_is_pulled_and_not_lost() -> None:
    """S4. ``prime`` pulls the first block once; the next iteration begins with it."""
    progress = Progress()
    body = upload(SizedStream(200_000, iter(TWO), on_progress=progress))
    body.prime()
    body.prime()
    assert progress.calls == [(0, 200_000)]

    assert b"".join(body) == DATA
    assert progress.calls == [(0, 200_000), (100_000, 200_000), (200_000, 200_000)]


def test_an_attempt_that_never_began_costs_nothing() -> None:
    """S4, S6. A one-shot source survives an attempt that failed to connect: its first block is kept."""
    body = upload(SizedStream(11, iter([HELLO])))
    body.prime()
    iter(body)  # a client may look at it without pulling
    body.prime()

    assert b"".join(body) == HELLO
    with pytest.raises(BodyConsumed):
        body.prime()


def test_a_second_attempt_after_the_first_block() -> None:
    """S4, S8. After an attempt that was cut off, priming begins a new pass."""
    made = [Closing(TWO), Closing(TWO)]
    sources = iter(made)
    body = upload(SizedStream(200_000, lambda: next(sources)))
    body.prime()
    next(iter(body))
    body.prime()
    assert [one.closed for one in made] == [1, 0]

    assert b"".join(body) == DATA
    assert [one.closed for one in made] == [1, 1]


@pytest.mark.parametrize(
    ("size", "source", "error"),
    [
        pytest.param(5, [b"hell"], BodyTooShort, id="too-short"),
        pytest.param(5, [b"hello", b"!"], BodyTooLong, id="too-long"),
        pytest.param(0, [b"x"], BodyTooLong, id="not-empty"),
        pytest.param(65_536, [bytes(65_536), b"x"], BodyTooLong, id="of-64-KiB"),
        pytest.param(5, lambda: io.BytesIO(b"hell"), BodyTooShort, id="file"),
        pytest.param(5, [None], TypeError, id="no-chunk"),
    ],
)
def test_a_wrong_small_body_fails_when_primed(size: int, source: Any, error: type[Exception]) -> None:
    """S4. Bodies up to 64 KiB, and of size 0, are checked completely before a connection is opened."""
    with pytest.raises(error):
        upload(SizedStream(size, source)).prime()


def test_an_empty_body_is_primed() -> None:
    """S4, S11. Size 0: nothing to send, and that is known."""
    body = upload(SizedStream(0, iter([b""])))
    body.prime()

    assert list(body) == []


def test_a_stray_stop_iteration_fails_when_primed() -> None:
    """S4, S9. A `StopIteration` that escapes a factory is an error before a connection is opened."""
    with pytest.raises((BodyError, RuntimeError)):
        upload(SizedStream(5, lambda: next(iter(())))).prime()


@pytest.mark.parametrize("pulls", [0, 1, 3])
def test_end_closes(pulls: int) -> None:
    """S2, S10. ``end`` closes what the exchange's pass has opened, however far it came, and again harmlessly."""
    made = Closing(TWO)
    body = upload(SizedStream(200_000, lambda: made))
    body.end()
    body.prime()
    blocks = iter(body)
    for _ in range(pulls):
        next(blocks, b"")
    body.end()
    body.end()

    assert made.closed == 1
    if pulls == 1:
        with pytest.raises(BodyError, match="the exchange that this pass belonged to is over"):
            list(blocks)


def test_end_forgets_the_first_block() -> None:
    """S6. After ``end`` another exchange begins a pass of its own."""
    body = upload(SizedStream(200_000, TWO))
    body.prime()
    body.end()
    body.prime()

    assert b"".join(body) == DATA


def test_one_stream_in_two_exchanges() -> None:
    """S12. One stream, one upload at a time: the earlier exchange fails, and its ``end`` spares the later one."""
    stream = SizedStream(200_000, TWO)
    first, second = upload(stream), upload(stream)
    one = iter(first)
    next(one)
    second.prime()
    with pytest.raises(BodyError, match="superseded"):
        list(one)
    first.end()

    assert b"".join(second) == DATA


# W1: framing


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="none"),
        pytest.param([("Content-Length", "5")], id="same"),
        pytest.param([("content-length", " 5 ")], id="white-space"),
        pytest.param([("X-Content-Length", "6"), ("TE", "chunked")], id="others"),
        pytest.param([("Content-Length", "5"), ("Content-Length", "5")], id="twice"),
    ],
)
def test_framing(headers: list[tuple[str, str]]) -> None:
    """W1. No framing header, or the right length, is fine."""
    check_framing(headers, 5)


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        pytest.param(
            [("Transfer-Encoding", "chunked")], "Transfer-Encoding: chunked contradicts", id="chunked"
        ),
        pytest.param([("transfer-encoding", "gzip")], "leave the header out", id="gzip"),
        pytest.param([("TRANSFER-ENCODING", "")], "contradicts", id="empty"),
        pytest.param(
            [("Content-Length", "6")], "Content-Length: 6 contradicts the body's size of 5", id="long"
        ),
        pytest.param([("content-length", "4")], "declare the size you mean", id="short"),
        pytest.param([("Content-Length", "05")], "contradicts", id="zeros"),
        pytest.param([("Content-Length", "5, 5")], "contradicts", id="list"),
        pytest.param([("Content-Length", "")], "contradicts", id="no-length"),
        pytest.param([("Content-Length", "5"), ("Content-Length", "6")], "contradicts", id="second"),
    ],
)
def test_contradicting_framing(headers: list[tuple[str, str]], says: str) -> None:
    """W1. A ``Transfer-Encoding`` or another length next to a sized body is an error before sending."""
    with pytest.raises(FramingError, match=says):
        check_framing(headers, 5)


# Async


class AsyncAgain:
    """Re-iterable."""

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        yield TWO[0]
        yield TWO[1]


class AnextOnly:
    """What ``__aiter__`` may give in the sense of ``async for``: without an ``__aiter__`` of its own."""

    def __init__(self) -> None:
        self._chunks = iter(TWO)

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration


class GivesAnextOnly:
    def __aiter__(self) -> AsyncIterator[bytes]:
        return cast("AsyncIterator[bytes]", AnextOnly())


class AsyncFile:
    """An async file, as aiofiles, anyio and trio have them."""

    def __init__(self, data: bytes = DATA) -> None:
        self._file = io.BytesIO(data)
        self.asked: list[int] = []
        self.closed = 0

    async def read(self, count: int) -> bytes | None:
        self.asked.append(count)
        return self._file.read(count)

    async def aclose(self) -> None:
        self.closed += 1


async def agenerator() -> AsyncIterator[bytes]:
    for chunk in TWO:
        yield chunk


KINDS = [
    pytest.param(lambda: DATA, True, id="bytes"),
    pytest.param(lambda: io.BytesIO(DATA), True, id="file"),
    pytest.param(lambda: TWO, True, id="list"),
    pytest.param(lambda: iter(TWO), False, id="iterator"),
    pytest.param(lambda: lambda: iter(TWO), True, id="factory"),
    pytest.param(AsyncAgain, True, id="async-iterable"),
    pytest.param(GivesAnextOnly, True, id="async-iterable-of-anext-only"),
    pytest.param(agenerator, False, id="async-generator"),
    pytest.param(lambda: agenerator, True, id="async-generator-function"),
    pytest.param(AsyncFile, False, id="async-file"),
    pytest.param(lambda: AsyncFile, True, id="factory-async-file"),
    pytest.param(lambda: AsyncAgain, True, id="factory-async-iterable"),
    pytest.param(lambda: lambda: agenerator(), True, id="factory-async-generator"),
]


def mixed(kind: Callable[[bytes], Any], length: int) -> Any:
    return kind(b"x" * length)


MIXED = st.builds(
    mixed,
    st.sampled_from([bytes, bytearray, bytes.decode]),
    st.sampled_from([0, 1, 100, 5000, 40_000, 70_000, 300_000]),
)


@examples(100)
@given(st.lists(MIXED, max_size=60), st.sampled_from([TRANSPORT, Transport(Limits(pass_at=100_000))]))
@example([b"x" * 100] * 6000, TRANSPORT)
@example([b"x" * 70_000, b"x", b"x" * 32 * KIB, b"x"], TRANSPORT)
def test_an_async_source_gives_the_same_blocks(chunks: list[Any], transport: Transport) -> None:
    """S5, S13. Chunks of any kind and length make the blocks that those of a sync source make."""

    async def source() -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    async def pulled(stream: SizedStream) -> list[bytes]:
        return [block async for block in stream.new_pass(transport)]

    size = sum(map(len, chunks))
    assert list(SizedStream(size, chunks).new_pass(transport)) == asyncio.run(
        pulled(SizedStream(size, source))
    )
    assert list(SizedStream(size, chunks).new_pass(transport)) == asyncio.run(
        pulled(SizedStream(size, chunks))
    )


class Stepped:
    """An async iterator that is no generator, and cannot be begun twice."""

    def __init__(self, chunks: Iterable[Any]) -> None:
        self._chunks = iter(chunks)

    def __aiter__(self) -> Stepped:
        return self

    async def __anext__(self) -> Any:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration


@pytest.mark.parametrize("stepped", [stepping, Stepped])
@pytest.mark.parametrize(
    ("other", "length"),
    [
        pytest.param(b"", 0, id="empty"),
        pytest.param(b"x" * 500, 500, id="small"),
        pytest.param(b"x" * 32 * KIB, 32 * KIB, id="just-large"),
        pytest.param(b"x" * 40_000, 40_000, id="large"),
        pytest.param(b"x" * 1_000_000, 1_000_000, id="huge"),
        pytest.param(bytearray(70_000), 70_000, id="bytearray"),
        pytest.param(memoryview(bytes(1000))[::2], 500, id="strided"),
        pytest.param("text", 4, id="text"),
    ],
)
def test_an_async_source_of_tiny_chunks(
    run_async: Runner, stepped: Callable[[Iterable[Any]], AsyncIterator[Any]], other: Any, length: int
) -> None:
    """S5, S13. Whatever comes between tiny chunks, the blocks are those of a sync source."""
    size = len(with_tiny(bytes(length), bytes(length)))

    async def main() -> list[bytes]:
        body = SizedStream(size, stepped(after_tiny(other, other)))
        return [block async for block in body.new_pass(TRANSPORT)]

    blocks = run_async(main)
    assert list(SizedStream(size, after_tiny(other, other)).new_pass(TRANSPORT)) == blocks
    assert size == sum(map(len, blocks))
    assert {bytes} == {type(block) for block in blocks}


@pytest.mark.parametrize("stepped", [stepping, Stepped])
@pytest.mark.parametrize("count", [1, 10, 100, 400])
@pytest.mark.parametrize("length", [4, 600])
@pytest.mark.parametrize("first", [0, 64 * KIB])
def test_leave_never_pulls_past_small_chunks(
    run_async: Runner,
    stepped: Callable[[Iterable[Any]], AsyncIterator[Any]],
    first: int,
    count: int,
    length: int,
) -> None:
    """S2, S13. Of an async source neither, however many of them are held without asking about each."""
    size = first + length * count

    async def main() -> list[bytes]:
        source = stepped([bytes(first), *[bytes(length)] * count, b"more"])
        sent = await gathered(aupload(SizedStream(size, source, surplus="leave")))
        assert size == len(sent)
        return [chunk async for chunk in source]

    assert [b"more"] == run_async(main)


def test_an_async_source_may_use_a_tiny_buffer_again(run_async: Runner) -> None:
    """S2, S13. Of one bytearray, used again for each tiny chunk, every content is sent."""

    async def source() -> AsyncIterator[bytearray]:
        buffer = bytearray(64 * KIB)
        yield buffer
        for number in range(3000):
            buffer[:] = b"%5d" % number
            yield buffer

    expected = bytes(64 * KIB) + b"".join(b"%5d" % number for number in range(3000))

    async def main() -> bytes:
        return await gathered(aupload(SizedStream(len(expected), source)))

    assert expected == run_async(main)


def test_an_async_source_of_tiny_chunks_may_end_early(run_async: Runner) -> None:
    """S3, S13. It is counted to the last of them."""
    size = len(with_tiny())

    async def main() -> None:
        await gathered(aupload(SizedStream(size + 1, stepping(after_tiny()))))

    with pytest.raises(BodyTooShort) as raised:
        run_async(main)
    assert (size + 1, size) == (raised.value.size, raised.value.seen)


@pytest.mark.parametrize(("other", "error"), [(5, TypeError), ("é", UnicodeEncodeError)])
def test_an_async_chunk_that_cannot_be_sent(run_async: Runner, other: Any, error: type[Exception]) -> None:
    """S2, S13. After tiny chunks too it is told alone, without how it was found."""

    async def main() -> None:
        body = SizedStream(1024 * KIB, stepping(after_tiny(other)), encoding="ascii")
        await gathered(aupload(body))

    with pytest.raises(error) as raised:
        run_async(main)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_a_good_block_of_an_async_source_passes_untouched(run_async: Runner) -> None:
    """S5, S13. What is a good block already is given as the same object, and nothing is copied."""

    async def main() -> list[bytes]:
        return [block async for block in aupload(SizedStream(200_000, agenerator))]

    assert list(map(id, run_async(main))) == list(map(id, TWO))


@pytest.mark.parametrize(("make", "replayable"), KINDS)
def test_every_kind_of_source(run_async: Runner, make: Callable[[], Any], replayable: bool) -> None:
    """S13. An async session takes sync and async sources; replay and `BodyConsumed` are as ever."""

    async def main() -> None:
        source = make()
        body = aupload(SizedStream(200_000, source))
        assert await gathered(body) == DATA
        if replayable:
            assert await gathered(body) == DATA
            return
        with pytest.raises(BodyConsumed, match=rf"\({type(source).__name__}\) can be read once, and was"):
            await gathered(body)

    run_async(main)


@pytest.mark.parametrize(("make", "replayable"), KINDS)
@pytest.mark.parametrize("wrong_by", [-1, 1])
def test_async_bodies_are_exact(
    run_async: Runner, make: Callable[[], Any], replayable: bool, wrong_by: int
) -> None:
    """S3. At most ``size - 1`` bytes before an error, whatever the kind of source."""

    async def main() -> None:
        sent: list[bytes] = []
        error: BodySizeError | None = None
        source = make()
        try:
            async for block in aupload(SizedStream(200_000 + wrong_by, source, surplus="error")):
                sent.append(block)  # noqa: PERF401  (what came before the error counts)
        except BodySizeError as caught:
            error = caught
        assert type(error) is (BodyTooShort if wrong_by > 0 else BodyTooLong)
        assert sum(map(len, sent)) < 200_000 + wrong_by
        if isinstance(source, AsyncGenerator):  # the user's own generator, which is theirs to close
            await source.aclose()

    run_async(main)


@pytest.mark.parametrize("as_factory", [False, True], ids=["iterable", "factory"])
def test_a_generator_that_aiter_has_made_is_closed(run_async: Runner, as_factory: bool) -> None:
    """S10. Nobody else could: it was made for the pass, and a wrong body leaves it unfinished."""
    closed: list[bool] = []

    class Watched:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                for chunk in TWO:
                    yield chunk
            finally:
                closed.append(True)

    async def main() -> None:
        with pytest.raises(BodyTooLong):
            await gathered(aupload(SizedStream(199_999, Watched if as_factory else Watched())))
        assert closed == [True]

    run_async(main)


@examples(60)
@given(
    lengths=st.lists(st.integers(0, 30), max_size=8),
    wrong_by=st.sampled_from([0, -1, 1]),
    leave=st.booleans(),
)
def test_any_async_chunks(lengths: list[int], wrong_by: int, leave: bool) -> None:
    """S3. The async face over the same arithmetic: exact, or an error before the last byte."""
    data = bytes(index % 251 for index in range(sum(lengths)))
    size = max(0, len(data) + wrong_by)

    async def source() -> AsyncIterator[bytes]:
        at = 0
        for length in lengths:
            yield data[at : at + length]
            at += length

    async def main() -> tuple[bytes, BaseException | None]:
        sent = b""
        transport = Transport(Limits(pass_at=4, block=16, cap=16, first=8))
        stream = SizedStream(size, source, surplus="leave" if leave else "error")
        try:
            async for block in AsyncUpload(stream, transport):
                sent += block
        except (BodyTooShort, BodyTooLong) as error:
            return sent, error
        return sent, None

    sent, error = asyncio.run(main())

    assert sent == data[: len(sent)]
    assert (len(sent) == size) if error is None else (len(sent) <= max(0, size - 1))
    assert (error is None) == (size == len(data)) or leave


def test_leave_never_pulls_past_the_size_of_an_async_source(run_async: Runner) -> None:
    """S2. ``surplus="leave"`` does not ask an async iterator again when the size is reached."""

    async def letters() -> AsyncIterator[bytes]:
        for letter in (b"h", b"e", b"l", b"l", b"o", b"!"):
            yield letter

    async def main() -> None:
        for chunks, sent, left in ((agenerator(), TWO[0], TWO[1]), (letters(), b"hello", b"!")):
            body = aupload(SizedStream(len(sent), chunks, surplus="leave"))
            assert await gathered(body) == sent
            assert [chunk async for chunk in chunks] == [left]

    run_async(main)


def test_leave_sends_the_beginning_of_an_async_iterable(run_async: Runner) -> None:
    """S2. ``surplus="leave"`` sends its chunks up to the size, in every pass."""

    async def main() -> None:
        body = aupload(SizedStream(100_000, AsyncAgain(), surplus="leave"))
        assert await gathered(body) == TWO[0]
        assert await gathered(body) == TWO[0]

    run_async(main)


@pytest.mark.parametrize(("surplus", "total"), [("leave", 150_000), ("error", None)])
def test_an_async_file_is_strict_by_default(run_async: Runner, surplus: Any, total: int | None) -> None:
    """S2. Of an async file surplus is an error, unless it is to be left: then no byte of it is asked for."""
    file = AsyncFile()

    async def main() -> None:
        if total is None:
            with pytest.raises(BodyTooLong):
                await gathered(aupload(SizedStream(150_000, file)))
            return
        assert await gathered(aupload(SizedStream(150_000, file, surplus=surplus))) == DATA[:150_000]
        assert sum(file.asked) == total

    run_async(main)


def test_an_opened_async_file_ends_at_its_bound(run_async: Runner) -> None:
    """S2. What reads an async file that is to be left stops by itself at the size."""
    file = AsyncFile()

    async def main() -> int:
        chunks = source_for(file, 150_000, "leave").open(150_000, Limits()).chunks
        assert isinstance(chunks, AsyncIterator)
        return sum([len(cast(bytes, chunk)) async for chunk in chunks])

    assert run_async(main) == sum(file.asked) == 150_000


def test_an_abandoned_async_body_leaves_no_warning(run_async: Runner) -> None:
    """S13, W3. A client that breaks an upload off drops the iterator: no event loop has to warn of it."""

    async def main() -> None:
        body = aupload(SizedStream(200_000, TWO))
        async for block in body:
            assert block == TWO[0]
            break
        await body.end()
        gc.collect()

    run_async(main)


def test_a_non_blocking_async_file(run_async: Runner) -> None:
    """S2. ``None`` from an async file is an error as well."""

    class NonBlocking:
        async def read(self, count: int) -> bytes | None:
            return None

    async def main() -> None:
        with pytest.raises(BodySourceError, match="open it in blocking mode"):
            await gathered(aupload(SizedStream(5, NonBlocking())))

    run_async(main)


def test_the_first_async_block_is_pulled_and_not_lost(run_async: Runner) -> None:
    """S4. Priming works as it does in the sync face."""
    progress = Progress()

    async def main() -> None:
        body = aupload(SizedStream(200_000, agenerator(), on_progress=progress))
        await body.prime()
        await body.prime()
        assert progress.calls == [(0, 200_000)]
        assert await gathered(body) == DATA
        assert progress.calls == [(0, 200_000), (100_000, 200_000), (200_000, 200_000)]
        with pytest.raises(BodyConsumed):
            await body.prime()

    run_async(main)


@pytest.mark.parametrize("source", [[b"hell"], [b"hello!"], lambda: [b"hell"], lambda: io.BytesIO(b"hell")])
def test_a_wrong_small_async_body_fails_when_primed(run_async: Runner, source: Any) -> None:
    """S4. A wrong small body opens no connection in an async session either."""

    async def main() -> None:
        with pytest.raises((BodyTooShort, BodyTooLong)):
            await aupload(SizedStream(5, source)).prime()

    run_async(main)


def test_an_empty_async_body(run_async: Runner) -> None:
    """S11. Size 0 is primed and sent as nothing."""

    async def main() -> None:
        body = aupload(SizedStream(0, iter(())))
        await body.prime()
        assert await gathered(body) == b""

    run_async(main)


@pytest.mark.parametrize("made", [AsyncFile, lambda: Closing(TWO)], ids=["aclose", "close"])
def test_async_end_closes(run_async: Runner, made: Callable[[], Any]) -> None:
    """S2, S10. ``end`` closes what a factory gave, by ``close`` or ``aclose``, once, however far the pass came."""

    async def main() -> None:
        source = made()
        body = aupload(SizedStream(200_000, lambda: source))
        await body.end()
        await body.prime()
        await body.end()
        await body.end()
        assert source.closed == 1

    run_async(main)


def test_an_async_pass_is_no_end_after_its_exchange(run_async: Runner) -> None:
    """S3, S10. Who still pulls when the exchange is over gets an error that says so: an end would be a short body."""

    async def main() -> None:
        body = aupload(SizedStream(200_000, TWO))
        blocks = aiter(body)
        assert await anext(blocks) == TWO[0]
        await body.end()
        with pytest.raises(BodyError, match="the exchange that this pass belonged to is over"):
            await anext(blocks)

    run_async(main)


def test_what_closes_may_be_a_plain_function(run_async: Runner) -> None:
    """S2, S13. ``close`` may be an attribute that holds a function, as one of a class without methods does."""
    closed: list[bool] = []

    class Made:
        def __init__(self) -> None:
            self.close = lambda: closed.append(True)

        def __iter__(self) -> Iterator[bytes]:
            return iter(TWO)

    async def main() -> None:
        assert await gathered(aupload(SizedStream(200_000, Made))) == DATA

    run_async(main)

    assert closed == [True]


@pytest.mark.parametrize("made", [AsyncFile, lambda: Closing(TWO)], ids=["aclose", "close"])
def test_an_async_pass_closes(run_async: Runner, made: Callable[[], Any]) -> None:
    """S2, S12. So does the end of a pass, its failure, and a new pass."""

    async def main() -> None:
        sources = [made() for _ in range(3)]
        remaining = iter(sources)
        stream = SizedStream(200_000, lambda: next(remaining))
        await aupload(stream).prime()
        assert sources[0].closed == 0
        assert await gathered(aupload(stream)) == DATA
        assert [source.closed for source in sources] == [1, 1, 0]
        wrong = SizedStream(250_000, lambda: sources[2])
        with pytest.raises(BodyTooShort):
            await gathered(aupload(wrong))
        assert [source.closed for source in sources] == [1, 1, 1]

    run_async(main)


def test_an_ended_async_pass(run_async: Runner) -> None:
    """S12. Whoever pulls a pass that was ended gets `BodyError`, and one that has come to its end stays so."""

    async def main() -> None:
        stream = SizedStream(200_000, TWO)
        blocks = stream.new_pass(TRANSPORT)
        assert await anext(blocks) == TWO[0]
        assert await gathered(aupload(stream)) == DATA
        for _ in range(2):
            with pytest.raises(BodyError, match="superseded"):
                await anext(blocks)
        for source in (TWO, io.BytesIO(DATA), lambda: iter(TWO), agenerator):
            stream = SizedStream(200_000, source)
            whole = stream.new_pass(TRANSPORT)
            assert await gathered(whole) == DATA
            stream.close()
            assert [block async for block in whole] == []

    run_async(main)


def test_two_pulls_of_one_async_pass_at_once(run_async: Runner) -> None:
    """S12. Whoever pulls a pass that is being pulled gets an error, and the other one its block."""
    holder: list[Any] = []
    errors: list[BodyError] = []

    class Pulling:
        def __aiter__(self) -> Pulling:
            return self

        async def __anext__(self) -> bytes:
            if not errors:
                with pytest.raises(BodyError, match="make a stream for each") as caught:
                    await anext(holder[0])
                errors.append(caught.value)
            return DATA

    async def main() -> None:
        holder.append(SizedStream(200_000, Pulling(), surplus="leave").new_pass(TRANSPORT))
        assert await gathered(holder[0]) == DATA

    run_async(main)

    assert len(errors) == 1


def made_by(package: str) -> Exception:
    return cast(Exception, type("Fault", (Exception,), {"__module__": package})("broken"))


@pytest.mark.parametrize("error", [OSError("broken"), made_by("httpcore"), made_by("anyio")])
def test_async_errors_are_wrapped(run_async: Runner, error: Exception) -> None:
    """S9. Errors that a client could take for its own are wrapped, from async and from sync sources."""

    async def failing() -> AsyncIterator[bytes]:
        yield TWO[0]
        raise error

    def sync_failing() -> Iterator[bytes]:
        yield TWO[0]
        raise error

    async def main() -> None:
        for source in (failing, sync_failing, sync_failing()):
            with pytest.raises(BodySourceError, match="broken") as caught:
                await gathered(aupload(SizedStream(200_000, source)))
            assert caught.value.__cause__ is error

    run_async(main)


def test_other_async_errors_pass(run_async: Runner) -> None:
    """S9. Others pass unchanged, with the cause that they have."""
    error, cause = KeyError("mine"), ValueError("its cause")

    async def failing() -> AsyncIterator[bytes]:
        yield TWO[0]
        raise error from cause

    async def main() -> None:
        blocks = SizedStream(200_000, failing).new_pass(TRANSPORT)
        with pytest.raises(KeyError) as caught:
            await gathered(blocks)
        assert caught.value is error
        assert caught.value.__cause__ is cause
        with pytest.raises(BodyError, match="has failed before: KeyError"):
            await anext(blocks)

    run_async(main)


@pytest.mark.parametrize("in_thread", [None, True, False])
@pytest.mark.parametrize("as_factory", [True, False], ids=["factory", "generator"])
def test_errors_of_a_sync_source_in_an_async_pass(
    run_async: Runner, in_thread: bool | None, as_factory: bool
) -> None:
    """S9, S13. They are told as in a sync pass, wherever the source is read; and again at each further pull."""
    for error, told in ((KeyError("mine"), KeyError), (OSError("disk"), BodySourceError)):

        def failing(error: Exception = error) -> Iterator[bytes]:
            yield TWO[0]
            raise error

        async def main(error: Exception = error, told: type[Exception] = told) -> None:
            source: Any = failing if as_factory else failing()
            blocks = SizedStream(200_000, source, in_thread=in_thread).new_pass(TRANSPORT)
            with pytest.raises(told) as caught:
                await gathered(blocks)
            assert error in (caught.value, caught.value.__cause__)
            with pytest.raises(BodyError, match="has failed before"):
                await anext(blocks)

        run_async(main)


@pytest.mark.parametrize("error", [OSError("broken"), made_by("httpcore")])
def test_async_errors_of_closing(run_async: Runner, error: Exception) -> None:
    """S9. An error from closing what a factory gave is held to the same rule."""

    class Made(AsyncFile):
        async def aclose(self) -> None:
            raise error

    async def main() -> None:
        with pytest.raises(BodySourceError, match="broken"):
            await gathered(aupload(SizedStream(200_000, Made)))

    run_async(main)


def test_other_async_errors_of_closing(run_async: Runner) -> None:
    """S9. Another error from closing passes unchanged."""

    cause = ValueError("its cause")

    class Made(AsyncFile):
        async def aclose(self) -> None:
            raise KeyError("mine") from cause

    async def main() -> None:
        with pytest.raises(KeyError, match="mine") as caught:
            await gathered(aupload(SizedStream(200_000, Made)))
        assert caught.value.__cause__ is cause

    run_async(main)


def test_an_error_of_an_async_source_outweighs_one_of_closing(run_async: Runner) -> None:
    """S9. When an async source fails and cannot be closed either, the first error is what the caller gets."""

    class Made:
        def __aiter__(self) -> Made:
            return self

        async def __anext__(self) -> bytes:
            raise KeyError("mine")

        async def aclose(self) -> None:
            raise OSError("cannot close")

    async def main() -> None:
        with pytest.raises(KeyError, match="mine"):
            await gathered(aupload(SizedStream(200_000, lambda: Made())))

    run_async(main)


def test_an_async_pass_that_fails_after_it_was_ended(run_async: Runner) -> None:
    """S12. What an ended pass meets then is only a consequence: who pulls it is told why it was ended."""
    holder: list[SizedStream] = []

    async def failing() -> AsyncIterator[bytes]:
        yield TWO[0]
        holder[0].close()
        raise ValueError("consequence")

    async def main() -> None:
        holder.append(SizedStream(200_000, failing()))
        with pytest.raises(BodyError, match="the stream was closed") as caught:
            await gathered(aupload(holder[0]))
        assert isinstance(caught.value.__cause__, ValueError)

    run_async(main)


class Strays:
    """A sync iterator that raises `StopAsyncIteration`, as a wrapper around an async one may by mistake."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        raise StopAsyncIteration


@pytest.mark.parametrize("source", [Strays(), lambda: Strays()], ids=["inline", "thread"])
def test_a_stray_stop_async_iteration_is_no_end(run_async: Runner, source: Any) -> None:
    """S6, S9. A `StopAsyncIteration` that escapes is an error, not an empty body."""

    async def main() -> bytes:
        return await gathered(aupload(SizedStream(5, source)))

    with pytest.raises((BodyError, RuntimeError)):
        run_async(main)


def stray_factory() -> bytes:
    return next(iter(cast("list[bytes]", [])))


@pytest.mark.parametrize("in_thread", [None, False], ids=["thread", "inline"])
def test_a_stray_stop_iteration_is_no_end(run_async: Runner, in_thread: bool | None) -> None:
    """S6, S9. Nor is a `StopIteration`, and it does not leave a worker thread's caller waiting for ever."""

    async def main() -> bytes:
        body = aupload(SizedStream(5, stray_factory, in_thread=in_thread))
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # trio
            return await gathered(body)
        loop.set_exception_handler(lambda loop, context: None)
        return await asyncio.wait_for(gathered(body), 2)

    with pytest.raises((BodyError, RuntimeError)):
        run_async(main)


# S13: threads


class Places:
    """Records in which thread things happened."""

    def __init__(self) -> None:
        self.seen: dict[str, set[int]] = {}

    def note(self, what: str) -> None:
        self.seen.setdefault(what, set()).add(threading.get_ident())

    def chunks(self) -> Iterator[bytes]:
        for chunk in TWO:
            self.note("chunk")
            yield chunk

    def factory(self) -> Any:
        self.note("factory")
        places = self

        class Made(Closing):
            def close(self) -> None:
                places.note("close")
                super().close()

        return Made(self.chunks())

    def file(self) -> Any:
        places = self

        class File(io.BytesIO):
            def read(self, count: int | None = -1) -> bytes:
                places.note("read")
                return super().read(count)

            def seek(self, offset: int, whence: int = 0) -> int:
                places.note("seek")
                return super().seek(offset, whence)

        return File(DATA)

    def bound_factory(self) -> Callable[[], Any]:
        return self.factory

    def progress(self, sent: int, total: int) -> None:
        self.note("progress")

    @property
    def inline(self) -> set[str]:
        """What happened in this thread, and nowhere else."""
        return {what for what, threads in self.seen.items() if threads == {threading.get_ident()}}

    @property
    def elsewhere(self) -> set[str]:
        return {what for what, threads in self.seen.items() if threading.get_ident() not in threads}


FILE, FACTORY, CHUNKS = {"read", "seek"}, {"factory", "chunk", "close"}, {"chunk"}


@pytest.mark.parametrize(
    ("make", "in_thread", "elsewhere", "inline"),
    [
        pytest.param(Places.file, None, FILE, set[str](), id="file"),
        pytest.param(Places.file, False, set[str](), FILE, id="file-inline"),
        pytest.param(Places.bound_factory, None, FACTORY, set[str](), id="factory"),
        pytest.param(Places.bound_factory, False, set[str](), FACTORY, id="factory-inline"),
        pytest.param(Places.chunks, None, set[str](), CHUNKS, id="generator"),
        pytest.param(Places.chunks, True, CHUNKS, set[str](), id="generator-in-thread"),
    ],
)
@pytest.mark.parametrize("kind", [SizedStream, StreamingIterator])
def test_where_a_source_is_read(
    run_async: Runner,
    kind: type[SizedStream],
    make: Callable[[Places], Any],
    in_thread: bool | None,
    elsewhere: set[str],
    inline: set[str],
) -> None:
    """S10, S13. Files and factories in a worker thread, iterators inline, ``on_progress`` in the caller's task."""
    places = Places()

    async def main() -> bytes:
        stream = kind(200_000, make(places), in_thread=in_thread, on_progress=places.progress)
        return await gathered(aupload(stream))

    assert run_async(main) == DATA
    assert (places.elsewhere, places.inline) == (elsewhere, inline | {"progress"})


def test_a_path_is_opened_and_closed_in_a_thread(
    run_async: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S13. So is a path, and it is closed after the pass."""
    (tmp_path / "file").write_bytes(DATA)
    stream = SizedStream.from_path(tmp_path / "file")
    places = Places()
    files: list[io.FileIO] = []

    class File(io.FileIO):
        def read(self, size: int | None = -1) -> Any:
            places.note("read")
            return super().read(size)

        def close(self) -> None:
            places.note("close")
            super().close()

    def opening(path: Any, mode: str = "r") -> io.FileIO:
        places.note("open")
        files.append(File(path, mode))
        return files[-1]

    monkeypatch.setattr(builtins, "open", opening)

    async def main() -> bytes:
        return await gathered(aupload(stream))

    assert run_async(main) == DATA
    assert (places.elsewhere, [file.closed for file in files]) == ({"open", "read", "close"}, [True])


def test_a_sync_session_needs_no_thread() -> None:
    """S13. In a sync session everything happens in the caller's thread, whatever ``in_thread`` says."""
    places = Places()
    for in_thread in (None, True, False):
        assert b"".join(upload(SizedStream(200_000, places.factory, in_thread=in_thread))) == DATA

    assert places.elsewhere == set()


# S13: cancellation


class Slow:
    """What a factory gives: its first read, in a worker thread, cancels the upload and then takes a while."""

    def __init__(self, cancel: Callable[[], object], soon: Callable[[Callable[[], object]], object]) -> None:
        self.log: list[str] = []
        self.threads: set[int] = set()
        self._cancel = cancel
        self._soon = soon
        self._go = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        self.threads.add(threading.get_ident())
        self._soon(self._cancel)
        self._soon(lambda: self._turn(1000))
        assert self._go.wait(10)
        self.log.append("read")
        yield DATA

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.log.append("close")
        self._go.set()

    def _turn(self, left: int) -> None:
        # Many turns of the loop: were the read abandoned, the source would be closed by then.
        if left:
            self._soon(lambda: self._turn(left - 1))
        else:
            self._go.set()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_cancelling_a_scope_waits_for_the_read(backend: str) -> None:
    """S13. Cancellation waits for the running read to return, then closes the source in the same place."""
    anyio = pytest.importorskip("anyio")
    trio = pytest.importorskip("trio") if backend == "trio" else None

    async def main() -> Slow:
        with anyio.CancelScope() as scope:
            if trio is None:
                slow = Slow(scope.cancel, asyncio.get_running_loop().call_soon_threadsafe)
            else:
                slow = Slow(scope.cancel, trio.lowlevel.current_trio_token().run_sync_soon)
            body = aupload(SizedStream(200_000, lambda: slow))
            try:
                async for _ in body:
                    await anyio.lowlevel.checkpoint()  # as a client does that writes to its socket
            finally:
                await body.end()
        assert scope.cancelled_caught
        return slow

    slow: Slow = anyio.run(main, backend=backend)

    assert slow.log == ["read", "close"]
    assert threading.get_ident() not in slow.threads


@pytest.mark.parametrize("alone", [True, False], ids=["asyncio-alone", "asyncio"])
def test_cancelling_a_task_waits_for_the_read(alone: bool, request: pytest.FixtureRequest) -> None:
    """S13. So does asyncio's own cancellation (``wait_for``, ``timeout``, ``task.cancel``)."""
    if alone:
        request.getfixturevalue("without_anyio")
    else:
        pytest.importorskip("anyio")

    async def main() -> Slow:
        slow = Slow(lambda: task.cancel(), asyncio.get_running_loop().call_soon_threadsafe)
        task = asyncio.ensure_future(gathered(aupload(SizedStream(200_000, lambda: slow))))
        with pytest.raises(asyncio.CancelledError):
            await task
        return slow

    assert asyncio.run(main()).log == ["read", "close"]


def test_cancelling_a_task_while_its_source_is_opened(without_anyio: Runner) -> None:
    """S2, S13. What a factory gives after its task was cancelled is closed too."""
    made = Closing(TWO)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        cancelled, returned = threading.Event(), threading.Event()

        def factory() -> Closing:
            loop.call_soon_threadsafe(task.cancel)
            loop.call_soon_threadsafe(loop.call_soon, cancelled.set)
            assert cancelled.wait(10)
            returned.set()
            return made

        task = asyncio.ensure_future(gathered(aupload(SizedStream(200_000, factory))))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert returned.is_set()

    without_anyio(main)

    assert made.closed == 1


def test_cancelling_while_an_async_source_waits(run_async: Runner) -> None:
    """S13. An async source is cancelled where it waits, closed, and the cancellation goes on its way."""
    log: list[str] = []

    async def waiting() -> AsyncIterator[bytes]:
        try:
            yield TWO[0]
            await cancelled()
            yield TWO[1]
        finally:
            log.append("closed")

    async def main() -> None:
        assert await was_cancelled(lambda: gathered(aupload(SizedStream(200_000, waiting))))

    run_async(main)

    assert log == ["closed"]


def test_cancelling_while_an_async_generator_is_closed() -> None:
    """S13. An async generator is closed where it was advanced, so that no cancellation comes in between."""
    log: list[str] = []

    async def chunks() -> AsyncIterator[bytes]:
        try:
            for chunk in TWO:
                yield chunk
        finally:
            log.append("closed")

    async def main() -> None:
        def on_progress(sent: int, size: int) -> None:
            if sent == size:
                task.cancel()

        stream = SizedStream(200_000, chunks, surplus="leave", on_progress=on_progress)
        task = asyncio.ensure_future(gathered(aupload(stream)))
        with suppress(asyncio.CancelledError):  # nothing has to wait any more, and it may come too late
            await task
        assert log == ["closed"]

    asyncio.run(main())


def test_cancelling_an_ended_pass(run_async: Runner) -> None:
    """S9, S13. A cancellation is never turned into an error, also in a pass that was ended in the meantime."""
    holder: list[SizedStream] = []

    class Waiting:
        def __aiter__(self) -> Waiting:
            return self

        async def __anext__(self) -> bytes:
            holder[0].close()
            await cancelled()
            return b""

    async def main() -> None:
        holder.append(SizedStream(200_000, Waiting()))
        assert await was_cancelled(lambda: gathered(aupload(holder[0])))

    run_async(main)


Cancel: list[Callable[[], object]] = []


async def cancelled() -> None:
    """Cancel the scope of `was_cancelled`, and wait for it."""
    Cancel[-1]()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        import trio

        await trio.sleep_forever()
    await asyncio.Event().wait()


async def was_cancelled(main: Callable[[], Awaitable[object]]) -> bool:
    """Run until `cancelled` is called in there, and tell whether the cancellation came through."""
    try:
        from anyio import CancelScope
    except ImportError:
        task = asyncio.ensure_future(main())
        Cancel.append(task.cancel)
        with suppress(asyncio.CancelledError):
            await task
        return task.cancelled()
    with CancelScope() as scope:
        Cancel.append(scope.cancel)
        await main()
    return scope.cancelled_caught


# S12 among tasks


def test_a_new_pass_while_a_worker_thread_reads_the_earlier_one(without_anyio: Runner) -> None:
    """S12, S13. A new pass ends one whose read is under way in a worker thread, and is itself complete."""

    async def main() -> None:
        reached, go = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()
        count = iter([1, 2])

        def factory() -> Iterator[bytes]:
            number = next(count)
            yield TWO[0]
            if number == 1:
                loop.call_soon_threadsafe(reached.set)
                assert go.wait(10)
            yield TWO[1]

        stream = SizedStream(200_000, factory)
        first = asyncio.ensure_future(gathered(aupload(stream)))
        await reached.wait()
        second = asyncio.ensure_future(gathered(aupload(stream)))
        loop.call_later(0.05, go.set)  # the new pass may wait for the read to return, or not
        results = await asyncio.gather(first, second, return_exceptions=True)
        assert isinstance(results[0], BodyError)
        assert "superseded" in str(results[0])
        assert results[1] == DATA

    without_anyio(main)


def test_a_new_pass_while_an_async_source_waits(without_anyio: Runner) -> None:
    """S12. A new pass ends one whose async source is waiting, and is itself complete."""

    async def main() -> None:
        reached, go = asyncio.Event(), asyncio.Event()
        count = iter([1, 2])

        async def factory() -> AsyncIterator[bytes]:
            number = next(count)
            yield TWO[0]
            if number == 1:
                reached.set()
                await go.wait()
            yield TWO[1]

        stream = SizedStream(200_000, factory)
        first = asyncio.ensure_future(gathered(aupload(stream)))
        await reached.wait()
        second = asyncio.ensure_future(gathered(aupload(stream)))
        asyncio.get_running_loop().call_later(0.05, go.set)  # as above
        results = await asyncio.gather(first, second, return_exceptions=True)
        assert isinstance(results[0], BodyError)
        assert results[1] == DATA

    without_anyio(main)


# Bare async clients


def test_aio(run_async: Runner) -> None:
    """S1, W2. ``aio()`` is async-iterable and nothing a sync client would take, and each iteration is a pass."""

    async def main() -> None:
        body = SizedStream(200_000, TWO).aio()
        assert not hasattr(body, "__iter__")
        assert not hasattr(body, "read")
        assert await gathered(body) == DATA
        assert await gathered(aiter(body)) == DATA

    run_async(main)


def test_an_async_progress(run_async: Runner) -> None:
    """S10. An async ``on_progress`` is a `TypeError` in an async session too: it would hold up every block."""

    async def callback(sent: int, total: int) -> None:
        raise AssertionError("never awaited")

    async def main() -> None:
        with pytest.raises(TypeError, match="on_progress must be a plain function"):
            await gathered(aupload(SizedStream(200_000, TWO, on_progress=callback)))

    run_async(main)
