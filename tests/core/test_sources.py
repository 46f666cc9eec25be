"""What a body can be read from, and how: every row of S2."""

from __future__ import annotations

import array
import builtins
import collections
import functools
import io
import mmap
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest

from basestream import (
    BodyConsumed,
    BodyError,
    BodySizeError,
    BodySourceError,
    BodyTooLong,
    BodyTooShort,
    SizedStream,
    StreamingIterator,
)
from basestream._sources import Source, source_for
from basestream.backend import Limits
from support_core import KIB, Closing

HELLO = b"hello world"


class ReadOnly:
    """A file-like object with ``read`` and nothing else; it records what it was asked for."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.asked: list[int] = []

    def read(self, count: int = -1) -> bytes:
        self.asked.append(count)
        return self._file.read(count)


class NotSeekable(io.BytesIO):
    def seekable(self) -> bool:
        return False


class TellFails(io.BytesIO):
    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


class TellOnly(ReadOnly):
    def tell(self) -> int:
        return 0


class SeekAndTell(ReadOnly):
    """As files were before ``seekable``."""

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, position: int) -> int:
        return self._file.seek(position)


class Again:
    """A re-iterable of the user's own."""

    def __iter__(self) -> Iterator[bytes]:
        yield HELLO[:5]
        yield HELLO[5:]


class OnlyNext:
    """What ``iter()`` may give: an iterator in the sense of ``for``, without an ``__iter__``."""

    def __init__(self, chunks: tuple[bytes | bytearray | None, ...]) -> None:
        self._chunks = [*chunks]

    def __next__(self) -> bytes | bytearray | None:
        if not self._chunks:
            raise StopIteration
        return self._chunks.pop(0)


class GivesOnlyNext:
    def __init__(self, *chunks: bytes | bytearray | None) -> None:
        self._chunks = chunks or (HELLO,)

    def __iter__(self) -> Iterator[bytes]:
        return cast("Iterator[bytes]", OnlyNext(self._chunks))


class Callable1:
    def __call__(self) -> list[bytes]:
        return [HELLO]


class AsyncAgain:
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield HELLO


class AsyncFile:
    async def read(self, count: int) -> bytes:
        return b""


async def async_generator() -> AsyncIterator[bytes]:
    yield HELLO


def generator() -> Iterator[bytes]:
    yield HELLO[:3]
    yield HELLO[3:]


def mapped() -> mmap.mmap:
    anonymous = mmap.mmap(-1, len(HELLO))
    anonymous[:] = HELLO
    return anonymous


KINDS = [
    # id, source, replayable, asynchronous
    ("bytes", lambda: HELLO, True, False),
    ("bytearray", lambda: bytearray(HELLO), True, False),
    ("memoryview", lambda: memoryview(HELLO), True, False),
    ("memoryview-strided", lambda: memoryview(bytes(b for b in HELLO for _ in "ab"))[::2], True, False),
    ("array", lambda: array.array("B", HELLO), True, False),
    ("mmap", mapped, True, False),
    ("BytesIO", lambda: io.BytesIO(HELLO), True, False),
    ("BufferedReader", lambda: io.BufferedReader(io.BytesIO(HELLO)), True, False),
    ("seek-and-tell", lambda: SeekAndTell(HELLO), True, False),
    ("read-only", lambda: ReadOnly(HELLO), False, False),
    ("tell-only", lambda: TellOnly(HELLO), False, False),
    ("not-seekable", lambda: NotSeekable(HELLO), False, False),
    ("tell-fails", lambda: TellFails(HELLO), False, False),
    ("StringIO", lambda: io.StringIO("hello world"), True, False),
    ("TextIOWrapper", lambda: io.TextIOWrapper(io.BytesIO(HELLO)), True, False),
    ("TextIOWrapper-not-seekable", lambda: io.TextIOWrapper(NotSeekable(HELLO)), False, False),
    ("list", lambda: [HELLO[:1], "ello", bytearray(b" world")], True, False),
    ("tuple", lambda: (HELLO,), True, False),
    ("deque", lambda: collections.deque([HELLO]), True, False),
    ("re-iterable", Again, True, False),
    ("re-iterable-of-next-only", GivesOnlyNext, True, False),
    ("iterator", lambda: iter([HELLO]), False, False),
    ("generator", generator, False, False),
    ("map", lambda: map(bytes, [HELLO]), False, False),
    ("factory-bytes", lambda: lambda: HELLO, True, False),
    ("factory-file", lambda: lambda: io.BytesIO(HELLO), True, False),
    ("factory-list", lambda: lambda: [HELLO], True, False),
    ("factory-generator", lambda: generator, True, False),
    ("factory-partial", lambda: functools.partial(io.BytesIO, HELLO), True, False),
    ("factory-class", lambda: Again, True, False),
    ("factory-object", Callable1, True, False),
    ("another-stream", lambda: SizedStream(len(HELLO), [HELLO]), True, False),
    ("another-streaming-iterator", lambda: StreamingIterator(len(HELLO), [HELLO]), True, False),
    ("async-iterable", AsyncAgain, True, True),
    ("async-generator", async_generator, False, True),
    ("async-generator-function", lambda: async_generator, True, True),
    ("async-file", AsyncFile, False, True),
]
SYNC_KINDS = [
    pytest.param(make, replayable, id=name)
    for name, make, replayable, asynchronous in KINDS
    if not asynchronous
]


