"""What bodies are made of: each number has bytes of its own, which need not be held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from random import Random

_STUFF = Random(9).randbytes(1024 * 1024)
_ODD = 7919  # so that no two numbers close to each other begin at the same place


def pieces(number: int, size: int, step: int = 64 * 1024) -> Iterator[bytes]:
    """Give the bytes of a number in chunks: its digits, then stuff from a place of its own."""
    head = b"%016d" % number
    at, left = number * _ODD % len(_STUFF), size
    yield head[:left]
    left -= len(head)
    while left > 0:
        piece = _STUFF[at : at + min(step, left)]
        yield piece
        left -= len(piece)
        at = (at + len(piece)) % len(_STUFF)


def content(number: int, size: int) -> bytes:
    """Give the bytes of a number as a whole."""
    return b"".join(pieces(number, size))


def digest(number: int, size: int) -> str:
    """Give the SHA-256 of the bytes of a number."""
    hashed = sha256()
    for piece in pieces(number, size):
        hashed.update(piece)
    return hashed.hexdigest()
