"""What a network does to an exchange: a script is data, which hypothesis can draw and shorten.

This module knows no socket.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple, TypeAlias

from hypothesis import strategies as st

Way: TypeAlias = Literal["request", "response"]
Act: TypeAlias = Literal["split", "pause", "stall", "reset", "half-close", "flip", "replace"]

WAYS: tuple[Way, ...] = ("request", "response")
CHANGES: tuple[Act, ...] = ("flip", "replace")
HARMLESS: tuple[Act, ...] = ("split", "pause")
"""These excuse nothing."""
HANGS: tuple[Act, ...] = ("stall", "flip", "replace")
"""After these somebody may wait for bytes that never come, so that the client needs a short timeout."""


class Step(NamedTuple):
    """One fault.

    Args:
        way: The direction that it befalls.
        at: After how many bytes of that direction, over all connections since the script began.
        act: What happens. ``split``: the next bytes pass in small pieces. ``pause``: nothing passes for a moment.
            ``stall``: nothing passes until the exchange is over. ``reset``: both sides get RST. ``half-close``:
            the receiver gets FIN, and the rest of the direction is lost. ``flip``: a byte is changed.
            ``replace``: bytes are taken out and others put in.
        number: The size of a piece, the mask of a flip, how many bytes are taken out.
        text: What is put in.
    """

    way: Way
    at: int
    act: Act
    number: int = 1
    text: bytes = b""


Script: TypeAlias = tuple[Step, ...]


class Player:
    """A script, and how far it has been played.

    Args:
        script: The steps, in any order.
    """

    def __init__(self, script: Script = ()) -> None:
        self._left = sorted(script, key=lambda step: step.at)
        self._passed: dict[Way, int] = dict.fromkeys(WAYS, 0)
        self.played: Counter[Act] = Counter()
        """How often each kind of fault has really happened."""

    def cut(self, way: Way, data: bytes) -> list[bytes | Step]:
        """Cut what has come from one side into what is to be passed on and what is to happen in between.

        A step at the end of the data comes at once and does not wait for the next byte, unless it changes one.
        """
        parts: list[bytes | Step] = []
        start, done = self._passed[way], 0
        for step in [step for step in self._left if step.way == way]:
            at = max(step.at - start, done)
            if at > len(data) - (step.act in CHANGES):
                continue
            self._left.remove(step)
            parts += [data[done:at], *self._changed(step, data[at:]), step]
            done = at + (1 if step.act == "flip" else step.number if step.act == "replace" else 0)
        self._passed[way] += len(data)
        return [part for part in (*parts, data[done:]) if part]

    def _changed(self, step: Step, data: bytes) -> list[bytes | Step]:
        if step.act == "flip":
            return [bytes([data[0] ^ step.number])]
        return [step.text] if step.act == "replace" else []


ANSWER = 450
"""About as long as an answer of the recording server, its head included."""
HEAD = 200
"""About as long as the head of a request."""


def scripts(body: int) -> st.SearchStrategy[Script]:
    """Draw scripts for an exchange with a body of so many bytes; the heads are as likely as the body."""
    of_request = st.one_of(st.integers(0, HEAD), st.integers(0, HEAD + body))
    of_response = st.one_of(st.integers(0, ANSWER // 4), st.integers(0, ANSWER))
    step = st.one_of(_steps("request", of_request), _steps("response", of_response))
    return st.lists(step, min_size=1, max_size=3).map(tuple)


def _steps(way: Way, places: st.SearchStrategy[int]) -> st.SearchStrategy[Step]:
    small, mask = st.integers(1, 64), st.integers(1, 255)
    plain: list[Act] = ["pause", "stall", "reset", "half-close"]
    split: Act = "split"
    flip: Act = "flip"
    replace: Act = "replace"
    # No slash: a Location that is changed must not begin to name a host.
    texts = st.sampled_from([b"", b"\r\n", b"\r\n\r\n", b"0", b"99", b"\x00", b"200 OK\r\n\r\n"])
    return st.one_of(
        st.builds(Step, st.just(way), places, st.sampled_from(plain), st.just(1), st.just(b"")),
        st.builds(Step, st.just(way), places, st.just(split), small, st.just(b"")),
        st.builds(Step, st.just(way), places, st.just(flip), mask, st.just(b"")),
        st.builds(Step, st.just(way), places, st.just(replace), small, texts),
    )
