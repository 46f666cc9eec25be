"""What can be done with a request: an answer, a plan, and the call of a behaviour with its parameters.

This module does not know about sockets and connections, and not which behaviours there are.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._parsing import Headers, Request
    from ._records import Exchange

Ending = Literal["keep", "fin", "reset"]


@dataclass(frozen=True)
class Answer:
    """A response before it is written."""

    status: int
    headers: Headers = field(default_factory=list[tuple[str, str]])
    body: bytes = b""

    def wire_bytes(self, *, head_only: bool, close: bool) -> bytes:
        """Write it for HTTP/1.1, sized; 204 and 304 have neither body nor length.

        RFC 9110 sections 8.6 and 15.3.5.
        """
        empty = self.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [] if empty else [f"Content-Length: {len(self.body)}"]
        lines += ["Connection: close"] if close else []
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return head if empty or head_only else head + self.body


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Kit"


def describe(exchange: Exchange) -> Answer:
    """Answer with what arrived."""
    names = ("method", "target", "framing", "size", "sha256", "headers")
    body = json.dumps({name: getattr(exchange, name) for name in names})
    return Answer(200, [("Content-Type", "application/json")], body.encode("ascii"))


def refusal(reason: str) -> Answer:
    """Answer 400 with the reason."""
    return Answer(400, body=reason.encode("latin-1", "replace"))


@dataclass(frozen=True)
class Plan:
    """What to do with one request.

    Args:
        after: How many bytes of body to read first; ``None`` for all.
        stall: Whether to wait for the release then, and to read the rest.
        answer: Makes the answer from what arrived; ``None`` for no answer.
        then: What becomes of the connection.
    """

    after: int | None = None
    stall: bool = False
    answer: Callable[[Exchange], Answer] | None = describe
    then: Ending = "keep"


class State:
    """What several requests have in common: counts, and the nonce in use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.opaque = secrets.token_hex(8)
        self.clear()

    def clear(self) -> None:
        """Start all counts anew, with a fresh nonce."""
        with self._lock:
            self._counts: Counter[tuple[str, str]] = Counter()
            self._spent: set[str] = set()
            self.nonce = secrets.token_hex(16)

    def first_times(self, name: str, key: str, times: int) -> bool:
        """Count one more request of the key and say whether it is among the first ``times``."""
        with self._lock:
            self._counts[name, key] += 1
            return self._counts[name, key] <= times

    def spend(self, nonce: str, count: str, uses: int) -> bool:
        """Take one use of the nonce, and say whether it was good for it: a count that was seen is a replay.

        RFC 7616 section 3.4, nc.
        """
        with self._lock:
            good = nonce == self.nonce and count not in self._spent
            if good:
                self._spent.add(count)
                if len(self._spent) == uses:
                    self._renew()
            return good

    def renew(self) -> str:
        """Give a fresh nonce: the one before is stale."""
        with self._lock:
            return self._renew()

    def _renew(self) -> str:
        self.nonce, self._spent = secrets.token_hex(16), set()
        return self.nonce


@dataclass(frozen=True)
class Call:
    """A behaviour called with its parameters."""

    request: Request
    state: State
    status: int

    def texts(self, name: str) -> list[str]:
        return [value for key, value in self.request.query if key == name]

    def text(self, name: str, default: str | None = None) -> str:
        values = self.texts(name) or ([] if default is None else [default])
        if len(values) != 1:
            raise ValueError(f"{name}: give it once")
        return values[0]

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        if not text.isdecimal():  # latin-1 has no decimal digits but those of ASCII
            raise ValueError(f"{name}: no number: {text!r}")
        return int(text)

    def answer(self, *headers: tuple[str, str]) -> Answer:
        """Make this call's answer with the headers and the body that the query asks for."""
        more: Headers = []
        for text in self.texts("header"):
            name, colon, value = text.partition(":")
            if not colon:
                raise ValueError(f"header: no colon: {text!r}")
            more.append((name, value.strip()))
        return Answer(self.status, [*headers, *more], self.text("body", "").encode("latin-1"))

    def among_first(self, name: str) -> bool:
        return self.state.first_times(name, self.text("key", ""), self.number("times", 1))


def final_status(text: str) -> int:
    if len(text) != 3 or int(text) < HTTPStatus.OK:
        raise ValueError(f"no final status: {text!r}")
    return int(text)


def answering(answer: Answer, *, after: int | None = None, then: Ending = "keep") -> Plan:
    return Plan(after=after, answer=lambda _: answer, then=then)
