"""Judges an exchange by three witnesses: what was sent, what the server has read, what the caller was told.

What must never be: a request that nobody asked for, a body that is complete and wrong, an answer that belongs to
another request, a wrong body without an error, a connection that is used again after a request broke off on it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from basestream import BodyConsumed, BodyError, BodySizeError, BodySourceError, BodyTooLong, BodyTooShort
from basestream.testing import Exchange, Reply

from .asks import Asked, Hop
from .links import Seen

FIRST_BLOCK = 64 * 1024
_REQUEST_LINE = re.compile(rb"(?:GET|PUT) [^ ]+ HTTP/1\.1\r\n")


class Violation(AssertionError):
    """Something that must never be."""


class Client(NamedTuple):
    """What the oracle has to know of a client.

    Args:
        patient: Whether it sends again after a fault of the network.
        errors: Its own errors.
        takes_cut_heads: Whether it takes a response for whole whose head breaks off, as `http.client` does.
    """

    patient: bool
    errors: tuple[type[BaseException], ...]
    takes_cut_heads: bool


class Sent(NamedTuple):
    """A request as a client has sent it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    is_complete: bool


def requests_in(data: bytes) -> list[Sent]:
    """Read what a client has sent on one connection, by RFC 9112 and nothing of the server's code."""
    found: list[Sent] = []
    while data:
        head, end, rest = data.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        parts = line.split(" ")
        if not end or len(parts) != 3:
            found.append(Sent(parts[0], parts[1] if len(parts) > 1 else "", [], data, is_complete=False))
            return found
        headers = [(name.lower(), value.strip()) for name, _, value in (f.partition(":") for f in fields)]
        lengths = [value for name, value in headers if name == "content-length"]
        length = int(lengths[0]) if lengths and lengths[0].isdecimal() else 0
        found.append(Sent(parts[0], parts[1], headers, rest[:length], len(rest) >= length))
        data = rest[length:]
    return found


class Outcome(NamedTuple):
    """What became of an exchange."""

    asked: Asked
    told: Reply | BaseException
    faults: int
    """How many have happened that may end a request; a timeout that is too short is one."""
    seen: Sequence[Seen]
    exchanges: Sequence[Exchange]


