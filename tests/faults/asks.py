"""What a caller asks for: what may become of it at a server, and what the caller may be told.

This module knows no client, no network and no session.
"""

from __future__ import annotations

import hashlib
import json
from typing import Literal, NamedTuple, TypeAlias

from hypothesis import strategies as st

from .bodies import Body, Plan, plans

What: TypeAlias = Literal[
    "plain", "status", "redirect", "again", "early", "flaky", "reset", "close", "redirect-early", "challenge"
]  # fmt: skip
Scheme: TypeAlias = Literal["none", "basic", "digest"]

ALL: tuple[What, ...] = (
    "plain", "plain", "status", "redirect", "again", "early",
    "flaky", "reset", "close", "redirect-early", "challenge",
)  # fmt: skip
SCHEMES: tuple[Scheme, ...] = ("none", "basic", "digest")
NEEDS_IT_AGAIN: tuple[What, ...] = (
    "redirect", "again", "flaky", "reset", "close", "redirect-early", "challenge",
)  # fmt: skip
"""Where a body that can be read once may be `BodyConsumed`."""


class Ask(NamedTuple):
    """A request to be made.

    Args:
        what: How the server is to behave.
        code: A redirect's status.
        after: How many bytes of the body the server reads before it answers early or breaks off.
        plan: The body; None for a GET.
    """

    what: What = "plain"
    code: int = 307
    after: int = 0
    plan: Plan | None = None


def asks(*, asynchronous: bool) -> st.SearchStrategy[Ask]:
    """Draw requests."""
    after = st.one_of(st.just(0), st.integers(0, 400_000))
    body = st.one_of(st.none(), plans(asynchronous=asynchronous), plans(asynchronous=asynchronous))
    return st.builds(Ask, st.sampled_from(ALL), st.sampled_from((303, 307, 308)), after, body)


class Hop(NamedTuple):
    """One request that a server may see."""

    method: str
    target: str
    body: bytes | None
    """None for one that may not be complete: its body is wrong."""


class Asked:
    """A request as it is made.

    Args:
        ask: What was drawn.
        number: Its own, which every answer names.
        scheme: What the session's credentials are for.
        body: Its body.
    """

    def __init__(self, ask: Ask, number: int, scheme: Scheme, body: Body | None = None) -> None:
        self.ask = ask
        self.number = number
        self.scheme: Scheme = scheme
        self.body = body
        self.method = "GET" if body is None else "PUT"
        self.reference = self._reference()
        whole = b"" if body is None else None if body.plan.wrong else body.right
        self.hops = [Hop(self.method, f"/v1/{self.reference}", whole)]
        if ask.what in ("redirect", "redirect-early"):
            landed = f"/v1/landed?id={number}"
            seeing_other = ask.code == 303
            self.hops.append(Hop("GET", landed, b"") if seeing_other else Hop(self.method, landed, whole))

    @property
    def is_wrong(self) -> bool:
        """Whether its body is wrong."""
        return self.body is not None and bool(self.body.plan.wrong)

    @property
    def may_be_consumed(self) -> bool:
        """Whether its body can be read once, and may be needed again."""
        one_shot = self.body is not None and not self.body.is_replayable
        return (
            one_shot
            and self.ask.what in NEEDS_IT_AGAIN
            and not (self.ask.what == "redirect" and self.ask.code == 303)
        )

    @property
    def may_break(self) -> bool:
        """Whether the server itself breaks the connection."""
        return self.ask.what in ("reset", "close", "redirect-early")

    def most_times(self, *, patient: bool) -> int:
        """Give how often a server may see the same hop complete."""
        answers = 2 if self.ask.what in ("challenge", "again") else 1
        return answers + (3 if patient else 0)

    def is_answered_by(self, status: int, body: bytes) -> bool:
        """Tell whether an answer is one to this request."""
        if self.ask.what == "challenge" and self.scheme == "none":
            return status == 401 and not body
        if status == self._own_status():
            return body == self._mark().encode()
        return status == 200 and any(_describes(body, hop) for hop in self.hops)

    def _own_status(self) -> int | None:
        own: dict[What, int] = {"status": 404, "early": 413, "flaky": 503}
        return own.get(self.ask.what)

    def _mark(self) -> str:
        return f"answer-{self.number}"

    def _reference(self) -> str:
        ask, number, mark = self.ask, self.number, self._mark()
        landed = f"to=/v1/landed%3Fid%3D{number}"
        scheme = "basic" if self.scheme == "none" else self.scheme
        references: dict[What, str] = {
            "plain": f"item?id={number}",
            "status": f"status/404?body={mark}",
            "redirect": f"redirect/{ask.code}?{landed}",
            "again": f"flaky/307?times=1&key={number}&header=Location:%23again",
            "early": f"early/413?after={ask.after}&body={mark}",
            "flaky": f"flaky/503?times=1&key={number}&body={mark}",
            "reset": f"reset?times=1&after={ask.after}&key={number}",
            "close": f"close?times=1&after={ask.after}&key={number}",
            "redirect-early": f"redirect-early/{ask.code}?{landed}&after={ask.after}",
            "challenge": f"{scheme}?user=me&password=secret&id={number}",
        }
        return references[ask.what]


def _describes(answer: bytes, hop: Hop) -> bool:
    """Tell whether the server's description of a request is one of this hop, whole."""
    if hop.body is None or not answer.startswith(b"{"):
        return False
    try:
        seen: dict[str, object] = json.loads(answer)
    except ValueError:
        return False
    wanted = {
        "method": hop.method,
        "target": hop.target,
        "size": len(hop.body),
        "sha256": hashlib.sha256(hop.body).hexdigest(),
    }
    return wanted == {name: seen.get(name) for name in wanted}
