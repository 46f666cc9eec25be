"""The two faces of a body, `SizedStream` and `StreamingIterator`: S1, S6, S7, S9 to S12."""

from __future__ import annotations

import asyncio
import http.client
import io
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import repeat
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import basestream
from basestream import (
    BasestreamError,
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
from basestream.backend import Limits, Transport
from support_core import KIB, Closing, Progress, examples, pickled

HELLO = b"hello world"
BOTH = pytest.mark.parametrize("kind", [SizedStream, StreamingIterator])


def pulled(blocks: Iterator[bytes]) -> tuple[bytes, BaseException | None]:
    """What a client would have sent, and the error that stopped it."""
    sent: list[bytes] = []
    try:
        sent.extend(blocks)
    except (Exception, KeyboardInterrupt) as error:
        return b"".join(sent), error
    return b"".join(sent), None


# S1: what a stream has


@BOTH
def test_what_both_faces_have(kind: type[SizedStream]) -> None:
    """S1. Size, length, headers, replayability, position: all without touching the source."""
    stream = kind(11, [HELLO], encoding="latin-1")

    assert (stream.size, stream.len, len(stream)) == (11, 11, 11)
    assert stream.headers == {"Content-Length": "11"}
    assert (stream.replayable, stream.asynchronous, stream.encoding) == (True, False, "latin-1")
    assert stream.tell() == 0
    assert repr(stream).startswith(f"<{kind.__name__} of 11 bytes, source: ")


def test_the_face_without_read() -> None:
    """S1. `SizedStream` has no ``read``: urllib3 would pull it in pieces of 16 KiB and never restart it."""
    assert not hasattr(SizedStream(0, b""), "read")


def test_the_face_of_the_toolbelt() -> None:
    """S1. `StreamingIterator` has the toolbelt's arguments, by position and by name, and its attributes."""
    source = iter(["é"])
    body = StreamingIterator(1, source, "latin-1")
    same = StreamingIterator(size=1, iterator=iter([b"x"]), encoding="ascii")

    assert (body.size, body.len, body.encoding, body.iterator) == (1, 1, "latin-1", source)
    assert (body.read(), same.read()) == (b"\xe9", b"x")
    assert StreamingIterator(1, [b"x"]).encoding == "utf-8"


def test_options_are_keywords() -> None:
    """S1. What the toolbelt does not have is keyword-only."""
    with pytest.raises(TypeError, match="positional"):
        cast(Any, SizedStream)(1, [b"x"], "utf-8")
    with pytest.raises(TypeError, match="positional"):
        cast(Any, StreamingIterator)(1, [b"x"], "utf-8", "leave")


def test_an_unknown_encoding_is_refused_at_once() -> None:
    """S1. Not in the middle of the upload."""
    with pytest.raises(LookupError):
        SizedStream(1, ["x"], encoding="no-such-encoding")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        pytest.param(b"abc", "buffer", id="bytes"),
        pytest.param(io.BytesIO(b"abc"), "file", id="file"),
        pytest.param(lambda: b"abc", "factory", id="function"),
    ],
)
def test_the_repr_names_the_kind_of_source(source: Any, kind: str) -> None:
    """S1. Size and kind of source are shown, and nothing of the content."""
    assert repr(SizedStream(3, source)) == f"<SizedStream of 3 bytes, source: {kind}>"


def test_the_options_of_the_face_of_the_toolbelt() -> None:
    """S1. `StreamingIterator` has the options of `SizedStream` too."""
    progress = Progress()
    body = StreamingIterator(5, [b"hello", b"!"], surplus="leave", on_progress=progress)

    assert body.read() == b"hello"
    assert progress.calls == [(0, 5), (5, 5)]


def test_the_options_of_from_path() -> None:
    """S1. The class that ``from_path`` is called on is given its options, as any other caller gives them."""
    given: dict[str, Any] = {}

    class Mine(SizedStream):
        def __init__(self, size: int, source: Any, **options: Any) -> None:
            given.update(options)
            super().__init__(size, source, **options)

    progress = Progress()
    stream = Mine.from_path(__file__, surplus="leave", on_progress=progress, in_thread=False)
    sent = b"".join(stream)

    assert given == {"surplus": "leave", "on_progress": progress, "in_thread": False}
    assert progress.calls[-1] == (len(sent), len(sent))


@BOTH
def test_a_subclass_stays_one(kind: type[SizedStream]) -> None:
    """S1. ``from_path`` gives the class it was called on."""

    class Mine(SizedStream):
        pass

    assert type(Mine.from_path(__file__)) is Mine
    assert type(kind.from_path(__file__)) is kind


# S6: passes


def test_each_iteration_is_a_new_pass() -> None:
    """S6. `SizedStream` begins again each time it is iterated, and a pass that ended stays ended."""
    stream = SizedStream(11, [HELLO])
    blocks = iter(stream)

    assert b"".join(blocks) == HELLO
    assert list(blocks) == []
    assert b"".join(stream) == HELLO


def test_a_new_pass_ends_the_earlier_one() -> None:
    """S12. Whoever pulls the ended pass gets `BodyError`, again and again, and not an end."""
    stream = SizedStream(200_000, lambda: Closing([bytes(100_000)] * 2))
    first = iter(stream)
    next(first)
    assert len(b"".join(stream)) == 200_000
    for _ in range(3):
        with pytest.raises(BodyError, match="superseded") as caught:
            next(first)
        assert type(caught.value) is BodyError


def test_an_iterator_that_was_never_pulled_ends_nothing() -> None:
    """S6. A pass begins when it is pulled, so that a client may call ``iter`` to look at a body."""
    stream = SizedStream(200_000, [bytes(100_000)] * 2)
    first = iter(stream)
    next(first)
    iter(stream)

    assert len(next(first)) == 100_000


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(lambda: [b"short"], id="too-short"),
        pytest.param(lambda: [b"much too long"], id="too-long"),
        pytest.param(lambda: iter([bytes(100_000), None]), id="no-chunk"),
    ],
)
def test_a_failed_pass_never_looks_like_an_end(source: Callable[[], Any]) -> None:
    """S3. After an error each further pull of the pass is an error: an end would complete a request."""
    blocks = iter(SizedStream(11, source()))
    _, error = pulled(blocks)
    assert error is not None
    for _ in range(2):
        with pytest.raises(BodyError, match="has failed before: ") as caught:
            next(blocks)
        assert type(error).__name__ in str(caught.value)