class Oracle:
    """Judges the exchanges of one session, one after the other.

    Args:
        client: What is to be known of its client.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._broken_off: set[int] = set()
        self.counts: Counter[str] = Counter()

    def judge(self, outcome: Outcome) -> None:
        """Judge.

        Raises:
            Violation: Something that must never be has been.
        """
        changed = {seen.number for seen in outcome.seen if "request" in seen.changed}
        misled = any(seen.changed for seen in outcome.seen)  # a changed request too may name where to go next
        cut = any(seen.ended_early for seen in outcome.seen) and self._client.takes_cut_heads
        for seen in outcome.seen:
            self._judge_sent(outcome.asked, seen, misled=misled or cut)
        done = [x for x in outcome.exchanges if x.connection not in changed]
        for exchange in done:
            self._judge_executed(outcome.asked, exchange, misled=misled or cut)
        self._judge_times(outcome.asked, done, misled=misled or cut)
        self._judge_told(outcome, believable=not (misled or cut))

    def _judge_sent(self, asked: Asked, seen: Seen, *, misled: bool) -> None:
        if not seen.sent:
            return
        if seen.number in self._broken_off:
            # A system goes on sending what a client has left with it, also after the client has given up.
            if line := _REQUEST_LINE.search(seen.sent):
                raise Violation(f"a connection was used again on which a request had broken off: {line[0]!r}")
            return
        for sent in requests_in(seen.sent):
            self.counts["requests sent"] += 1
            if not sent.is_complete:
                self._broken_off.add(seen.number)
                continue
            framing = [
                value for name, value in sent.headers if name in ("content-length", "transfer-encoding")
            ]
            if framing not in ([str(len(sent.body))], []) or (sent.method == "PUT" and not framing):
                raise Violation(f"not framed by one Content-Length: {sent.headers}")
            self._judge_whole(asked, sent.method, sent.target, sent.body, misled=misled)

    def _judge_executed(self, asked: Asked, exchange: Exchange, *, misled: bool) -> None:
        if exchange.complete:
            self.counts["complete requests compared"] += 1
            self.counts["bytes compared"] += exchange.size
            self._judge_whole(asked, exchange.method, exchange.target, exchange.body, misled=misled)
        elif exchange.error and "ended inside" not in exchange.error:
            raise Violation(f"the server could not read a request: {exchange.error}, {exchange!r}")

    def _judge_whole(self, asked: Asked, method: str, target: str, body: bytes, *, misled: bool) -> None:
        hops = asked.hops
        if misled:  # the server's own word may have led anywhere, but never with another body
            hops = [*hops, *(hop._replace(target=target) for hop in hops), Hop("GET", target, b"")]
        named = [hop for hop in hops if (hop.method, hop.target) == (method, target)]
        if not named:
            raise Violation(f"a request that nobody asked for: {method} {target}")
        if all(hop.body != body for hop in named):
            raise Violation(f"a complete body that is wrong: {method} {target}, {len(body)} bytes")

    def _judge_times(self, asked: Asked, exchanges: Sequence[Exchange], *, misled: bool) -> None:
        most = asked.most_times(patient=self._client.patient)
        times = Counter((x.method, x.target) for x in exchanges if x.complete)
        if not misled and times and max(times.values()) > most:
            raise Violation(f"executed more than {most} times: {times}")

    def _judge_told(self, outcome: Outcome, *, believable: bool) -> None:
        asked, told = outcome.asked, outcome.told
        if asked.is_wrong:
            self._judge_wrong(outcome, believable=believable)
        elif isinstance(told, (BodySizeError, BodySourceError)):
            raise Violation("a body that is right was refused") from told
        elif isinstance(told, BaseException):
            self._judge_error(outcome, told, believable=believable)
        elif believable and not asked.is_answered_by(told.status, told.body):
            raise Violation(f"not the answer to {asked.reference}: {told.status} {told.body[:300]!r}")

    def _judge_wrong(self, outcome: Outcome, *, believable: bool) -> None:
        asked, told, body = outcome.asked, outcome.told, outcome.asked.body
        assert body is not None
        early = asked.may_break or asked.ask.what == "early" or outcome.faults
        if isinstance(told, Reply):
            if body.fault_was_reached:
                raise Violation(f"a wrong body, and no error: {asked.reference}, {told.status}")
            if not early or body.plan.size <= FIRST_BLOCK:
                raise Violation(f"a wrong body was not read to its end: {asked.reference}, {told.status}")
            return
        self.counts["wrong bodies refused"] += 1
        if not early and not _is_the_error_of(body.plan.wrong, body.error, told):
            raise Violation(f"a wrong body ({body.plan.wrong}) with another error: {told!r}") from told

    def _judge_error(self, outcome: Outcome, error: BaseException, *, believable: bool) -> None:
        asked = outcome.asked
        self.counts["errors told"] += 1
        if isinstance(error, BodyConsumed):
            one_shot = asked.body is not None and not asked.body.is_replayable
            if not one_shot or not (asked.may_be_consumed or outcome.faults):
                raise Violation("a body is said to be consumed that need not be") from error
        elif not outcome.faults and not (asked.may_break and isinstance(error, self._client.errors)):
            raise Violation(f"an error without a fault: {asked.reference}: {error!r}") from error
        elif believable and not isinstance(error, (*self._client.errors, BodyError)):
            raise Violation(f"neither the client's error nor ours: {error!r}") from error


def _is_the_error_of(wrong: str, own: Exception | None, told: BaseException) -> bool:
    if own is None:
        return isinstance(told, BodyTooShort if wrong == "short" else BodyTooLong)
    return told is own or (isinstance(told, BodySourceError) and told.__cause__ is own)
