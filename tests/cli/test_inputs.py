"""C1: what `put` takes as its input, and what it refuses, to the word."""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooLong, BodyTooShort, _failures, _inputs
from cli_support import ignore

HELLO = hashlib.sha256(b"hello").hexdigest()


def test_file(hello: str) -> None:
    """C1. A file has its name and its size, is read again for each pass, and hashed where that is wanted."""
    source = _inputs.file_input(hello, None, hashed=True)
    assert (source.name, source.size, source.replayable, source.sha256) == (hello, 5, True, "")

    body = source.stream(ignore)
    assert (b"".join(body), b"".join(body), source.sha256) == (b"hello", b"hello", HELLO)


def test_progress_of_a_file(hello: str) -> None:
    """C1. Who asked is told how much was sent, of how much."""
    told: list[tuple[int, int]] = []

    def tell(sent: int, total: int) -> None:
        told.append((sent, total))

    assert b"".join(_inputs.file_input(hello, 5).stream(tell)) == b"hello"
    assert told == [(0, 5), (5, 5)]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param(
            os.curdir, "'.' is not a regular file: pipe it into basestream put, and give --size", id="folder"
        ),
        pytest.param("no/such", "'no/such': No such file or directory", id="no file"),
        pytest.param("a\0b", r"'a\x00b': ", id="no path"),
    ],
)
def test_no_file(path: str, said: str) -> None:
    """C1. What is no file that can be read is refused, and the reason is the system's."""
    with pytest.raises(_failures.CannotRun, match=f"^{re.escape(said)}") as caught:
        _inputs.file_input(path, None)
    assert "None" not in str(caught.value)


def test_declared_size_of_a_file(hello: str) -> None:
    """C1. The size of a file may be declared."""
    assert _inputs.file_input(hello, 5).size == 5


@pytest.mark.parametrize("size", [pytest.param(6, id="larger"), pytest.param(0, id="zero")])
def test_file_of_another_size(size: int, hello: str) -> None:
    """C1. A file of another size than declared is refused with both sizes, before anything is sent."""
    with pytest.raises(_failures.Failed) as caught:
        _inputs.file_input(hello, size)
    assert str(caught.value) == f"{hello!r} has 5 bytes, and --size says {size}: nothing was sent"
    assert caught.value.exit_code == 3


def pipe_of(data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """Make bytes standard input, and give the descriptor that they are read from."""
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: reader))
    return reader


def test_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. A pipe has the name -, the size that was declared, and one pass; its descriptor stays open."""
    reader = pipe_of(b"hello", monkeypatch)
    source = _inputs.standard_input(5, hashed=True)
    assert (source.name, source.size, source.replayable) == ("-", 5, False)

    body = source.stream(ignore)
    assert (b"".join(body), source.sha256) == (b"hello", HELLO)
    with pytest.raises(BodyConsumed):
        b"".join(body)
    os.close(reader)


@pytest.mark.parametrize(("size", "error"), [(4, BodyTooLong), (6, BodyTooShort)], ids=["longer", "shorter"])
def test_pipe_of_another_size(size: int, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """S3. A pipe that holds more or less than was declared is an error."""
    reader = pipe_of(b"hello", monkeypatch)
    with pytest.raises(error):
        b"".join(_inputs.standard_input(size).stream(ignore))
    os.close(reader)


@pytest.mark.skipif(sys.platform != "linux", reason="pipes of other systems have the size that they have")
def test_pipe_is_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. A pipe holds half a MiB, so that the producer is switched to less often."""
    import fcntl

    reader = pipe_of(b"", monkeypatch)
    _inputs.standard_input(0)
    assert fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ) == 512 * 1024
    os.close(reader)


@pytest.mark.parametrize("fcntl", [None, SimpleNamespace(fcntl=print)], ids=["no module", "no such command"])
def test_pipe_of_another_system(fcntl: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. Where a pipe cannot be widened it is read as it is."""
    reader = pipe_of(b"hello", monkeypatch)
    monkeypatch.setitem(sys.modules, "fcntl", fcntl)
    assert b"".join(_inputs.standard_input(5).stream(ignore)) == b"hello"
    os.close(reader)


@pytest.mark.skipif(sys.platform != "linux", reason="pipes of other systems hold less")
@pytest.mark.timeout(10)
def test_pipe_that_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """S5. What is in a pipe is sent while the rest is not there yet."""
    reader, writer = os.pipe()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: reader))
    blocks = iter(_inputs.standard_input(300_005).stream(ignore))
    os.write(writer, bytes(300_000))
    assert len(next(blocks)) + len(next(blocks)) == 300_000
    os.write(writer, b"hello")
    os.close(writer)
    assert b"".join(blocks) == b"hello"
    os.close(reader)


def test_file_as_standard_input(hello: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S2. A file that is redirected can be read again, from where it stood; what was before is not sent."""
    descriptor = os.open(hello, os.O_RDONLY)
    os.lseek(descriptor, 2, os.SEEK_SET)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: descriptor))
    source = _inputs.standard_input(3)
    body = source.stream(ignore)
    assert (source.replayable, b"".join(body), b"".join(body)) == (True, b"llo", b"llo")
    os.close(descriptor)


@pytest.mark.parametrize(
    ("kind", "size", "said"),
    [
        pytest.param(
            "closed",
            5,
            "standard input is closed: pipe the data into basestream put, or name a file",
            id="closed",
        ),
        pytest.param(
            "terminal",
            5,
            "standard input is a terminal: pipe the data into basestream put, or name a file",
            id="terminal",
        ),
        pytest.param(
            "pipe",
            None,
            "standard input needs --size N, its length in bytes; only a named file's is known",
            id="no size",
        ),
    ],
)
def test_no_standard_input(kind: str, size: int | None, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. A standard input that cannot be sent is refused with what to do instead."""
    asked: list[int] = []

    def isatty(descriptor: int) -> bool:
        asked.append(descriptor)
        return kind == "terminal"

    closed: Any = None
    stdin = closed if kind == "closed" else SimpleNamespace(fileno=lambda: 7)
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(os, "isatty", isatty)
    with pytest.raises(_failures.CannotRun, match=f"^{re.escape(said)}$"):
        _inputs.standard_input(size)
    assert asked == ([] if kind == "closed" else [7])


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param("f", "12  f", id="plain"),
        pytest.param("a\\b", "\\12  a\\\\b", id="backslash"),
        pytest.param("a\nb\rc", "\\12  a\\nb\\rc", id="line ends"),
        pytest.param("a\\\\b", "\\12  a\\\\\\\\b", id="two backslashes"),
        pytest.param("\n\n", "\\12  \\n\\n", id="two line feeds"),
        pytest.param("\r\r", "\\12  \\r\\r", id="two returns"),
        pytest.param("XX", "12  XX", id="nothing to escape"),
    ],
)
def test_checksum_line(name: str, line: str) -> None:
    """C1. A name is escaped as by sha256sum, and the line then begins with a backslash."""
    source = _inputs.Input(name, 0, io.BytesIO, replayable=True, hashed=True)
    source.sha256 = "12"
    assert _inputs.checksum_line(source) == line
