"""What a backend declares that it cannot do: by capability or by row, with a reason, and it must be true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

CAPABILITIES: Mapping[str, str] = {
    "params": "the session's methods take query parameters beside a query in the reference",
    "session-headers": "the session has ``headers`` that go with every request",
    "session-auth": "the session has ``auth``, a pair of user name and password for Basic",
    "session-params": "the session has ``params`` that go with every request",
    "cookies": "the session has a jar, ``cookies``, with a method ``set(name, value, domain=...)``",
    "call-auth": "the session's methods take ``auth``, such a pair for the one request",
    "guess-auth": "the backend has ``GuessAuth(username, password)``, which the session takes as its ``auth``",
    "guess-auth-at-once": "it counts the uses of a nonce rightly when many requests are under way at once",
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


class Row(Protocol):
    """What is asked of a row, which stands above this module."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities that it shows."""
        ...


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

    def declared(self, row: Row) -> str:
        """Give the reason why a row is declared not to hold; empty if it is to hold."""
        for capability in sorted(row.needs):
            if capability in self.lacks:
                return f"{capability}: {self.lacks[capability]}"
        return self.differs.get(row.id, "")

    def is_steady(self, row: Row) -> bool:
        """Tell whether the outcome of a row is the same each time."""
        return not row.needs & set(self.varies)
