"""What ``basestream demo`` uploads: a file, or a folder as a tar stream whose size is known before its first byte.

Rule 1: the size is computed from one listing, and the stream has exactly that size or raises.
Rule 2: no file is held in memory as a whole, and nothing is written to disk.
Rule 3: this module knows no upload and no backend.
"""

from __future__ import annotations

import os
import stat
import sysconfig
from collections.abc import Callable, Generator, Iterable
from tarfile import BLOCKSIZE, GNU_FORMAT, TarInfo
from typing import NamedTuple

PIECE = 256 * 1024
"""The most that is read of a file at once, in bytes."""

END = bytes(2 * BLOCKSIZE)  # two blocks of zeros end an archive (POSIX pax, "ustar Interchange Format")

# What others installed, and what the interpreter writes while it runs: the stream would differ from run to run.
_LEFT_OUT = frozenset({"site-packages", "dist-packages", "__pycache__"})


class Input(NamedTuple):
    """Bytes of known size that can be had again and again."""

    name: str
    size: int
    chunks: Callable[[], Generator[bytes, None, None]]


class Entry(NamedTuple):
    """A file as it was when it was listed."""

    path: str
    name: str
    """Its name in the archive."""
    size: int
    mtime: int


def standard_library(limit: int | None = None) -> Input:
    """Make an archive of the running Python's standard library, or of as many whole files as the limit takes.

    Raises:
        ValueError: There is no file that could be taken.
    """
    root = sysconfig.get_path("stdlib")
    entries = listing(root)
    if limit is not None:
        entries = within(entries, limit)
    if not entries:
        raise ValueError(
            f"no file of {root!r} can be taken{'' if limit is None else f' within {limit} bytes'}"
        )
    name = f"{root}, {len(entries)} files as a tar archive"
    return Input(name, archive_size(entries), lambda: archive(entries))


def file_input(path: str, limit: int | None = None) -> Input:
    """Take a regular file, or its first ``limit`` bytes.

    Raises:
        OSError: It is not there, or cannot be read.
        ValueError: It is not a regular file, or has fewer bytes.
    """
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):  # and opening it may wait, as a named pipe does for its writer
        raise ValueError("not a regular file")
    open(path, "rb").close()
    size = status.st_size if limit is None else limit
    if size > status.st_size:
        raise ValueError(f"it has {status.st_size} bytes, fewer than {size}")
    return Input(path, size, lambda: read_exactly(path, size))


def listing(root: str) -> list[Entry]:
    """List the regular, readable files under a folder in a fixed order; links are left out, not followed."""
    entries: list[Entry] = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - _LEFT_OUT)
        found = (_entry(root, os.path.join(folder, name)) for name in sorted(names))
        entries.extend(entry for entry in found if entry is not None)
    return entries


def within(entries: Iterable[Entry], limit: int) -> list[Entry]:
    """Take whole files, in order, as long as the archive stays within ``limit`` bytes; smaller ones may follow."""
    left = limit - len(END)
    taken: list[Entry] = []
    for entry in entries:
        cost = _stored_size(entry)
        if cost <= left:
            left -= cost
            taken.append(entry)
    return taken


def archive_size(entries: Iterable[Entry]) -> int:
    """Compute how many bytes `archive` gives for these entries."""
    return sum(map(_stored_size, entries)) + len(END)


def archive(entries: Iterable[Entry]) -> Generator[bytes, None, None]:
    """Give the archive's bytes, reading each file when its turn comes.

    Raises:
        EOFError: A file has shrunk since it was listed.
        OSError: A file cannot be read any more.
    """
    for entry in entries:
        yield _header(entry)
        yield from read_exactly(entry.path, entry.size)
        yield bytes(_padding(entry.size))
    yield END


def read_exactly(path: str, size: int) -> Generator[bytes, None, None]:
    """Read the first ``size`` bytes of a file in pieces.

    Raises:
        EOFError: It has fewer.
        OSError: It cannot be read.
    """
    left = size
    with open(path, "rb", buffering=0) as file:
        while left:
            piece = file.read(min(left, PIECE))
            if not piece:
                raise EOFError(
                    f"{path!r} has shrunk: it had {size} bytes when it was listed, now {size - left}"
                )
            left -= len(piece)
            yield piece


def _entry(root: str, path: str) -> Entry | None:
    try:
        status = os.lstat(path)
    except OSError:  # gone since its folder was read
        return None
    if not stat.S_ISREG(status.st_mode) or not os.access(path, os.R_OK):
        return None
    name = os.path.relpath(path, root).replace(os.sep, "/")
    return Entry(path, name, status.st_size, int(status.st_mtime))


def _header(entry: Entry) -> bytes:
    info = TarInfo(entry.name)
    info.size = entry.size
    info.mtime = entry.mtime
    return info.tobuf(GNU_FORMAT, "utf-8", "surrogateescape")


def _padding(size: int) -> int:
    return -size % BLOCKSIZE


def _stored_size(entry: Entry) -> int:
    return (
        len(_header(entry)) + entry.size + _padding(entry.size)
    )  # a long name has more than one block of header