@pytest.mark.parametrize(
    ("make", "replayable", "asynchronous"),
    [pytest.param(make, replayable, asynchronous, id=name) for name, make, replayable, asynchronous in KINDS],
)
def test_what_a_source_is_known_to_be(make: Callable[[], Any], replayable: bool, asynchronous: bool) -> None:
    """S2. Whether a source replays, and whether it is asynchronous, is decided by the constructor."""
    stream = SizedStream(len(HELLO), make())

    assert (stream.replayable, stream.asynchronous) == (replayable, asynchronous)


@pytest.mark.parametrize(("make", "replayable"), SYNC_KINDS)
def test_one_pass_and_a_second(make: Callable[[], Any], replayable: bool) -> None:
    """S2, S6. Each kind gives its bytes, again when it replays; else the second pass is `BodyConsumed`."""
    source = make()
    stream = SizedStream(len(HELLO), source)

    assert b"".join(stream) == HELLO
    if replayable:
        assert b"".join(stream) == HELLO
        return
    with pytest.raises(BodyConsumed, match=rf"\({type(source).__name__}\) can be read once, and was"):
        list(stream)


def test_the_message_for_a_consumed_source() -> None:
    """S6. `BodyConsumed` names the source, the likely causes and the remedies."""
    stream = SizedStream(len(HELLO), generator())
    assert b"".join(stream) == HELLO
    with pytest.raises(BodyConsumed) as caught:
        list(stream)

    for word in (
        "generator",
        "redirect",
        "retry",
        "auth challenge",
        "cache",
        "function",
        "seek",
        "from_path",
    ):
        assert word in str(caught.value)
    assert re.search("GET first or send Basic", str(caught.value))
    assert isinstance(caught.value, RuntimeError)


@pytest.mark.parametrize("asynchronous", [make for _, make, _, is_async in KINDS if is_async])
def test_an_async_source_needs_an_async_session(asynchronous: Callable[[], Any]) -> None:
    """S13. Read without an event loop, an async source is a `TypeError`, never an empty body."""
    stream = SizedStream(len(HELLO), asynchronous())
    with pytest.raises(TypeError, match="the source is asynchronous: use an async session"):
        list(stream)


@pytest.mark.parametrize("made", [async_generator, AsyncAgain, AsyncFile])
def test_a_factory_of_an_async_source_needs_an_async_session(made: Callable[[], Any]) -> None:
    """S13. So is a factory that turns out to give an async source, when it is opened."""
    with pytest.raises(TypeError, match="the source is asynchronous"):
        list(SizedStream(len(HELLO), lambda: made()))


NO_SOURCES = [
    # id, source, what the message says
    ("str", "hello", r"encode it \(text.encode\(\)\), or use from_path"),
    ("empty-str", "", "a str is no source"),
    ("dict", {"a": 1}, "pass a form or json= to the client, or encode it yourself"),
    ("path", Path("x"), r"use SizedStream.from_path\(path\)"),
    ("None", None, "NoneType is no source: pass bytes, a file, an iterable of chunks, or a function"),
    ("int", 5, "int is no source"),
    ("float", 1.5, "float is no source"),
    ("object", object(), "object is no source"),
]