@pytest.mark.parametrize("replayable", [True, False])
def test_a_replay_after_an_aborted_pass(replayable: bool) -> None:
    """S8. A new pass after one that was cut off midway: byte-identical, or `BodyConsumed`."""
    chunks = [bytes([index]) * 70_000 for index in range(5)]
    stream = SizedStream(350_000, chunks if replayable else iter(chunks))
    blocks = iter(stream)
    next(blocks)
    next(blocks)
    sent, error = pulled(iter(stream))

    assert (sent, type(error)) == ((b"".join(chunks), type(None)) if replayable else (b"", BodyConsumed))


def test_a_replay_after_the_source_has_failed() -> None:
    """S8. A factory whose first source failed may be asked again."""
    tries = iter([OSError("flaky"), None])

    def factory() -> list[bytes]:
        error = next(tries)
        if error is not None:
            raise error
        return [HELLO]

    stream = SizedStream(11, factory)
    with pytest.raises(BodySourceError, match="flaky"):
        list(stream)

    assert b"".join(stream) == HELLO


# S7: read


@pytest.mark.parametrize("size", [None, -1, -5])
def test_read_all(size: int | None) -> None:
    """S7. None and negative numbers read all the rest."""
    assert StreamingIterator(11, iter([HELLO])).read(size) == HELLO


def test_read_by_default_is_all() -> None:
    """S7. So does no argument; after the end there is ``b""`` again and again, as with any file."""
    body = StreamingIterator(11, iter([HELLO]))

    assert [body.read(), body.read(), body.read(5), body.read(None)] == [HELLO, b"", b"", b""]


def test_read_nothing() -> None:
    """S7. ``read(0)`` is ``b""`` at any time, and begins no pass."""
    calls: list[int] = []

    def factory() -> bytes:
        calls.append(1)
        return HELLO

    body = StreamingIterator(11, factory)
    assert body.read(0) == b""
    assert calls == []
    assert body.read(5) + body.read(0) + body.read() == HELLO


@pytest.mark.parametrize("size", [1, 11])
def test_reading_at_the_end(size: int) -> None:
    """S7. At the end there is nothing to read, and no source is touched to find that out."""

    def never() -> bytes:
        raise AssertionError("touched")

    body = StreamingIterator(size, never)
    body.seek(0, os.SEEK_END)

    assert body.read() == b""


def test_read_exactly() -> None:
    """S7. Otherwise exactly so many bytes, except at the end, across chunks of every kind."""
    body = StreamingIterator(10, iter([b"ab", "cd", b"", bytearray(b"efg"), memoryview(b"hij")]))

    assert [body.read(3), body.read(4), body.read(5), body.read(1)] == [b"abc", b"defg", b"hij", b""]


@pytest.mark.parametrize("size", [1.5, "3", b"3", [3]])
def test_read_sizes_are_integers(size: object) -> None:
    """S7. Another type is a `TypeError`, as with any file."""
    with pytest.raises(TypeError):
        StreamingIterator(11, [HELLO]).read(cast(Any, size))


@pytest.mark.parametrize("chunk", [HELLO, "hello world", bytearray(HELLO), memoryview(HELLO)])
def test_read_gives_exact_bytes(chunk: Any) -> None:
    """S7. Always `bytes`."""
    body = StreamingIterator(11, iter([chunk]))

    assert [type(body.read(5)), type(body.read()), type(body.read())] == [bytes, bytes, bytes]


def test_the_mixtures_that_lost_bytes() -> None:
    """S7. Mixing ``read(1)``, ``read()`` and iteration loses nothing (the toolbelt lost the rest of a chunk)."""
    body = StreamingIterator(4, iter(["ab", "cd"]))
    assert (body.read(1), body.read()) == (b"a", b"bcd")
    body = StreamingIterator(6, iter([b"ab", b"cd", b"ef"]))
    assert (body.read(3), b"".join(body), body.read()) == (b"abc", b"def", b"")
    body = StreamingIterator(6, iter([b"", b"ab", b"cd", b"ef"]))
    assert (body.read(2), next(iter(body)), body.read()) == (b"ab", b"cdef", b"")
    assert StreamingIterator(4, ["ab", "cd"]).read(2) == b"ab"


def test_reading_and_iterating_share_one_position() -> None:
    """S7. After a ``read``, iteration takes what it has not, and ``read`` goes on from there."""
    data = bytes(index % 251 for index in range(700_000))
    body = StreamingIterator(len(data), iter([data[:100_000], data[100_000:]]))
    head = body.read(10)
    blocks = iter(body)
    parts = [head, next(blocks), body.read(1000), next(blocks), body.read(5), *blocks]

    assert b"".join(parts) == data
    assert (body.tell(), body.read(), list(body)) == (len(data), b"", [])


@pytest.mark.parametrize("wrong_by", [-1, 1])
def test_reading_is_exact_too(wrong_by: int) -> None:
    """S3, S7. Read piece by piece, a wrong body gives fewer than ``size`` bytes and an error, never an end."""
    size = 200_000
    body = StreamingIterator(size, iter([bytes(40_000)] * 4 + [bytes(40_000 + wrong_by)]))
    sent, error = pulled(iter(lambda: body.read(16 * KIB), b""))
    assert type(error) is (BodyTooShort if wrong_by < 0 else BodyTooLong)
    for _ in range(2):
        with pytest.raises(BodyError):
            body.read(1)

    assert len(sent) < size


def test_reading_nothing_of_a_wrong_empty_body() -> None:
    """S3, S11. A body of size 0 whose source has a byte fails, and keeps failing, when it is read."""
    body = StreamingIterator(0, iter([b"x"]))
    with pytest.raises(BodyTooLong):
        body.read()
    with pytest.raises(BodyError):
        body.read()


