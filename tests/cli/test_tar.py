"""The demo's input: an archive that the standard library reads, of exactly the size computed beforehand."""

from __future__ import annotations

import io
import os
import sys
import sysconfig
import tarfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from basestream import _tar

LONG = "a" * 60 + "/" + "b" * 60 + "/" + "c" * 60  # more than a header has room for
FILES = {
    "empty": b"",
    "one": b"1",
    "block": b"b" * 512,
    "block and one": b"c" * 513,
    "sub/folder/file.py": b"print()\n",
    "größe": b"\xff\x00",
    "pieces": b"p" * (2 * _tar.PIECE + 5),
    LONG: b"long",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with the files above, and with things that do not belong into an archive of it."""
    for name, data in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name in ("site-packages/p.py", "sub/dist-packages/q.py", "sub/__pycache__/file.pyc"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"no")
    return tmp_path


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            yield member.name, file.read()


def test_archive_holds_the_files(tree: Path) -> None:
    """tarfile reads back each file once, by its relative name; what was installed into the folder is left out."""
    data = b"".join(_tar.archive(_tar.listing(str(tree))))

    assert dict(members(data)) == FILES
    assert len(list(members(data))) == len(FILES)


def test_size_is_known_beforehand(tree: Path) -> None:
    """The computed size is the archive's, with names of more than one header block and sizes around 512."""
    entries = _tar.listing(str(tree))

    assert _tar.archive_size(entries) == sum(map(len, _tar.archive(entries)))


def test_same_bytes_as_tarfile(tree: Path) -> None:
    """Member by member the bytes are those that tarfile itself writes in the GNU format."""
    entries = _tar.listing(str(tree))
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for entry in entries:
            info = tarfile.TarInfo(entry.name)
            info.size, info.mtime = entry.size, entry.mtime
            archive.addfile(info, io.BytesIO(FILES[entry.name]))

    ours = b"".join(_tar.archive(entries))
    assert written.getvalue().startswith(ours)  # tarfile adds zeros up to a full record
    assert not written.getvalue()[len(ours) :].strip(b"\0")


def test_order_is_fixed(tree: Path) -> None:
    """Two listings are equal, so that every backend is given the same bytes."""
    assert _tar.listing(str(tree)) == _tar.listing(str(tree))


@pytest.mark.skipif(sys.platform == "win32", reason="needs links, pipes and names of bytes")
def test_only_regular_files(tree: Path) -> None:
    """Links and named pipes are left out and block nothing; a name that is no UTF-8 is kept as it is."""
    (tree / "link").symlink_to(tree / "one")
    (tree / "dangling").symlink_to(tree / "nothing")
    (tree / "circle").symlink_to(tree, target_is_directory=True)
    os.mkfifo(tree / "pipe")
    name = os.fsdecode(b"latin-\xe9") if sys.platform == "linux" else "latin"
    (tree / name).write_bytes(b"kept")

    assert dict(members(b"".join(_tar.archive(_tar.listing(str(tree)))))) == {**FILES, name: b"kept"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_left_out(tree: Path) -> None:
    """A file that may not be read is not listed, so that it cannot stop an upload."""
    (tree / "one").chmod(0)

    assert "one" not in {entry.name for entry in _tar.listing(str(tree))}


def test_file_that_goes_away_while_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is gone between its folder's listing and its own is left out."""

    def walk(root: str) -> list[tuple[str, list[str], list[str]]]:
        return [(root, [], ["gone"])]

    monkeypatch.setattr(os, "walk", walk)
    assert _tar.listing(str(tmp_path)) == []


@pytest.mark.parametrize(
    ("limit", "names"),
    [
        pytest.param(0, [], id="nothing"),
        pytest.param(1024 + 511, [], id="less than an empty file"),
        pytest.param(1024 + 512, ["a"], id="an empty file"),
        pytest.param(1024 + 512 + 1023, ["a"], id="one byte less than the next"),
        pytest.param(1024 + 512 + 1024, ["a", "c"], id="a smaller one follows a larger one"),
        pytest.param(10**9, ["a", "b", "c"], id="all"),
    ],
)
def test_within_a_limit(tmp_path: Path, limit: int, names: list[str]) -> None:
    """Whole files are taken in order as long as the archive, headers and end included, is within the limit."""
    for name, size in (("a", 0), ("b", 5000), ("c", 512)):
        (tmp_path / name).write_bytes(bytes(size))

    entries = _tar.within(_tar.listing(str(tmp_path)), limit)
    assert [entry.name for entry in entries] == names
    assert not names or _tar.archive_size(entries) <= limit


def test_grown_file_is_read_as_listed(tmp_path: Path) -> None:
    """Of a file that has grown meanwhile exactly the listed bytes are read."""
    path = tmp_path / "log"
    path.write_bytes(b"12345")
    entries = _tar.listing(str(tmp_path))
    path.write_bytes(b"1234567890")

    assert dict(members(b"".join(_tar.archive(entries)))) == {"log": b"12345"}


def test_shrunken_file_raises(tmp_path: Path) -> None:
    """A file that has shrunk meanwhile is an error that names it; no archive of another size comes out."""
    path = tmp_path / "log"
    path.write_bytes(b"12345")
    entries = _tar.listing(str(tmp_path))
    path.write_bytes(b"12")

    with pytest.raises(EOFError, match=r"log' has shrunk: .* 5 bytes .* now 2"):
        b"".join(_tar.archive(entries))


def test_no_file_in_memory(tmp_path: Path) -> None:
    """A file of 64 MiB passes in pieces: less than 2 MiB are held at any time."""
    with open(tmp_path / "large", "wb") as file:
        file.truncate(64 * 1024 * 1024)
    entries = _tar.listing(str(tmp_path))
    tracemalloc.start()
    try:
        size = sum(map(len, _tar.archive(entries)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert size == 64 * 1024 * 1024 + 512 + 1024
    assert peak < 2 * 1024 * 1024


def test_standard_library() -> None:
    """The default input is the running Python's own standard library; it can be had again, the same each time."""
    source = _tar.standard_library(1024 * 1024)
    data = b"".join(source.chunks())

    root = Path(sysconfig.get_path("stdlib"))
    for name, content in members(data):
        assert (root / name).read_bytes() == content
    assert len(data) == source.size <= 1024 * 1024
    assert b"".join(source.chunks()) == data


def test_no_standard_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the library is no folder of files (in a zip archive, for instance) that is said."""

    def get_path(name: str) -> str:
        return str(tmp_path / f"{name}.zip")

    monkeypatch.setattr(sysconfig, "get_path", get_path)
    with pytest.raises(ValueError, match=r"no file of .*stdlib\.zip' can be taken$"):
        _tar.standard_library()


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        pytest.param(None, b"0123456789", id="whole"),
        pytest.param(10, b"0123456789", id="exactly its size"),
        pytest.param(4, b"0123", id="its beginning"),
        pytest.param(0, b"", id="nothing of it"),
    ],
)
def test_file_input(tmp_path: Path, limit: int | None, expected: bytes) -> None:
    """A file is read from its start, whole or in part."""
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    source = _tar.file_input(str(path), limit)

    assert source.size == len(expected)
    assert b"".join(source.chunks()) == expected


def test_listed_as_it_is(tmp_path: Path) -> None:
    """A listing has files before folders, both by name, each with its path, size and whole second."""
    for name in ("b", "a", "y/d", "x/z/e", "x/c"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        os.utime(path, (0, 7.9))

    assert _tar.listing(str(tmp_path)) == [
        _tar.Entry(str(tmp_path / name), name, len(name), 7) for name in ("a", "b", "x/c", "x/z/e", "y/d")
    ]


def test_read_in_pieces(tree: Path) -> None:
    """A large file is read in whole pieces, and the rest."""
    pieces = _tar.read_exactly(str(tree / "pieces"), 2 * _tar.PIECE + 5)
    assert [*map(len, pieces)] == [_tar.PIECE, _tar.PIECE, 5]


def test_default_input_is_named(monkeypatch: pytest.MonkeyPatch, tree: Path) -> None:
    """The default input is named by its folder and the number of its files, and is the whole folder."""

    def get_path(name: str) -> str:
        assert name == "stdlib"
        return str(tree)

    monkeypatch.setattr(sysconfig, "get_path", get_path)
    source = _tar.standard_library()
    assert source.name == f"{tree}, {len(FILES)} files as a tar archive"
    assert dict(members(b"".join(source.chunks()))) == FILES
    assert _tar.standard_library(1536).name == f"{tree}, 1 files as a tar archive"
    with pytest.raises(ValueError, match=r"^no file of .* can be taken within 10 bytes$"):
        _tar.standard_library(10)


def test_no_file_input(tmp_path: Path) -> None:
    """A folder is no input, nor is a file with fewer bytes than are wanted; both are said."""
    with pytest.raises(ValueError, match=r"^not a regular file$"):
        _tar.file_input(str(tmp_path))
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    with pytest.raises(ValueError, match=r"^it has 5 bytes, fewer than 6$"):
        _tar.file_input(str(path), 6)
    assert _tar.file_input(str(path)).name == str(path)
