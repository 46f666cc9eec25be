"""What `basestream` says of its types; checked by mypy and pyright, never run.

An ignored error is an assertion: a checker that finds no such error there fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from typing_extensions import assert_type

import basestream
from basestream import SizedStream, StreamingIterator, join_url, resolve, user_agent


class MyStream(SizedStream):
    """A subclass of a user's."""


class MyIterator(StreamingIterator):
    """Another."""


def streams(path: Path) -> None:
    """Both faces, and what both have."""
    stream = SizedStream(5, [b"he", "llo"], encoding="ascii", surplus="leave", in_thread=False)
    assert_type(stream, SizedStream)
    assert_type(stream.size, int)
    assert_type(stream.len, int)
    assert_type(stream.encoding, str)
    assert_type(stream.headers, dict[str, str])
    assert_type(stream.replayable, bool)
    assert_type(stream.asynchronous, bool)
    assert_type(len(stream), int)
    assert_type(iter(stream), Iterator[bytes])
    assert_type(b"".join(stream), bytes)
    assert_type(stream.aio(), AsyncIterable[bytes])
    assert_type(stream.tell(), int)
    assert_type(stream.seek(0), int)
    assert_type(SizedStream.from_path(path), SizedStream)
    with stream as entered:
        assert_type(entered, SizedStream)
    stream.close()


def files_like(path: Path) -> None:
    """The face that can be read."""
    iterator = StreamingIterator(5, iter([b"hello"]), "ascii")
    assert_type(iterator, StreamingIterator)
    assert_type(iterator.read(), bytes)
    assert_type(iterator.read(3), bytes)
    assert_type(iterator.read(None), bytes)
    assert_type(StreamingIterator.from_path(str(path)), StreamingIterator)
    with iterator as entered:
        assert_type(entered, StreamingIterator)
    as_stream: SizedStream = iterator
    as_stream.close()


def subclasses(path: Path) -> None:
    """Their own class comes back."""
    assert_type(MyStream.from_path(path), MyStream)
    assert_type(MyIterator.from_path(path), MyIterator)
    with MyIterator(0, b"") as entered:
        assert_type(entered, MyIterator)


async def in_async(stream: SizedStream) -> None:
    """For bare async clients."""
    async for block in stream.aio():
        assert_type(block, bytes)


def sources(file: BinaryIO, chunks: AsyncIterator[bytes]) -> None:
    """All that a body can be made of."""
    SizedStream(1, b"x")
    SizedStream(1, bytearray(1))
    SizedStream(1, memoryview(b"x"))
    SizedStream(1, ["x", b"x"])
    SizedStream(1, (piece for piece in ("x",)))
    SizedStream(1, lambda: iter([b"x"]))
    SizedStream(1, file)
    SizedStream(1, chunks)
    SizedStream(1, b"x", on_progress=lambda sent, size: print(sent / size))


def misuse_of_streams(stream: SizedStream) -> None:
    """What a checker tells before anything runs."""
    SizedStream()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    SizedStream("5", b"hello")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    SizedStream(1.5, b"x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    SizedStream(5, b"hello", "ascii")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    SizedStream(1, b"x", surplus="drop")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    SizedStream(1, b"x", on_progress=lambda sent: None)  # type: ignore[arg-type, misc]  # pyright: ignore[reportArgumentType]
    stream.read()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    stream.headers = {}  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    StreamingIterator(1, b"x").read("all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def urls() -> None:
    """Both functions give text."""
    assert_type(resolve("http://a/b", "c"), str)
    assert_type(join_url("http://a/b", "c"), str)
    assert_type(join_url(None, b"http://a/b", reach="any"), str)
    assert_type(join_url(urlsplit("http://a/b"), urlsplit("c"), reach="base"), str)


def misuse_of_urls() -> None:
    """What is no URL, and no reach."""
    join_url("http://a", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    join_url("http://a", 7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    join_url("http://a", Path("x"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    join_url("http://a", "b", "any")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    join_url("http://a", "b", reach="all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    resolve("http://a", b"b")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def user_agents() -> None:
    """A name and a version, and pairs of them."""
    assert_type(user_agent("app", "1.0"), str)
    assert_type(user_agent("app", "1.0", [("requests", "2.34")]), str)
    user_agent("app", 1.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    user_agent("app", "1.0", ["requests"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    assert_type(basestream.__version__, str)


def errors(
    url: basestream.InvalidURL,
    base: basestream.MissingBaseURL,
    reach: basestream.OutOfReachURL,
    short: basestream.BodyTooShort,
    long: basestream.BodyTooLong,
    source: basestream.BodySourceError,
    consumed: basestream.BodyConsumed,
    framing: basestream.FramingError,
    auth: basestream.AuthError,
) -> None:
    """What they know, and where they stand in the tree."""
    assert_type(url.url, str)
    assert_type(url.base_url, str | None)
    assert_type(short.size, int)
    assert_type(long.seen, int)
    assert_type(source.source_error, BaseException | None)
    urls: list[basestream.InvalidURL] = [base, reach]
    sizes: list[basestream.BodySizeError] = [short, long]
    bodies: list[basestream.BodyError] = [*sizes, source, consumed, framing]
    everything: list[basestream.BasestreamError] = [*urls, *bodies, auth]
    values: list[ValueError] = [*urls, *sizes, framing]
    runtime: RuntimeError = consumed
    no_os_error: list[OSError] = everything  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    nothing = url.size  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    print(values, runtime, no_os_error, nothing)  # pyright: ignore[reportUnknownArgumentType]