def test_reading_an_empty_body() -> None:
    """S11. A body of size 0 whose source is empty reads as an empty file, again and again."""
    body = StreamingIterator(0, iter([b"", b""]))

    assert [body.read(), body.read(5), body.read()] == [b"", b"", b""]


chunk_lists = st.lists(st.binary(max_size=9) | st.sampled_from(["é", "", "abc"]), max_size=12)


def encoded(chunks: list[bytes | str]) -> bytes:
    return b"".join(chunk.encode() if isinstance(chunk, str) else chunk for chunk in chunks)


@examples(200)
@given(
    chunks=chunk_lists,
    steps=st.lists(st.integers(-1, 12) | st.none() | st.just("iterate"), max_size=20),
    again=st.booleans(),
)
def test_any_reads_of_an_iterator(
    chunks: list[bytes | str], steps: list[int | str | None], again: bool
) -> None:
    """S7. However one reads and iterates after a first read: all bytes, in order, each read as long as a file's."""
    data = encoded(chunks)
    body = StreamingIterator(len(data), chunks if again else iter(chunks))
    file = io.BytesIO(data)
    for step in steps:
        if step == "iterate" and file.tell() > 0:
            block = next(iter(body), b"")
            assert block == file.read(len(block))
            assert block or file.tell() == len(data)
        elif not isinstance(step, str):
            assert body.read(step) == file.read(step)
        assert body.tell() == file.tell()
    assert body.read() == file.read()


@examples(200)
@given(
    chunks=chunk_lists,
    steps=st.lists(
        st.tuples(st.just("read"), st.integers(-1, 30))
        | st.tuples(st.just("seek"), st.integers(0, 60))
        | st.tuples(st.just("iterate"), st.just(0))
        | st.tuples(st.just("close"), st.just(0)),
        max_size=15,
    ),
)
def test_a_replayable_body_is_a_file(chunks: list[bytes | str], steps: list[tuple[str, int]]) -> None:
    """S1, S6, S7. With seeking, a replayable `StreamingIterator` reads as a file does, whatever came before."""
    data = encoded(chunks)
    body = StreamingIterator(len(data), chunks)
    file = io.BytesIO(data)
    for step, number in steps:
        if step == "seek":
            place = min(number, len(data))
            assert body.seek(place) == file.seek(place)
        elif step == "iterate":
            body.seek(0)
            assert b"".join(body) == data
            body.seek(file.tell())
        elif step == "close":
            body.close()
            body.seek(0)
            file.seek(0)
        else:
            assert body.read(number) == file.read(number)
        assert body.tell() == file.tell()


# S1: tell and seek


@BOTH
@pytest.mark.parametrize(
    ("offset", "whence", "position"),
    [
        (4, os.SEEK_SET, 4),
        (-2, os.SEEK_CUR, 1),
        (3, os.SEEK_CUR, 6),
        (0, os.SEEK_END, 11),
        (-11, os.SEEK_END, 0),
    ],
)
def test_seek(kind: type[SizedStream], offset: int, whence: int, position: int) -> None:
    """S1. Seeking is arithmetic as with a file, and touches no source: this one would not stand it."""

    def never() -> bytes:
        raise AssertionError("touched")

    stream = kind(11, never)
    stream.seek(3)

    assert stream.seek(offset, whence) == stream.tell() == position


@pytest.mark.parametrize("kind", [SizedStream, StreamingIterator])
def test_seekable(kind: type[SizedStream]) -> None:
    """S1, S8. ``seekable`` tells whether a position that was passed can be read again."""
    assert [True, True, False] == [
        kind(3, source).seekable() for source in (b"abc", lambda: iter([b"abc"]), iter([b"abc"]))
    ]


@BOTH
@pytest.mark.parametrize(("offset", "whence"), [(-1, 0), (12, 0), (1, 2), (-12, 2), (-4, 1), (9, 1)])
def test_seek_outside(kind: type[SizedStream], offset: int, whence: int) -> None:
    """S1. A position outside of 0..size is a `ValueError`, and changes nothing."""
    stream = kind(11, [HELLO])
    stream.seek(3)
    with pytest.raises(ValueError, match="outside of the body's 11 bytes"):
        stream.seek(offset, whence)

    assert stream.tell() == 3


def test_seek_with_wrong_arguments() -> None:
    """S1. Another ``whence`` is a `ValueError`, an offset that is no integer a `TypeError`."""
    stream = SizedStream(11, [HELLO])
    with pytest.raises(ValueError, match="whence must be 0, 1 or 2, not 3"):
        stream.seek(0, 3)
    with pytest.raises(TypeError):
        stream.seek(cast(Any, 1.5))


@pytest.mark.parametrize("position", [0, 1, 5, 10, 11])
def test_a_pass_begins_at_the_position(position: int) -> None:
    """S1, S6. The next pass leaves out what lies before the position; the body is still checked as a whole."""
    stream = SizedStream(11, [b"hel", b"lo w", b"orld"])
    stream.seek(position)

    assert b"".join(stream) == HELLO[position:]
    assert b"".join(stream) == HELLO[position:]
    short = SizedStream(12, [HELLO])
    short.seek(position)
    with pytest.raises(BodyTooShort):
        list(short)


def test_skipping_whole_blocks() -> None:
    """S6. A position many blocks away is reached without giving any of them."""
    stream = SizedStream(400_000, [bytes([index]) * 100_000 for index in range(4)])
    stream.seek(299_999)

    assert b"".join(stream) == b"\x02" + b"\x03" * 100_000


def test_a_position_at_the_end_of_a_block() -> None:
    """S5, S6. The pass then begins with the next block: an empty one would end a chunked body."""
    stream = SizedStream(300_000, [bytes([index]) * 100_000 for index in range(3)])
    stream.seek(100_000)

    assert [block[:1] for block in stream] == [b"\x01", b"\x02"]


