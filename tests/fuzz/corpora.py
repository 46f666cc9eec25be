"""The corpora: for each target a file with an input a line, as Python writes bytes.

A fuzzer wants a folder with a file an input; many tiny files are no good in a repository.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from hashlib import sha1
from pathlib import Path

from . import challenges, urls

TARGETS: dict[str, Callable[[bytes], None]] = {"challenges": challenges.check, "urls": urls.check}
FOLDER = Path(__file__).parent / "corpora"


def read(target: str) -> list[bytes]:
    """Give the inputs that are kept for a target."""
    lines = (FOLDER / f"{target}.txt").read_text("ascii").splitlines()
    inputs: list[bytes] = [ast.literal_eval(line) for line in lines]
    return inputs


def write(target: str, inputs: Iterable[bytes]) -> None:
    """Keep these inputs for a target, shortest first."""
    ordered = sorted(set(inputs), key=lambda data: (len(data), data))
    (FOLDER / f"{target}.txt").write_text("".join(f"{data!r}\n" for data in ordered), "ascii")


def unpack(target: str, folder: Path) -> None:
    """Write each input into a file of its own, by the name that libFuzzer gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    for data in read(target):
        (folder / sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)


def pack(folder: Path) -> list[bytes]:
    """Read the files of a folder."""
    return [path.read_bytes() for path in folder.iterdir()]