@pytest.mark.parametrize(
    ("source", "says"), [pytest.param(source, says, id=name) for name, source, says in NO_SOURCES]
)
def test_what_is_no_source(source: object, says: str) -> None:
    """S2. A `TypeError` at once, with advice."""
    for kind in (SizedStream, StreamingIterator):
        with pytest.raises(TypeError, match=says):
            kind(5, source)


@pytest.mark.parametrize(
    ("source", "says"), [pytest.param(source, says, id=name) for name, source, says in NO_SOURCES]
)
def test_a_factory_of_no_source(source: object, says: str) -> None:
    """S2. What a factory gives is held to the same rules, when it is called."""
    with pytest.raises(TypeError, match=says):
        list(SizedStream(5, lambda: source))


def test_a_factory_of_a_factory() -> None:
    """S2. A factory that gives another function is a mistake, and named."""
    with pytest.raises(TypeError, match="the factory gave another function"):
        list(SizedStream(5, lambda: lambda: b"hello"))


def test_a_factory_of_a_class() -> None:
    """S2. So is one that gives a class, also a class whose objects could be closed; the class is not."""
    closed: list[bool] = []

    class Shared:
        @classmethod
        def close(cls) -> None:
            closed.append(True)

    for kind in (Closing, Shared):
        with pytest.raises(TypeError, match="the factory gave another function"):
            list(SizedStream(5, lambda kind=kind: kind))
    assert closed == []


async def async_function() -> bytes:
    return HELLO


def test_an_async_function_is_no_factory() -> None:
    """S2. A coroutine function that is no generator gives no chunks: `TypeError` at once, nothing un-awaited."""
    with pytest.raises(TypeError, match=r"async|coroutine"):
        SizedStream(len(HELLO), async_function)


@pytest.mark.parametrize("surplus", ["", "ignore", True, 1])
@pytest.mark.parametrize("source", [b"hello", lambda: b"hello"], ids=["bytes", "factory"])
def test_other_words_for_surplus(source: Any, surplus: object) -> None:
    """S2. Another word is a `ValueError` at once."""
    with pytest.raises(ValueError, match="surplus must be 'error' or 'leave'"):
        SizedStream(5, source, surplus=cast(Any, surplus))


def test_other_words_for_surplus_of_a_path(tmp_path: Path) -> None:
    """S2. Also for `from_path`."""
    (tmp_path / "file").write_bytes(HELLO)
    with pytest.raises(ValueError, match="surplus must be 'error' or 'leave'"):
        SizedStream.from_path(tmp_path / "file", surplus=cast(Any, "ignore"))


