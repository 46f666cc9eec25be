"""What a scenario is: a row with an identifier, a rule, a claim and a function that shows whether the claim holds.

Rule 1: a row uses a backend through a `Stage` only, so that it knows no client.
Rule 2: a row raises ``AssertionError`` where the claim does not hold, and says what was seen instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ._stage import Stage


@dataclass(frozen=True)
class Scenario:
    """One row of the kit.

    Args:
        id: Its name, unique and stable: profiles and reports refer to it.
        rule: The number of the rule in the documentation.
        claim: What must hold, as a sentence.
        run: Plays it; raises ``AssertionError`` where the claim does not hold.
        source: Where the rule comes from, a section of an RFC for instance; empty where it is ours alone.
        needs: The capabilities that it shows.
    """

    id: str
    rule: str
    claim: str
    run: Callable[[Stage], None] = field(repr=False)
    source: str = ""
    needs: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.id