def test_what_measuring_clients_do() -> None:
    """S1. ``seek(0, 2)``, ``tell``, ``seek`` back, as clients measure a body, leaves it as it was."""
    body = StreamingIterator(11, iter([HELLO]))
    body.seek(0, os.SEEK_END)
    assert body.tell() == 11
    body.seek(0)

    assert body.read() == HELLO


def test_seeking_back_in_a_one_shot_source() -> None:
    """S6. A position that a one-shot source has passed: `BodyConsumed` at the next pull, not at ``seek``."""
    body = StreamingIterator(11, iter([HELLO]))
    body.read(5)
    assert body.seek(0) == 0
    with pytest.raises(BodyConsumed):
        body.read(5)
    with pytest.raises(BodyConsumed):
        list(body)


def test_seeking_forward_in_a_one_shot_source() -> None:
    """S6. A position that lies ahead is reached by reading on."""
    body = StreamingIterator(11, iter([HELLO]))
    assert body.read(2) == b"he"
    body.seek(6)

    assert body.read(5) == b"world"


def test_seeking_back_in_a_replayable_source() -> None:
    """S6. A replayable source is read anew from there."""
    body = StreamingIterator(11, [b"hel", b"lo w", b"orld"])
    assert body.read(8) == b"hello wo"
    body.seek(4)
    assert body.read(3) == b"o w"
    body.seek(2)
    assert b"".join(body) == b"llo world"
    body.seek(0)
    assert b"".join(body) == HELLO


def test_reading_after_an_iteration_of_its_own() -> None:
    """S6. A cache reads a little, a client iterates all, a cache reads on: each gets what it asks for."""
    body = StreamingIterator(11, [HELLO])
    assert body.read(2) == b"he"
    body.seek(0)
    assert b"".join(body) == HELLO
    body.seek(2)

    assert body.read() == b"llo world"


def test_reading_again_after_a_failure() -> None:
    """S6, S8. After a failed read, ``seek(0)`` begins anew, as it does for a client that tries again."""
    tries = iter([OSError("flaky"), None])

    def factory() -> list[bytes]:
        error = next(tries)
        if error is not None:
            raise error
        return [HELLO]

    body = StreamingIterator(11, factory)
    with pytest.raises(BodySourceError):
        body.read(5)
    body.seek(0)

    assert body.read() == HELLO


def test_a_closed_body_says_so() -> None:
    """S10. A read that was under way when the stream was closed is an error and no end."""
    body = StreamingIterator(11, [HELLO])
    body.read(2)
    body.close()
    with pytest.raises(BodyError, match="the stream was closed"):
        body.read()


# S9: errors


def made_by(package: str, *bases: type[Exception]) -> Exception:
    """An exception as a package of that name defines it."""
    kind = type("Fault", bases or (Exception,), {"__module__": package})
    return cast(Exception, kind("broken"))


def derived(package: str) -> Exception:
    """The user's own exception, derived from a package's."""
    return cast(Exception, type("Mine", (type(made_by(package)),), {"__module__": "mine"})("broken"))


WRAPPED = [
    pytest.param(OSError("broken"), id="OSError"),
    pytest.param(BrokenPipeError("broken"), id="BrokenPipeError"),
    pytest.param(ConnectionResetError("broken"), id="ConnectionResetError"),
    pytest.param(TimeoutError("broken"), id="TimeoutError"),
    pytest.param(FileNotFoundError("broken"), id="FileNotFoundError"),
    pytest.param(io.UnsupportedOperation("broken"), id="UnsupportedOperation"),
    pytest.param(http.client.IncompleteRead(b"broken"), id="IncompleteRead"),
    pytest.param(http.client.HTTPException("broken"), id="HTTPException"),
    pytest.param(made_by("urllib3.exceptions"), id="urllib3"),
    pytest.param(made_by("requests.exceptions"), id="requests"),
    pytest.param(made_by("httpx"), id="httpx"),
    pytest.param(made_by("httpx2"), id="httpx2"),
    pytest.param(made_by("httpcore"), id="httpcore"),
    pytest.param(made_by("httpcore2"), id="httpcore2"),
    pytest.param(made_by("h11._util"), id="h11"),
    pytest.param(made_by("h2.exceptions"), id="h2"),
    pytest.param(made_by("anyio"), id="anyio"),
    pytest.param(made_by("aiohttp.client_exceptions"), id="aiohttp"),
    pytest.param(derived("httpcore"), id="derived-from-httpcore"),
]
PASSED = [
    pytest.param(ValueError("broken"), id="ValueError"),
    pytest.param(KeyError("broken"), id="KeyError"),
    pytest.param(RuntimeError("broken"), id="RuntimeError"),
    pytest.param(made_by("mine.urllib3"), id="another-package"),
    pytest.param(made_by("urllib3x"), id="a-longer-name"),
    pytest.param(BodyTooShort("broken", size=1, seen=0), id="our-own"),
    pytest.param(KeyboardInterrupt(), id="KeyboardInterrupt"),
    pytest.param(SystemExit(3), id="SystemExit"),
    pytest.param(GeneratorExit(), id="GeneratorExit"),
]


def raising(error: BaseException) -> Any:
    raise error


class Broken(io.BytesIO):
    """A file that fails where it is told to."""

    def __init__(self, error: BaseException, where: str) -> None:
        super().__init__(bytes(200_000))
        self._error = error
        self._where = where

    def read(self, count: int | None = -1) -> bytes:
        if self._where == "read" or self.tell() > 0:
            raise self._error
        return super().read(count)

    def seek(self, offset: int, whence: int = 0) -> int:
        if self._where == "seek":
            raise self._error
        return super().seek(offset, whence)


class BrokenIter:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        raise self._error


def first_fails(error: BaseException) -> Iterator[bytes]:
    raise error
    yield b""


def broken_generator(error: BaseException) -> Iterator[bytes]:
    yield bytes(100_000)
    raise error


class BrokenClose(Closing):
    def __init__(self, error: BaseException) -> None:
        super().__init__([bytes(100_000)] * 2)
        self._error = error

    def close(self) -> None:
        raise self._error