def test_constructing_reads_nothing() -> None:
    """S2. The constructor decides what a source is, and reads nothing of it."""

    class Watched(io.BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            raise AssertionError("read")

        def seek(self, offset: int, whence: int = 0) -> int:
            raise AssertionError("sought")

    def called() -> bytes:
        raise AssertionError("called")

    def pulled() -> Iterator[bytes]:
        raise AssertionError("pulled")
        yield b""

    for source in (Watched(HELLO), called, pulled()):
        stream = StreamingIterator(len(HELLO), source)
        assert (stream.len, stream.tell(), stream.seek(0, 2)) == (11, 0, 11)
        assert repr(stream)


# Lengths


@pytest.mark.parametrize("wrong_by", [-1, 1])
@pytest.mark.parametrize("data", [b"hello", bytearray(b"hello"), memoryview(b"hello")])
def test_bytes_are_checked_at_once(data: Any, wrong_by: int) -> None:
    """S2, S3. The length of bytes is known: another size is an error of the constructor."""
    error = BodyTooShort if wrong_by > 0 else BodyTooLong
    with pytest.raises(error, match=f"size is {5 + wrong_by}, but the data has 5 bytes") as caught:
        SizedStream(5 + wrong_by, data)

    assert (caught.value.size, caught.value.seen) == (5 + wrong_by, 5)


def test_bytes_are_counted_as_bytes() -> None:
    """S2. Any format of a buffer is counted in bytes, not in items."""
    numbers = array.array("i", [1, 2, 3])

    assert b"".join(SizedStream(12, numbers)) == numbers.tobytes()
    with pytest.raises(BodyTooLong):
        SizedStream(3, numbers)


def test_a_buffer_that_changes_its_length_later() -> None:
    """S3. A bytearray that has changed since the constructor is an error, and never a wrong body."""
    data = bytearray(b"hello")
    stream = SizedStream(5, data)
    data += b"!"  # and it can: nothing of it is held
    with pytest.raises(BodyTooLong):
        list(stream)
    del data[3:]
    with pytest.raises(BodyTooShort):
        list(stream)


@pytest.mark.parametrize("data", [HELLO, memoryview(HELLO), memoryview(HELLO).cast("B", (1, 11))])
def test_the_beginning_of_bytes(data: Any) -> None:
    """S2. ``surplus="leave"`` sends the beginning of bytes; too few are still an error."""
    assert b"".join(SizedStream(5, data, surplus="leave")) == b"hello"
    with pytest.raises(BodyTooShort):
        SizedStream(12, data, surplus="leave")


STRICT = [
    pytest.param(lambda: io.StringIO("hello!"), id="text-file"),
    pytest.param(lambda: [b"hello", b"!"], id="list"),
    pytest.param(lambda: iter([b"hello", b"!"]), id="iterator"),
    pytest.param(lambda: lambda: iter([b"hello!"]), id="factory-iterator"),
    pytest.param(lambda: lambda: b"hello!", id="factory-bytes"),
]
LENIENT = [
    pytest.param(lambda: io.BytesIO(b"hello!"), id="file"),
    pytest.param(lambda: ReadOnly(b"hello!"), id="pipe"),
    pytest.param(lambda: lambda: io.BytesIO(b"hello!"), id="factory-file"),
]


@pytest.mark.parametrize("make", STRICT)
def test_surplus_is_an_error(make: Callable[[], Any]) -> None:
    """S2. By default a further byte is an error, with look-ahead."""
    with pytest.raises(BodyTooLong):
        list(SizedStream(5, make()))


def test_surplus_of_a_text_file_is_an_error_wherever_it_is_noticed() -> None:
    """S2. Also where a read of the text file ends exactly at the size: it is asked for more."""
    text = "x" * (64 * KIB)
    with pytest.raises(BodyTooLong):
        list(SizedStream(64 * KIB, io.StringIO(text + "!")))
    assert b"".join(SizedStream(64 * KIB, io.StringIO(text + "!"), surplus="leave")) == text.encode()


@pytest.mark.parametrize("make", [*STRICT, *LENIENT])
def test_surplus_error(make: Callable[[], Any]) -> None:
    """S2. ``surplus="error"`` asks every kind for more before the last block is released."""
    with pytest.raises(BodyTooLong):
        list(SizedStream(5, make(), surplus="error"))
    assert b"".join(SizedStream(6, make(), surplus="error")) == b"hello!"


@pytest.mark.parametrize("make", LENIENT)
def test_surplus_of_files_is_left(make: Callable[[], Any]) -> None:
    """S2. A binary file may be a slice, a pipe or a socket: surplus is left unread by default."""
    assert b"".join(SizedStream(5, make())) == b"hello"


@pytest.mark.parametrize("make", [*STRICT, *LENIENT])
def test_too_few_is_always_an_error(make: Callable[[], Any]) -> None:
    """S2, S3. Too few bytes are an error, whatever ``surplus`` says."""
    for surplus in ("error", "leave", None):
        with pytest.raises(BodyTooShort):
            list(SizedStream(7, make(), surplus=cast(Any, surplus)))


@pytest.mark.parametrize(
    "source", [[b"he", b"llo", b"!"], Again, lambda: Again()], ids=["list", "class", "factory"]
)
def test_leave_sends_the_beginning_of_chunks(source: Any) -> None:
    """S2. ``surplus="leave"`` sends the chunks up to the size, in every pass."""
    stream = SizedStream(5, source, surplus="leave")

    assert [b"".join(stream), b"".join(stream)] == [b"hello", b"hello"]


def test_leave_never_pulls_past_the_size() -> None:
    """S2. ``surplus="leave"`` does not ask an iterator again when the size is reached."""
    chunks = iter([b"he", b"llo", b"!"])

    assert b"".join(SizedStream(5, chunks, surplus="leave")) == b"hello"
    assert list(chunks) == [b"!"]


@pytest.mark.parametrize("size", [0, 5, 64 * KIB, 64 * KIB + 1, 400 * KIB])
def test_a_file_is_never_asked_for_more_than_the_size(size: int) -> None:
    """S2. A socket that stays open has no end to wait for: reading stops at exactly ``size`` bytes."""
    file = ReadOnly(bytes(1024 * KIB))

    assert len(b"".join(SizedStream(size, file))) == size
    assert sum(file.asked) == size
    assert file.read() == bytes(1024 * KIB - size)


def test_a_file_of_short_reads() -> None:
    """S2. A pipe gives fewer bytes than asked for; the end is where it gives none."""

    class Trickling(ReadOnly):
        def read(self, count: int = -1) -> bytes:
            return super().read(min(count, 3))

    assert b"".join(SizedStream(11, Trickling(HELLO))) == HELLO
    assert b"".join(SizedStream(5, Trickling(HELLO))) == HELLO[:5]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_text_files_are_encoded(encoding: str) -> None:
    """S2. Of a text file the size is that of the encoded bytes, and the length is strict."""
    text = "hé, " * 100_000
    data = text.encode(encoding)

    assert b"".join(SizedStream(len(data), io.StringIO(text), encoding=encoding)) == data
    for wrong_by, error in ((-1, BodyTooLong), (1, BodyTooShort)):
        with pytest.raises(error):
            list(SizedStream(len(data) + wrong_by, io.StringIO(text), encoding=encoding))


def test_a_text_file_is_known_by_its_encoding() -> None:
    """S2. A text file that is not one of `io`'s (`codecs`, for instance) is known by its ``encoding``."""

    class Text:
        encoding = "utf-8"

        def __init__(self, text: str) -> None:
            self._file = io.StringIO(text)

        def read(self, count: int) -> str:
            return self._file.read(count)

    assert b"".join(SizedStream(4, Text("hé!"))) == "hé!".encode()
    for text in ("hé!", "he!!"):  # of a binary file the beginning of the latter would be sent
        with pytest.raises(BodyTooLong):
            list(SizedStream(3, Text(text)))


def test_chunks_are_not_compared() -> None:
    """S2. Chunks may be of a kind whose ``==`` gives no truth, as numpy's arrays are, whatever the iterator is."""

    class Array(bytearray):
        def __eq__(self, other: object) -> bool:
            raise ValueError("the truth of an array is ambiguous")

        __hash__ = None

    arrays = (Array(HELLO[:5]), Array(HELLO[5:]))
    assert b"".join(SizedStream(len(HELLO), [*arrays])) == HELLO
    assert b"".join(SizedStream(len(HELLO), GivesOnlyNext(*arrays))) == HELLO


def test_none_from_an_iterator_is_no_end() -> None:
    """S3. Also from one that has ``__next__`` alone: a body that ended there would be a wrong one."""

    with pytest.raises(TypeError, match="NoneType where a chunk must be"):
        list(SizedStream(len(HELLO), GivesOnlyNext(HELLO, None)))


# Files of the user's


def test_a_file_from_its_position_at_construction() -> None:
    """S2. A file is sent from where it stood, in every pass, wherever it stands by then."""
    file = io.BytesIO(b"head:" + HELLO)
    file.seek(5)
    stream = SizedStream(len(HELLO), file)
    file.seek(0)

    assert [b"".join(stream), b"".join(stream)] == [HELLO, HELLO]


def test_a_text_file_from_its_position_at_construction() -> None:
    """S2. So is a text file."""
    file = io.TextIOWrapper(io.BytesIO("é:hello".encode()), encoding="utf-8")
    file.read(2)
    stream = SizedStream(5, file)

    assert [b"".join(stream), b"".join(stream)] == [b"hello", b"hello"]


def test_slices_of_a_file() -> None:
    """S2. Streams made one after the other of one file that cannot seek send its slices."""
    file = ReadOnly(HELLO)

    assert b"".join(SizedStream(5, file)) == b"hello"
    assert b"".join(SizedStream(6, file)) == b" world"


@pytest.mark.parametrize("before", [b"", b"hel", bytes(100_000)], ids=["first", "early", "later"])
def test_a_non_blocking_file_without_data(before: bytes) -> None:
    """S2. ``None`` from a non-blocking file is an error, not the end, also after some data."""

    class NonBlocking:
        def __init__(self) -> None:
            self._answers: list[bytes | None] = [None, before] if before else [None]

        def read(self, count: int) -> bytes | None:
            return self._answers.pop()

    with pytest.raises(BodySourceError, match="open it in blocking mode"):
        list(SizedStream(len(before) + 5, NonBlocking()))


def test_the_user_s_objects_are_never_closed(tmp_path: Path) -> None:
    """S2, S10. Files and iterables that the user made stay open after the pass, after ``close`` and ``with``."""
    (tmp_path / "file").write_bytes(HELLO)
    chunks = Closing([HELLO])
    with open(tmp_path / "file", "rb") as file:
        for source in (file, chunks):
            with SizedStream(len(HELLO), source) as stream:
                assert b"".join(stream) == HELLO
            stream.close()
        assert not file.closed
    assert chunks.closed == 0


def test_a_generator_of_the_user_s_is_not_closed() -> None:
    """S10. A generator that was left in the middle is the user's to finish."""

    def numbers() -> Iterator[bytes]:
        yield bytes(100_000)
        yield bytes(100_000)

    source = numbers()
    with SizedStream(200_000, source) as stream:
        assert len(next(iter(stream))) == 100_000

    assert next(source) == bytes(100_000)


def test_a_closed_file() -> None:
    """S2, S9. A file that is closed by then raises its own error; it is no empty body."""
    file = io.BytesIO(HELLO)
    file.close()
    stream = SizedStream(len(HELLO), file)

    assert not stream.replayable
    with pytest.raises(ValueError, match="closed file"):
        list(stream)


def test_two_passes_over_one_file() -> None:
    """S12. Two passes share one position: the earlier one ends loudly and cannot move it."""
    data = bytes(index % 251 for index in range(200_000))
    stream = SizedStream(len(data), io.BytesIO(data))
    first, second = iter(stream), iter(stream)
    next(first)
    begun = next(second)
    with pytest.raises(BodyError, match="superseded"):
        next(first)

    assert begun + b"".join(second) == data


def test_a_read_that_was_overtaken() -> None:
    """S12. A read that comes after another opening of the file is an error, as when two threads are that close."""
    source = source_for(io.BytesIO(bytes(200_000)), 200_000, None)
    first, second = source.open(200_000, Limits()), source.open(200_000, Limits())
    assert not isinstance(first.chunks, AsyncIterator)
    assert not isinstance(second.chunks, AsyncIterator)
    begun = iter(second.chunks)
    assert next(begun) == bytes(64 * KIB)
    with pytest.raises(BodyError, match="superseded"):
        next(iter(first.chunks))

    assert sum(len(cast(bytes, chunk)) for chunk in begun) == 200_000 - 64 * KIB


def test_a_kind_of_source_says_how_it_opens() -> None:
    """A kind that does not is an error, and no empty body."""
    with pytest.raises(NotImplementedError):
        Source(None).open(5, Limits())


# Paths


class Opening:
    """Records which files were opened."""

    def __init__(self) -> None:
        self.files: list[IO[Any]] = []

    def __call__(self, path: Any, mode: str = "r") -> IO[Any]:
        self.files.append(io.open(path, mode))  # noqa: SIM115, UP020  (builtins.open is replaced by this)
        return self.files[-1]


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch) -> Opening:
    recorder = Opening()
    monkeypatch.setattr(builtins, "open", recorder)
    return recorder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(HELLO)
    return path


