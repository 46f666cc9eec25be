"""What ``basestream put`` uploads: a file, or standard input, with its SHA-256 taken on the way (C1).

Rule 1: nothing is read here before the stream is; what cannot be right is refused before anything is sent.
Rule 2: a body is strict: a byte more or less than the size is an error (S3).
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, cast

from . import SizedStream
from ._failures import SIZE, CannotRun, Failed
from ._files import read_chunks
from ._transports import Limits

if TYPE_CHECKING:
    from ._streams import ProgressCallback

_PIPE_BYTES = 512 * 1024
"""Linux lets anybody ask for 1 MiB. 1 GiB took 1.0 s of CPU with the usual 64 KiB, in switches to the producer;
0.46 s with 512 KiB; and 0.58 s with 1 MiB, which does not fit into the cache any more."""


class Input:
    """A source of known size.

    Args:
        name: As it is shown.
        size: Bytes.
        opened: Opens it at its beginning, for each pass.
        replayable: Whether that can be done more than once.
        hashed: Whether its SHA-256 is wanted.
    """

    def __init__(
        self, name: str, size: int, opened: Callable[[], BinaryIO], *, replayable: bool, hashed: bool
    ) -> None:
        self.name = name
        self.size = size
        self.replayable = replayable
        self.sha256 = ""
        """Of the latest pass, once it has come to its end."""
        self._opened = opened
        self._hashed = hashed

    def stream(self, on_progress: ProgressCallback) -> SizedStream:
        """Make the body."""
        # A pipe is an iterator, which an async session advances in the main thread (S13): a read that waits is
        # interrupted by Ctrl-C there and nowhere else.
        source = self._chunks if self.replayable else self._chunks()
        return SizedStream(self.size, source, on_progress=on_progress)

    def _chunks(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        with self._opened() as file:
            chunks = cast("Iterator[bytes]", read_chunks(file.read, Limits(), None))
            for chunk in chunks:
                if self._hashed:
                    digest.update(chunk)
                yield chunk
        self.sha256 = digest.hexdigest()


def file_input(path: str, size: int | None, *, hashed: bool = False) -> Input:
    """Give a file: its size is that of now, and it can be sent again.

    Args:
        path: The file's.
        size: What it has to be, in bytes, if anything is expected.
        hashed: Whether its SHA-256 is wanted.

    Raises:
        CannotRun: It is no regular file, or cannot be read.
        Failed: It has another size.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise CannotRun(f"{path!r} is not a regular file: pipe it into basestream put, and give --size")
        with open(path, "rb"):
            pass  # a file that may not be read is known now
    except (OSError, ValueError) as error:
        raise CannotRun(f"{path!r}: {getattr(error, 'strerror', None) or error}") from None
    if size not in (None, status.st_size):
        raise Failed(f"{path!r} has {status.st_size} bytes, and --size says {size}: nothing was sent", SIZE)

    def opened() -> BinaryIO:
        return open(path, "rb", buffering=0)

    return Input(path, status.st_size, opened, replayable=True, hashed=hashed)


def standard_input(size: int | None, *, hashed: bool = False) -> Input:
    """Give what is piped in, or redirected from a file, which can be sent again.

    Args:
        size: Bytes.
        hashed: Whether its SHA-256 is wanted.

    Raises:
        CannotRun: There is no standard input, it is a terminal, or its size is not known.
    """
    if sys.stdin is None:
        raise CannotRun("standard input is closed: pipe the data into basestream put, or name a file")
    descriptor = sys.stdin.fileno()
    if os.isatty(descriptor):
        raise CannotRun("standard input is a terminal: pipe the data into basestream put, or name a file")
    if size is None:
        raise CannotRun("standard input needs --size N, its length in bytes; only a named file's is known")
    replayable = stat.S_ISREG(os.fstat(descriptor).st_mode)
    start = os.lseek(descriptor, 0, os.SEEK_CUR) if replayable else 0
    _widen(descriptor)

    def opened() -> BinaryIO:
        if replayable:
            os.lseek(descriptor, start, os.SEEK_SET)
        return open(descriptor, "rb", buffering=0, closefd=False)

    return Input("-", size, opened, replayable=replayable, hashed=hashed)


def checksum_line(source: Input) -> str:
    """Give the digest of what was sent as ``sha256sum`` prints it.

    Source: GNU coreutils, "md5sum invocation": a name with a backslash or a line end is escaped.
    """
    name = source.name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if name != source.name else ""
    return f"{mark}{source.sha256}  {name}"


def _widen(descriptor: int) -> None:
    """Let a pipe hold more, where the system can."""
    with suppress(ImportError, AttributeError, OSError):  # Windows, macOS, no pipe
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
