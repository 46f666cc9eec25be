"""The mutants that may survive.

In survivors.txt a reason stands on lines with ``#``, and the mutants that it holds for follow: the function, then
what the mutant takes away and what it puts there. Without line numbers, an entry outlives a change elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).parent / "survivors.txt"


class Mutant(NamedTuple):
    """A mutant by what it does."""

    function: str
    changes: tuple[str, ...]

    def text(self) -> str:
        """As it stands in the list."""
        return "\n".join([self.function, *self.changes])


def _without_cast(line: str) -> str:
    return re.sub(r'cast\((?:None|"[^"]*"), ', "cast(", line)


def _codec_lowered(line: str) -> str:
    return re.sub(r'"(?:utf-8|latin-1|ascii)"', lambda found: found[0].lower(), line, flags=re.IGNORECASE)


def _prose_lowered(line: str) -> str:
    """Strings of four words and more, without the marks that mutmut puts around them."""
    return re.sub(r'"([^"]*(?: [^ "]+){3}[^"]*)"', _marks_removed, line)


def _marks_removed(found: re.Match[str]) -> str:
    return found[1].removeprefix("XX").removesuffix("XX").lower()


RULES: dict[str, Callable[[str], str]] = {
    "the type in a cast is for the type checkers": _without_cast,
    "codecs are found in any case": _codec_lowered,
    "of the wording of a message the tests look at the part that matters": _prose_lowered,
}
"""What makes a mutant and its original the same, and why; these need no entry."""


def reason_for(mutant: Mutant, listed: dict[Mutant, str]) -> str | None:
    """Why a mutant may survive, if it may."""
    if mutant in listed:
        return listed[mutant]
    before = [line[2:] for line in mutant.changes if line.startswith("-")]
    after = [line[2:] for line in mutant.changes if line.startswith("+")]
    return next((why for why, same in RULES.items() if [*map(same, before)] == [*map(same, after)]), None)


def accepted() -> dict[Mutant, str]:
    """Read the list: each mutant, and why it may survive."""
    found: dict[Mutant, str] = {}
    reason = ""
    for block in LIST.read_text("utf-8").split("\n\n"):
        lines = block.strip().splitlines()
        if lines and lines[0].startswith("#"):
            reason = " ".join(line.lstrip("# ") for line in lines)
        elif lines:
            found[Mutant(lines[0], tuple(lines[1:]))] = reason
    return found
