"""What is uploaded, and over what: chunks of three sizes from a generator, and a file; http, and https."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class Body(NamedTuple):
    """A body to upload, as each variant may take it."""

    size: int
    chunk: int
    """The length of a generator's chunks, and of what an async generator reads from a file."""
    path: str | None = None
    """Where it is a file."""

    def chunks(self) -> Iterator[bytes]:
        """Give the generator's chunks, all the same object: making them costs nothing."""
        # Not bytes(n): that memory is never written, so that the kernel would read one page of zeros only.
        chunk = b"x" * self.chunk
        for _ in range(self.size // self.chunk):
            yield chunk
        if rest := self.size % self.chunk:
            yield chunk[:rest]

    @contextmanager
    def opened(self) -> Generator[BinaryIO | Iterator[bytes]]:
        """Give what a bare sync client is given: the open file, or the generator."""
        if self.path is None:
            yield self.chunks()
        else:
            with open(self.path, "rb") as file:
                yield file

    async def async_chunks(self) -> AsyncIterator[bytes]:
        """Give what a bare async client is given; of a file, its blocks."""
        if self.path is None:
            for chunk in self.chunks():
                yield chunk
        else:
            with open(self.path, "rb") as file:  # blocks the loop, as users of bare clients do
                while chunk := file.read(self.chunk):
                    yield chunk


class Workload(NamedTuple):
    """A column of the table."""

    name: str
    size: int
    chunk: int
    is_file: bool = False
    tls: bool = False

    def body(self, folder: Path) -> Body:
        """Make the body; the file of a file in this folder."""
        path = str(sparse_file(folder, self.size)) if self.is_file else None
        return Body(self.size, self.chunk, path)


PLAIN = (
    Workload("64 KiB chunks", GIB // 2, 64 * KIB),
    Workload("1 MiB chunks", GIB // 2, MIB),
    Workload("100-byte chunks", 32 * MIB, 100),
    Workload("file", GIB, 64 * KIB, is_file=True),
)
# A quarter of the bytes: encryption makes them five times as dear, and no figure gets better by more of them.
OVER_TLS = tuple(w._replace(name=f"{w.name}, TLS", size=w.size // 4, tls=True) for w in PLAIN)
WORKLOADS = PLAIN + OVER_TLS


def sparse_file(folder: Path, size: int) -> Path:
    """Make a file that takes no room on the disk; read once, so that it is in the page cache."""
    path = folder / f"{size}.bin"
    if not path.exists():
        with path.open("wb+") as file:
            file.truncate(size)
            while file.read(MIB):
                pass
    return path


@contextmanager
def scratch() -> Generator[Path]:
    """Give a folder for the files, for the time of a ``with`` block."""
    with TemporaryDirectory(prefix="basestream-bench-") as folder:
        yield Path(folder)
