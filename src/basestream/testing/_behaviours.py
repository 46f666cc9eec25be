"""What the recording server does with a request: a plan, chosen by the last segments of the path.

This module does not know about sockets and connections: a plan is a value, and ``_conversation`` carries it
out. The paths and their parameters stand in the docstring of ``basestream.testing``.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from ._challenges import REALM, Account, DigestRealm, Verdict, basic_is_right

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


class Script:
    """Chooses the plans, and remembers what several requests have in common: counts and the nonce."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.opaque = secrets.token_hex(8)
        self.clear()

    def clear(self) -> None:
        """Start all counts anew, with a fresh nonce."""
        with self._lock:
            self._counts: Counter[tuple[str, str]] = Counter()
            self.nonce = secrets.token_hex(16)

    def first_times(self, name: str, key: str, times: int) -> bool:
        """Count one more request of the key and say whether it is among the first ``times``."""
        with self._lock:
            self._counts[name, key] += 1
            return self._counts[name, key] <= times

    def plan(self, request: Request) -> Plan:
        """Choose the plan for a request; never raises."""
        before, last = ["", *request.path.split("/")][-2:]
        try:
            if before in _CODED and last.isdecimal():
                return _CODED[before](Call(request, self, _status(last)))
            if last in _PLAIN:
                return _PLAIN[last](Call(request, self, 200))
        except ValueError as wrong:
            return _answering(refusal(str(wrong)))
        return Plan()


@dataclass(frozen=True)
class Call:
    """A behaviour called with its parameters."""

    request: Request
    script: Script
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
        return self.script.first_times(name, self.text("key", ""), self.number("times", 1))


def _status(text: str) -> int:
    if len(text) != 3 or int(text) < HTTPStatus.OK:
        raise ValueError(f"no final status: {text!r}")
    return int(text)


def _answering(answer: Answer, *, after: int | None = None, then: Ending = "keep") -> Plan:
    return Plan(after=after, answer=lambda _: answer, then=then)


def _plain_status(call: Call) -> Plan:
    return _answering(call.answer())


def _redirect(call: Call) -> Plan:
    return _answering(call.answer(("Location", call.text("to"))))


def _redirect_early(call: Call) -> Plan:
    end = call.text("end", "rst")
    if end not in ("rst", "fin"):
        raise ValueError(f"end: neither rst nor fin: {end!r}")
    answer = call.answer(("Location", call.text("to")))
    return _answering(answer, after=call.number("after", 0), then="fin" if end == "fin" else "reset")


def _early(call: Call) -> Plan:
    then: Ending = "reset" if call.number("rst", 0) else "fin"
    return _answering(call.answer(), after=call.number("after", 0), then=then)


def _flaky(call: Call) -> Plan:
    answer = call.answer()
    return _answering(answer) if call.among_first("flaky") else Plan()


def _reset(call: Call) -> Plan:
    broken = Plan(after=call.number("after", 0), answer=None, then="reset")
    return broken if call.among_first("reset") else Plan()


def _close(call: Call) -> Plan:
    broken = Plan(after=call.number("after", 0), answer=None, then="fin")
    return broken if call.among_first("close") else Plan()


def _stall(call: Call) -> Plan:
    return Plan(after=call.number("after", 0), stall=True)


def _set_cookie(call: Call) -> Plan:
    domain = "".join(f"; Domain={domain}" for domain in call.texts("domain"))
    cookie = f"{call.text('name')}={call.text('value')}; Path=/{domain}"
    return _answering(call.answer(("Set-Cookie", cookie)))


def _basic(call: Call) -> Plan:
    account = Account(call.text("user"), call.text("password"))
    if any(basic_is_right(value, account) for value in call.request.header("authorization")):
        return Plan()
    return _unauthorized([f'Basic realm="{REALM}", charset="UTF-8"'])


def _digest(call: Call) -> Plan:
    account = Account(call.text("user"), call.text("password"))
    qop, userhash = call.text("qop", "auth"), bool(call.number("userhash", 0))
    realms = [
        DigestRealm(account, algorithm, qop, call.script.nonce, call.script.opaque, userhash=userhash)
        for algorithm in call.text("algorithm", "SHA-256").split(",")
    ]
    verdicts = {_judge(realm, call.request) for realm in realms}
    if "right" in verdicts:
        return Plan()
    return _unauthorized([realm.challenge(stale="stale" in verdicts) for realm in realms])


def _judge(realm: DigestRealm, request: Request) -> Verdict:
    given = request.header("authorization")
    return realm.verdict(given[0], request.method, request.target) if len(given) == 1 else "wrong"


def _unauthorized(challenges: list[str]) -> Plan:
    return _answering(Answer(401, [("WWW-Authenticate", challenge) for challenge in challenges]))


_CODED: Mapping[str, Callable[[Call], Plan]] = {
    "early": _early,
    "flaky": _flaky,
    "redirect": _redirect,
    "redirect-early": _redirect_early,
    "status": _plain_status,
}
_PLAIN: Mapping[str, Callable[[Call], Plan]] = {
    "basic": _basic,
    "close": _close,
    "digest": _digest,
    "reset": _reset,
    "set-cookie": _set_cookie,
    "stall": _stall,
}