WHERE: dict[str, Callable[[BaseException], Any]] = {
    "generator": broken_generator,
    "first-chunk": first_fails,
    "file-read": lambda error: Broken(error, "read"),
    "file-read-later": lambda error: Broken(error, "later"),
    "file-seek": lambda error: Broken(error, "seek"),
    "factory": lambda error: lambda: raising(error),
    "factory-generator": lambda error: lambda: broken_generator(error),
    "iter": BrokenIter,
}


@pytest.mark.parametrize("source", WHERE.values(), ids=WHERE)
@pytest.mark.parametrize("error", WRAPPED)
def test_errors_a_client_could_take_for_its_own(
    source: Callable[[BaseException], Any], error: Exception
) -> None:
    """S9. Wherever a source raises such an error: `BodySourceError`, no `OSError`, with the original as cause."""
    sent, raised = pulled(iter(SizedStream(200_000, source(error))))

    assert type(raised) is BodySourceError
    assert (raised.__cause__, raised.source_error) == (error, error)
    assert not isinstance(raised, OSError)
    assert f"{type(error).__name__}: " in str(raised)
    assert len(sent) < 200_000


@pytest.mark.parametrize("source", WHERE.values(), ids=WHERE)
@pytest.mark.parametrize("error", PASSED)
def test_other_errors_pass_unchanged(source: Callable[[BaseException], Any], error: BaseException) -> None:
    """S9. Other exceptions pass unchanged, and `BaseException`s are never wrapped."""
    blocks = iter(SizedStream(200_000, source(error)))
    with pytest.raises(type(error)) as caught:
        list(blocks)

    assert caught.value is error
    with pytest.raises(BodyError, match="has failed before"):  # the abort holds for them too
        next(blocks)


@pytest.mark.parametrize(
    "error",
    [OSError("broken"), http.client.IncompleteRead(b""), made_by("httpcore")],
    ids=["os", "http", "httpcore"],
)
def test_errors_of_closing(error: Exception) -> None:
    """S9. An error from closing what a factory gave is held to the same rule as one from reading it."""
    _, raised = pulled(iter(SizedStream(200_000, lambda: BrokenClose(error))))

    assert type(raised) is BodySourceError
    assert raised.__cause__ is error

    stream = SizedStream(200_000, lambda: BrokenClose(error))
    blocks = iter(stream)
    assert len(next(blocks)) == 100_000
    with pytest.raises(BodySourceError) as caught:
        stream.close()
    assert caught.value.__cause__ is error


def test_an_error_s_own_cause_is_kept() -> None:
    """S9. An error that passes unchanged keeps the cause that it has."""
    cause = ValueError("its cause")

    def failing() -> Iterator[bytes]:
        yield bytes(100_000)
        raise KeyError("mine") from cause

    with pytest.raises(KeyError) as caught:
        list(SizedStream(200_000, failing))

    assert caught.value.__cause__ is cause


def test_other_errors_of_closing() -> None:
    """S9. Another error from closing passes unchanged, with the cause that it has."""
    error, cause = KeyError("broken"), ValueError("its cause")
    error.__cause__ = cause
    with pytest.raises(KeyError) as caught:
        list(SizedStream(200_000, lambda: BrokenClose(error)))

    assert caught.value is error
    assert error.__cause__ is cause


def test_an_error_of_the_source_outweighs_one_of_closing() -> None:
    """S9. When a source fails and cannot be closed either, the first error is what the caller gets."""

    class Made(BrokenClose):
        def __iter__(self) -> Iterator[bytes]:
            return broken_generator(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        list(SizedStream(200_000, lambda: Made(OSError("cannot close"))))


def test_the_list_of_packages_is_the_adapter_s_data() -> None:
    """S9. Whose errors are wrapped is told by the transport; an `OSError` is always wrapped."""
    transport = Transport(packages=frozenset({"mine"}))
    ours, theirs = made_by("mine.errors"), made_by("urllib3.exceptions")
    _, error = pulled(SizedStream(200_000, broken_generator(ours)).new_pass(transport))
    assert (type(error), error and error.__cause__) == (BodySourceError, ours)
    _, error = pulled(SizedStream(200_000, broken_generator(theirs)).new_pass(transport))
    assert error is theirs
    _, error = pulled(SizedStream(200_000, broken_generator(OSError())).new_pass(transport))
    assert type(error) is BodySourceError


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(lambda: lambda: next(iter(())), id="factory"),
        pytest.param(lambda: BrokenIter(StopIteration()), id="iter"),
        pytest.param(lambda: Broken(StopIteration(), "seek"), id="file-seek"),
        pytest.param(lambda: Broken(StopIteration(), "read"), id="file-read"),
    ],
)
@pytest.mark.parametrize("read", [False, True], ids=["iterate", "read"])
def test_a_stray_stop_iteration_is_no_end(source: Callable[[], Any], read: bool) -> None:
    """S6, S9. A `StopIteration` that escapes (``lambda: next(parts)``) is an error, not an empty body."""
    body = StreamingIterator(200_000, source())
    with pytest.raises((BodyError, RuntimeError), match="StopIteration"):
        _ = body.read() if read else list(body)