@pytest.mark.parametrize("kind", [SizedStream, StreamingIterator])
@pytest.mark.parametrize("spell", [str, Path, os.fsencode], ids=["str", "Path", "bytes"])
def test_from_path(kind: type[SizedStream], spell: Callable[[Path], Any], path: Path) -> None:
    """S1, S2. The size is the file's, and it replays."""
    stream = kind.from_path(spell(path))

    assert (stream.size, stream.replayable, type(stream)) == (11, True, kind)
    assert [b"".join(stream), b"".join(stream)] == [HELLO, HELLO]


def test_a_path_s_bytes_are_sent_as_they_are(tmp_path: Path) -> None:
    """S1. Nothing is decoded, and no line end is changed."""
    (tmp_path / "file").write_bytes(b"\xff\r\n\x00\r")

    assert b"".join(SizedStream.from_path(tmp_path / "file")) == b"\xff\r\n\x00\r"


def test_a_path_is_opened_late_and_closed(path: Path, opening: Opening) -> None:
    """S1. The file is opened at the first block, once for each pass, and closed after it."""
    stream = SizedStream.from_path(path)
    blocks = iter(stream)
    assert opening.files == []
    assert b"".join(blocks) == HELLO
    assert b"".join(stream) == HELLO

    assert [file.closed for file in opening.files] == [True, True]


