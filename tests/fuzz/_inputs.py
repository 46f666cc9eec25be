"""An input of the fuzzer taken apart, and the measure of linear time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

SEPARATOR = "\x1e"  # between the texts of one input; every other control character may stand in them
PUMPED = 32 * 1024
TOO_LONG = 1.0  # quadratic, what takes 20 ns for two characters takes ten seconds


class Input(NamedTuple):
    """What the bytes of the fuzzer mean: some switches, then texts."""

    switches: int
    texts: list[str]

    def choose(self, options: int, shift: int) -> int:
        """One of so many options, by the bits of the switches from that place on."""
        return (self.switches >> shift) % options


def read_input(data: bytes, encoding: str) -> Input:
    """Two bytes of switches, then texts; what is not in the encoding becomes unpaired surrogates."""
    texts = data[2:].decode(encoding, "surrogateescape").split(SEPARATOR)
    return Input(int.from_bytes(data[:2], "big"), texts)


def assert_linear(use: Callable[[str], object], text: str) -> None:
    """Repeat a text up to 32 KiB, and use it: linear code takes milliseconds."""
    pumped = text * (PUMPED // len(text)) if text else ""
    begin = time.thread_time()  # of this thread alone: the machine may be busy
    use(pumped)
    elapsed = time.thread_time() - begin
    assert elapsed < TOO_LONG, f"{len(pumped)} characters took {elapsed:.1f} s"
