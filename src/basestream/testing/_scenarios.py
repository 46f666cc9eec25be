"""What a scenario is: a row with an identifier, a rule, a claim and a function that shows whether the claim holds.

Rule 1: a row uses a backend through a `Stage` only, so that it knows no client.
Rule 2: a row raises ``AssertionError`` where the claim does not hold, and says what was seen instead.
Rule 3: what a backend cannot do is declared, by capability and with a reason, and a declaration must be true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._stage import Stage

CAPABILITIES: Mapping[str, str] = {
    "params": "the session's methods take query parameters beside a query in the reference",
    "session-headers": "the session has ``headers`` that go with every request",
    "redirects": "the session follows redirects, or can be told to",
    "retries": "the client has a policy of sending again after a fault of the network and after a 503",
    "first-block-check": "a wrong body of one block is noticed before a connection is opened",
    "early-answer": "an answer that comes before the body was sent is returned",
    "wrong-body-after-early-answer": "a wrong body is noticed although an answer came before all of it was read",
    "answer-before-reset": "such an answer is returned when the server then resets the connection",
    "reset-on-abort": "an upload that is cut short on a new connection over plain HTTP ends in a reset",
    "reset-on-reused-connection": "the same on a connection that has carried a request before",
}
"""What a backend may lack, and what that means. A `Profile` names them; by default a backend has them all."""


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


@dataclass(frozen=True)
class Profile:
    """What a backend declares that it cannot do.

    Args:
        lacks: Capabilities, each with the reason.
        varies: Capabilities that it has or has not as the timing of the network falls, each with the reason:
            the only ones where both outcomes are accepted.
        differs: Identifiers of single rows that it does not meet, each with the reason.

    Raises:
        ValueError: A capability is unknown, or a reason is missing.

    Example:
        >>> Profile(lacks={"retries": "the client never sends a request again"}).lacks["retries"]
        'the client never sends a request again'
    """

    lacks: Mapping[str, str] = field(default_factory=dict[str, str])
    varies: Mapping[str, str] = field(default_factory=dict[str, str])
    differs: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        unknown = sorted({*self.lacks, *self.varies} - set(CAPABILITIES))
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; there are {', '.join(sorted(CAPABILITIES))}")
        bare = sorted(
            name for declared in (self.lacks, self.differs) for name in declared if not declared[name]
        )
        if bare:
            raise ValueError(f"give the reason for {', '.join(bare)}")

    def declared(self, scenario: Scenario) -> str:
        """Give the reason why a row is declared not to hold; empty if it is to hold."""
        for capability in sorted(scenario.needs):
            if capability in self.lacks:
                return f"{capability}: {self.lacks[capability]}"
        return self.differs.get(scenario.id, "")

    def is_steady(self, scenario: Scenario) -> bool:
        """Tell whether the outcome of a row is the same each time."""
        return not scenario.needs & set(self.varies)