@pytest.mark.parametrize("count", [-1, None, 11, 4])
def test_a_path_that_was_read_is_closed(path: Path, opening: Opening, count: int | None) -> None:
    """S1, S2. What was opened is closed when ``read`` has given the last byte, also without a further call."""
    body = StreamingIterator.from_path(path)
    data = b""
    while len(data) < body.size:
        data += body.read(count)

    assert data == HELLO
    assert [file.closed for file in opening.files] == [True]


def test_a_path_left_in_the_middle_is_closed(tmp_path: Path, opening: Opening) -> None:
    """S10, S12. ``close`` and a new pass close what an earlier pass has opened."""
    (tmp_path / "big").write_bytes(bytes(300_000))
    stream = SizedStream.from_path(tmp_path / "big")
    next(iter(stream))
    next(iter(stream))
    assert [file.closed for file in opening.files] == [True, False]
    stream.close()
    stream.close()

    assert [file.closed for file in opening.files] == [True, True]


def test_a_path_that_fails_is_closed(path: Path, opening: Opening) -> None:
    """S2. A pass that ends in an error closes the file as well."""
    stream = SizedStream.from_path(path)
    with path.open("ab") as file:
        file.write(b"!")
    with pytest.raises(BodyTooLong):
        list(stream)

    assert [file.closed for file in opening.files] == [True]