class Strays:
    """An iterator that raises what it is told to."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __iter__(self) -> Strays:
        return self

    def __next__(self) -> bytes:
        raise self._error


@pytest.mark.parametrize(
    ("source", "says"),
    [
        pytest.param(lambda: next(iter(())), "StopIteration from the body's source", id="factory"),
        pytest.param(
            Strays(StopAsyncIteration()), "StopAsyncIteration from the body's source", id="of-async-iteration"
        ),
    ],
)
def test_a_stray_end_is_named(source: Any, says: str) -> None:
    """S9. The error says what escaped, and that it came from the source or from ``on_progress``."""
    with pytest.raises(RuntimeError, match=f"^{says} or callback$"):
        list(SizedStream(5, source))


def test_a_stray_stop_iteration_of_a_callback_is_no_end() -> None:
    """S9, S10. Nor is one from ``on_progress`` (``next(spinner)``)."""

    def callback(sent: int, total: int) -> None:
        if sent:
            raise StopIteration

    sent, error = pulled(iter(SizedStream(200_000, [bytes(100_000)] * 2, on_progress=callback)))

    assert isinstance(error, (BodyError, RuntimeError))
    assert len(sent) < 200_000


ERRORS: list[Any] = [
    pytest.param(BodyTooShort("m", size=5, seen=3), (BodySizeError, ValueError), id="BodyTooShort"),
    pytest.param(BodyTooLong("m", size=5, seen=6), (BodySizeError, ValueError), id="BodyTooLong"),
    pytest.param(BodySizeError("m", size=5, seen=6), (BodyError, ValueError), id="BodySizeError"),
    pytest.param(BodyConsumed("m"), (BodyError, RuntimeError), id="BodyConsumed"),
    pytest.param(BodySourceError("m"), (BodyError,), id="BodySourceError"),
    pytest.param(FramingError("m"), (BodyError, ValueError), id="FramingError"),
    pytest.param(BodyError("m"), (BasestreamError,), id="BodyError"),
]


@pytest.mark.parametrize(("error", "kinds"), ERRORS)
def test_the_tree_of_errors(error: BodyError, kinds: tuple[type[Exception], ...]) -> None:
    """S9. The tree is as drawn; nothing in it is an `OSError`, which urllib3 would swallow or retry."""
    assert all(isinstance(error, kind) for kind in (*kinds, BodyError, BasestreamError, Exception))
    assert not isinstance(error, OSError)


@pytest.mark.parametrize(("error", "kinds"), ERRORS)
def test_errors_pickle(error: BodyError, kinds: tuple[type[Exception], ...]) -> None:
    """S9. All pickle, with their text and their data."""
    copy = pickled(error)

    assert (type(copy), str(copy), vars(copy)) == (type(error), "m", vars(error))
    assert isinstance(copy, kinds)


def test_the_source_s_error_is_not_pickled() -> None:
    """S9. The original may be anything; a `BodySourceError` pickles without it."""
    copy = pickled(BodySourceError("m", OSError(threading.Lock())))

    assert (type(copy), str(copy), copy.source_error) == (BodySourceError, "m", None)


# S10: progress and closing


def test_progress() -> None:
    """S10. ``on_progress`` is called with 0, and after each block that the client has taken."""
    progress = Progress()
    stream = SizedStream(250_000, [bytes(100_000), bytes(100_000), bytes(50_000)], on_progress=progress)
    blocks = iter(stream)
    assert progress.calls == []
    next(blocks)
    assert progress.calls == [(0, 250_000)]
    next(blocks)
    assert progress.calls == [(0, 250_000), (100_000, 250_000)]
    list(blocks)
    assert progress.calls[2:] == [(200_000, 250_000), (250_000, 250_000)]


def test_progress_starts_again() -> None:
    """S10. A new pass starts again at ``(0, total)``."""
    progress = Progress()
    stream = SizedStream(11, [HELLO], on_progress=progress)
    for _ in range(2):
        blocks = iter(stream)
        assert list(blocks) == [HELLO]
        assert list(blocks) == []

    assert progress.calls == [(0, 11), (11, 11)] * 2


def test_progress_of_nothing() -> None:
    """S10, S11. A body of size 0 reports that it has begun."""
    progress = Progress()
    assert list(SizedStream(0, b"", on_progress=progress)) == []

    assert progress.calls == [(0, 0)]


@pytest.mark.parametrize("count", [-1, 200_000, 70_000, 16 * KIB])
def test_progress_of_reading(count: int) -> None:
    """S10. Read piece by piece, the report ends at ``(total, total)`` too."""
    progress = Progress()
    body = StreamingIterator(200_000, iter([bytes(50_000)] * 4), on_progress=progress)
    while body.read(count):
        pass

    assert progress.calls[0] == (0, 200_000)
    assert progress.calls[-1] == (200_000, 200_000)
    assert [sent for sent, _ in progress.calls] == sorted({sent for sent, _ in progress.calls})


def test_progress_runs_in_the_caller_s_thread() -> None:
    """S10. The callback runs where the body is pulled."""
    threads: list[int] = []
    stream = SizedStream(11, [HELLO], on_progress=lambda sent, total: threads.append(threading.get_ident()))
    assert list(stream) == [HELLO]

    assert set(threads) == {threading.get_ident()}


@pytest.mark.parametrize("error", [ValueError("stop"), OSError("stop"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", [0, 100_000])
def test_an_error_in_the_callback_aborts(error: BaseException, at: int) -> None:
    """S10. An exception from ``on_progress`` aborts the upload, passes through, and what was opened is closed."""
    made = Closing([bytes(100_000)] * 2)

    def callback(sent: int, total: int) -> None:
        if sent == at:
            raise error

    blocks = iter(SizedStream(200_000, lambda: made, on_progress=callback))
    sent, raised = pulled(blocks)

    if isinstance(
        error, OSError
    ):  # urllib3 would swallow a BrokenPipeError, and take the upload for complete
        assert isinstance(raised, BodySourceError)
        raised = raised.__cause__
    assert raised is error
    assert len(sent) == at
    assert made.closed == (1 if at else 0)
    with pytest.raises(BodyError, match="has failed before"):
        next(blocks)


async def async_callback(sent: int, total: int) -> None:
    raise AssertionError("never awaited")


class Later:
    def __await__(self) -> Iterator[None]:
        raise AssertionError("never awaited")


def awaitable_callback(sent: int, total: int) -> Later:
    return Later()


def later_awaitable_callback(sent: int, total: int) -> Later | None:
    return Later() if sent else None


def test_a_callback_that_is_async_later() -> None:
    """S10. An awaitable from ``on_progress`` is no less a `TypeError` where the first call gave none."""
    stream = SizedStream(200_000, [bytes(100_000)] * 2, on_progress=later_awaitable_callback)
    sent, error = pulled(iter(stream))

    assert len(sent) == 100_000
    assert isinstance(error, TypeError)
    assert "on_progress must be a plain function" in str(error)


@pytest.mark.parametrize("callback", [async_callback, awaitable_callback])
def test_an_async_callback(callback: Any) -> None:
    """S10. An awaitable from ``on_progress`` is a `TypeError`, without a warning about it, before any block."""
    sent, error = pulled(iter(SizedStream(11, [HELLO], on_progress=callback)))

    assert sent == b""
    assert isinstance(error, TypeError)
    assert "on_progress must be a plain function" in str(error)


def test_what_the_callback_gives_does_not_matter() -> None:
    """S10. Anything but an awaitable is ignored (tqdm's ``update`` gives a bool)."""
    assert list(SizedStream(11, [HELLO], on_progress=lambda sent, total: False)) == [HELLO]


@BOTH
def test_a_context_manager(kind: type[SizedStream]) -> None:
    """S1, S10. ``with`` gives the stream itself and closes it; an error passes through."""
    made = Closing([bytes(100_000)] * 2)
    with kind(200_000, lambda: made) as stream:
        assert type(stream) is kind
        next(iter(stream))
    assert made.closed == 1
    with pytest.raises(KeyError), kind(0, b""):
        raise KeyError


def test_close_is_idempotent() -> None:
    """S10. Closing twice, or before any pass, or after the last, does nothing; a new pass is still possible."""
    stream = SizedStream(11, [HELLO])
    stream.close()
    stream.close()
    assert list(stream) == [HELLO]
    stream.close()
    assert list(stream) == [HELLO]


def test_close_in_the_middle() -> None:
    """S10. The running pass then fails at its next pull."""
    stream = SizedStream(200_000, [bytes(100_000)] * 2)
    blocks = iter(stream)
    next(blocks)
    stream.close()
    with pytest.raises(BodyError, match="the stream was closed"):
        next(blocks)


def test_a_pass_that_has_ended_stays_ended_when_closed() -> None:
    """S10. Closing after the end does not turn the end into an error."""
    stream = SizedStream(11, [HELLO])
    blocks = iter(stream)
    assert list(blocks) == [HELLO]
    stream.close()

    assert list(blocks) == []


# S11: sizes


@BOTH
@pytest.mark.parametrize("size", [1.5, 1.0, True, False, "12", b"12", None, [1], object()])
def test_wrong_sizes(kind: type[SizedStream], size: object) -> None:
    """S11. A size is an integer: a `TypeError` that tells the order of the arguments."""
    says = rf"size must be an integer.*, not {type(size).__name__}; the arguments are \(size, source\)"
    with pytest.raises(TypeError, match=says):
        kind(cast(Any, size), b"")


@BOTH
@pytest.mark.parametrize("size", [-1, -(2**40)])
def test_negative_sizes(kind: type[SizedStream], size: int) -> None:
    """S11. A negative size is a `ValueError`."""
    with pytest.raises(ValueError, match=f"must not be negative, and is {size}"):
        kind(size, b"")


def test_integers_of_other_types() -> None:
    """S11. What is an integer to Python (numpy's, say) is one here, and becomes an `int`."""

    class Eleven:
        def __index__(self) -> int:
            return 11

    stream = SizedStream(cast(Any, Eleven()), [HELLO])

    assert (stream.size, type(stream.size)) == (11, int)


def test_an_empty_body() -> None:
    """S11. Size 0 is a size: ``Content-Length: 0``, no block, and its source is checked too."""
    for source in (b"", [], [b""], iter(()), io.BytesIO(), lambda: b""):
        stream = SizedStream(0, source)
        assert stream.headers == {"Content-Length": "0"}
        assert list(stream) == []
    with pytest.raises(BodyTooLong):
        list(SizedStream(0, [b"x"]))


@pytest.mark.parametrize("size", [2**31 + 5, 2**32 + 5])
def test_large_bodies(size: int) -> None:
    """S11. Sizes above 2**31 and 2**32 work, to the byte; the blocks are one object, so that no memory is used."""
    block = bytes(256 * KIB)
    count, rest = divmod(size, len(block))

    def chunks() -> Iterator[bytes]:
        yield from repeat(block, count)
        yield block[:rest]

    progress = Progress()
    stream = SizedStream(size, chunks, on_progress=progress)
    assert stream.seek(0, 2) == size
    stream.seek(0)

    assert sum(map(len, stream)) == size
    assert progress.calls[-1] == (size, size)
    assert stream.headers == {"Content-Length": str(size)}
    with pytest.raises(BodyTooLong):
        sum(map(len, SizedStream(size - 1, chunks)))


def test_sizes_beyond_what_len_can_tell() -> None:
    """S11. ``len()`` has a limit, the attributes have none."""
    stream = SizedStream(2**70, [b""])

    assert (stream.len, stream.size, stream.headers) == (2**70, 2**70, {"Content-Length": str(2**70)})
    with pytest.raises(OverflowError):
        len(stream)


# S12: threads


class Gate:
    """A source whose first reading stops in the middle until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go = threading.Event()
        self.closed: list[int] = []
        self._count = 0

    def __call__(self) -> Iterator[bytes]:
        self._count += 1
        number = self._count
        try:
            yield bytes(100_000)
            if number == 1:
                self.reached.set()
                assert self.go.wait(10)
            yield bytes(100_000)
        finally:
            self.closed.append(number)


class Worker:
    """Pulls a body in a thread of its own."""

    def __init__(self, stream: SizedStream) -> None:
        self.sent = b""
        self.error: BaseException | None = None
        self._stream = stream
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.sent, self.error = pulled(iter(self._stream))

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()


def test_a_new_pass_while_a_thread_reads_the_earlier_one() -> None:
    """S12. It ends the earlier one and is itself complete; who pulls the ended one gets `BodyError`."""
    gate = Gate()
    stream = SizedStream(200_000, gate)
    worker = Worker(stream)
    assert gate.reached.wait(10)
    sent, error = pulled(iter(stream))
    gate.go.set()
    worker.join()

    assert isinstance(worker.error, BodyError)
    assert "superseded" in str(worker.error)
    assert len(worker.sent) == 100_000
    assert (len(sent), error) == (200_000, None)
    assert sorted(gate.closed) == [1, 2]


def test_a_stream_closed_while_a_thread_reads_it() -> None:
    """S10, S12. ``close`` from another thread: the reader gets `BodyError`, the closer nothing."""
    gate = Gate()
    stream = SizedStream(200_000, gate)
    worker = Worker(stream)
    assert gate.reached.wait(10)
    try:
        stream.close()
    finally:
        gate.go.set()
        worker.join()

    assert isinstance(worker.error, BodyError)
    assert "closed" in str(worker.error)
    assert gate.closed == [1]


def test_two_pulls_of_one_pass_at_once() -> None:
    """S12. Whoever pulls a pass that is being pulled gets an error, and no block twice or out of order."""
    errors: list[Exception] = []

    def chunks() -> Iterator[bytes]:
        yield bytes([1]) * 100_000
        try:
            next(blocks)
        except BodyError as error:
            errors.append(error)
        yield bytes([2]) * 100_000

    blocks = iter(SizedStream(200_000, chunks))
    sent, error = pulled(blocks)

    assert [type(error) for error in errors] == [BodyError]
    assert "make a stream for each" in str(errors[0])
    assert sent == bytes([1]) * 100_000 + bytes([2]) * 100_000 if error is None else len(sent) < 200_000


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: [bytes([n]) * 1000 for n in range(200)], id="list"),
        pytest.param(lambda: lambda: (bytes([n]) * 1000 for n in range(200)), id="factory"),
        pytest.param(lambda: io.BytesIO(b"".join(bytes([n]) * 1000 for n in range(200))), id="file"),
        pytest.param(lambda: iter([bytes([n]) * 1000 for n in range(200)]), id="iterator"),
    ],
)
def test_two_threads_with_one_stream(make: Callable[[], Any]) -> None:
    """S12. Two threads uploading one stream: each is complete and right, or fails loudly; neither is wrong."""
    data = b"".join(bytes([n]) * 1000 for n in range(200))
    for _ in range(20):
        stream = SizedStream(len(data), make())
        workers = [Worker(stream), Worker(stream)]
        for worker in workers:
            worker.join()
        for worker in workers:
            if worker.error is None:
                assert worker.sent == data
            else:
                assert isinstance(worker.error, BodyError), repr(worker.error)
                assert len(worker.sent) < len(data) or worker.sent == data


class Ending:
    """A factory in which the stream is closed by someone else while its pass is being opened."""

    def __init__(self, chunks: Callable[[], Iterator[bytes]]) -> None:
        self.made = Closing(chunks())
        self.stream: SizedStream | None = None

    def __call__(self) -> Closing:
        assert self.stream is not None
        self.stream.close()
        return self.made


@pytest.mark.parametrize(
    ("chunks", "says"),
    [
        pytest.param(lambda: iter([bytes(100_000)] * 2), "the stream was closed", id="good"),
        pytest.param(lambda: first_fails(ValueError("x")), "the stream was closed", id="failing"),
        pytest.param(lambda: first_fails(OSError("x")), "closed|callback failed", id="failing-os"),
    ],
)
def test_a_stream_closed_while_its_source_is_opened(chunks: Callable[[], Iterator[bytes]], says: str) -> None:
    """S10, S12. What was opened in that moment is closed all the same, and the pull is an error."""
    ending = Ending(chunks)
    ending.stream = SizedStream(200_000, ending)
    with pytest.raises(BodyError, match=says):
        list(ending.stream)

    assert ending.made.closed == 1


def test_an_interrupt_of_an_ended_pass_passes_through() -> None:
    """S9. A `BaseException` is never wrapped, also in a pass that was ended in the meantime."""
    holder: list[SizedStream] = []

    def chunks() -> Iterator[bytes]:
        yield bytes(100_000)
        holder[0].close()
        raise KeyboardInterrupt

    holder.append(SizedStream(200_000, chunks()))
    with pytest.raises(KeyboardInterrupt):
        list(holder[0])


# Transports, and memory


def test_a_pass_for_a_transport() -> None:
    """S5, S6. A pass for a transport is in its block sizes, and always from the beginning."""
    stream = SizedStream(1000, [bytes(1000)])
    stream.seek(500)
    transport = Transport(Limits(pass_at=10, block=100, cap=100, first=10))

    assert [len(block) for block in stream.new_pass(transport)] == [100] * 10


def test_the_names_are_public() -> None:
    """The door gives both faces."""
    assert basestream.SizedStream is SizedStream
    assert basestream.StreamingIterator is StreamingIterator


def test_an_async_source_may_use_its_buffer_again() -> None:
    """S2. No view of a chunk is left when the source goes on: a bytearray may be resized, also after a huge chunk."""
    lengths = (70_000, 10, 300_000, 100, 600_000, 40_000)

    async def source() -> AsyncIterator[bytearray]:
        buffer = bytearray()
        for length in lengths:
            buffer[:] = bytes([length % 251]) * length
            yield buffer
        buffer.clear()

    async def sent() -> bytes:
        return b"".join([block async for block in SizedStream(sum(lengths), source()).aio()])

    assert asyncio.run(sent()) == b"".join(bytes([length % 251]) * length for length in lengths)


def test_an_iterator_is_not_asked_for_another_one() -> None:
    """S6. ``__aiter__`` of a user's own iterator may begin afresh: it is called by nobody once reading has begun."""

    class Counting:
        def __init__(self) -> None:
            self.left = 40

        def __aiter__(self) -> Counting:
            raise AssertionError("asked again")

        async def __anext__(self) -> bytes:
            self.left -= 1
            if self.left < 0:
                raise StopAsyncIteration
            return b"x" * 20_000

    async def sent() -> bytes:
        return b"".join([block async for block in SizedStream(800_000, Counting()).aio()])

    assert len(asyncio.run(sent())) == 800_000