def test_a_path_that_has_grown(path: Path) -> None:
    """S2. A file that has grown is an error, unless ``surplus="leave"`` says that its beginning is meant."""
    strict, lenient = SizedStream.from_path(path), SizedStream.from_path(path, surplus="leave")
    path.write_bytes(HELLO + b"!")

    assert b"".join(lenient) == HELLO
    with pytest.raises(BodyTooLong):
        list(strict)


@pytest.mark.parametrize("surplus", ["error", "leave"])
def test_a_path_that_has_shrunk(path: Path, surplus: Any) -> None:
    """S2, S3. A file that has shrunk is an error."""
    stream = SizedStream.from_path(path, surplus=surplus)
    path.write_bytes(HELLO[:-1])
    with pytest.raises(BodyTooShort) as caught:
        list(stream)

    assert (caught.value.size, caught.value.seen) == (11, 10)


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    """S1. No such file is the system's own error, at construction."""
    with pytest.raises(FileNotFoundError):
        SizedStream.from_path(tmp_path / "none")


def test_a_path_that_has_gone(path: Path) -> None:
    """S9. A file that has gone by then is a `BodySourceError`: a client would take an `OSError` for its own."""
    stream = SizedStream.from_path(path)
    path.unlink()
    with pytest.raises(BodySourceError, match="FileNotFoundError") as caught:
        list(stream)

    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_the_iterator_of_a_path(path: Path) -> None:
    """S1. The attribute ``iterator`` of a stream made from a path is the path."""
    assert StreamingIterator.from_path(path).iterator == path


# Factories


def test_a_factory_is_called_once_for_each_pass() -> None:
    """S2. At the first block of each pass, not before."""
    calls: list[int] = []

    def factory() -> bytes:
        calls.append(1)
        return HELLO

    stream = SizedStream(len(HELLO), factory)
    first, second = iter(stream), iter(stream)
    assert calls == []
    assert b"".join(first) == HELLO
    assert len(calls) == 1
    assert b"".join(second) == HELLO
    assert len(calls) == 2


def test_what_a_factory_gave_is_closed() -> None:
    """S2. It is closed after its pass, once, and each pass's own."""
    made: list[Closing] = []

    def factory() -> Closing:
        made.append(Closing([HELLO]))
        return made[-1]

    stream = SizedStream(len(HELLO), factory)
    assert b"".join(stream) == HELLO
    assert b"".join(stream) == HELLO
    stream.close()

    assert [one.closed for one in made] == [1, 1]


def failing() -> Iterator[bytes]:
    yield bytes(100_000)
    raise ValueError("in the source")


@pytest.mark.parametrize(
    ("chunks", "error"),
    [
        pytest.param(lambda: [HELLO], BodyTooShort, id="too-short"),
        pytest.param(lambda: [bytes(200_000)], BodyTooLong, id="too-long"),
        pytest.param(failing, ValueError, id="source-fails"),
        pytest.param(lambda: [None], TypeError, id="no-chunk"),
    ],
)
def test_what_a_factory_gave_is_closed_on_errors(chunks: Callable[[], Any], error: type[Exception]) -> None:
    """S2. Also when the pass ends in an error."""
    made = Closing(chunks())
    with pytest.raises(error):
        list(SizedStream(150_000, lambda: made))

    assert made.closed == 1


@pytest.mark.parametrize("leave", ["close", "new-pass", "with"])
def test_what_a_factory_gave_is_closed_when_left(leave: str) -> None:
    """S10, S12. Also when the pass is left in the middle."""
    made = [Closing([bytes(100_000)] * 2), Closing([bytes(100_000)] * 2)]
    sources = iter(made)
    with SizedStream(200_000, lambda: next(sources)) as stream:
        assert len(next(iter(stream))) == 100_000
        if leave == "close":
            stream.close()
            assert made[0].closed == 1
        elif leave == "new-pass":
            assert len(b"".join(stream)) == 200_000
    assert made[0].closed == 1


def test_what_a_factory_gave_is_closed_when_it_is_no_source() -> None:
    """S2. What turns out to be no source, but can be closed, is closed: a response without a body, say."""

    class NoSource:
        closed = False

        def close(self) -> None:
            self.closed = True

    made = NoSource()
    with pytest.raises(TypeError, match="NoSource is no source"):
        list(SizedStream(5, lambda: made))

    assert made.closed


def test_what_a_factory_gave_is_closed_when_it_cannot_be_opened() -> None:
    """S2. What fails to open is closed as well."""

    class NoRewind(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            raise OSError("no rewind")

    made = NoRewind(HELLO)
    with pytest.raises(BodySourceError, match="no rewind"):
        list(SizedStream(len(HELLO), lambda: made))

    assert made.closed


def test_why_a_source_cannot_be_opened_outweighs_an_error_of_closing_it() -> None:
    """S9. What cannot be opened, nor closed either: the caller is told why it cannot be opened."""

    class NoSource:
        def close(self) -> None:
            raise OSError("cannot close")

    with pytest.raises(TypeError, match="NoSource is no source"):
        list(SizedStream(5, lambda: NoSource()))


def test_a_factory_of_wrong_bytes() -> None:
    """S3. Bytes of another length from a factory are an error before any block."""
    blocks: list[bytes] = []
    with pytest.raises(BodySizeError):
        blocks.extend(SizedStream(5, lambda: HELLO))

    assert blocks == []


def test_a_generator_of_a_factory_s_is_closed() -> None:
    """S2. A generator that a factory made is closed: its ``finally`` runs."""
    log: list[str] = []

    def chunks() -> Iterator[bytes]:
        try:
            yield bytes(100_000)
            yield bytes(100_000)
        finally:
            log.append("finally")

    stream = SizedStream(200_000, chunks)
    assert len(next(iter(stream))) == 100_000
    stream.close()

    assert log == ["finally"]


def test_an_async_source_of_a_factory_s_is_closed_quietly() -> None:
    """S13. An async source cannot be closed without an event loop; no warning about an un-awaited coroutine."""

    class AsyncMade(AsyncAgain):
        async def aclose(self) -> None:
            raise AssertionError("cannot run")

    with pytest.raises(TypeError, match="the source is asynchronous"):
        list(SizedStream(len(HELLO), lambda: AsyncMade()))


def test_closing_may_give_anything() -> None:
    """S2. What ``close`` gives back does not matter."""

    class Made(Closing):
        def close(self) -> Any:
            super().close()
            return "closed"

    made = Made([HELLO])

    assert b"".join(SizedStream(len(HELLO), lambda: made)) == HELLO
    assert made.closed == 1
