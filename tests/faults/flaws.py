"""Sessions with one flaw each, and the complaint that the oracle has to make of it."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from basestream import SizedStream
from basestream.testing import Reply

from .bodies import SMUGGLED
from .raw import RawCaller


def _read(body: SizedStream) -> bytes:
    """Read a body up to its fault."""
    blocks: list[bytes] = []
    with suppress(Exception):
        blocks += map(bytes, body)
    return b"".join(blocks)


class Truncates(RawCaller):
    """Takes a source that fails for one that has ended."""

    def length(self, body: SizedStream) -> int:
        return len(_read(body)) if self._is_wrong(body) else body.size

    def blocks(self, body: SizedStream) -> Iterable[bytes]:
        return [_read(body)] if self._is_wrong(body) else body

    def _is_wrong(self, body: SizedStream) -> bool:
        return body.replayable and len(_read(body)) < body.size


class Pads(RawCaller):
    """Fills up what is missing, so that the request is complete."""

    def blocks(self, body: SizedStream) -> Iterable[bytes]:
        return [_read(body).ljust(body.size, b"\0")]


class SendsSurplus(RawCaller):
    """Goes on behind the end of the body."""

    def blocks(self, body: SizedStream) -> Iterable[bytes]:
        yield from body
        yield SMUGGLED


class KeepsBrokenConnections(RawCaller):
    """Uses a connection again on which an exchange has ended in an error."""

    def failed(self) -> None:
        pass


class KeepsLateAnswers(KeepsBrokenConnections):
    """The same, without looking whether something has come in the meantime."""

    def _connected(self, port: int, timeout: float) -> socket.socket:
        return super()._connected(port, timeout) if self.socket is None else self.socket


class SwapsAnswers(RawCaller):
    """Gives the answer to the request before."""

    last: Reply | None = None

    def request(self, method: str, url: Any, **given: Any) -> Reply:
        reply, self.last = self.last, super().request(method, url, **given)
        return reply or self.last


class HidesErrors(RawCaller):
    """Answers for the server when the source fails."""

    def request(self, method: str, url: Any, **given: Any) -> Reply:
        try:
            return super().request(method, url, **given)
        except ValueError:
            return Reply(200, b"", "")


class SendsTwice(RawCaller):
    """Makes each request twice."""

    def exchange(
        self, method: str, target: str, credentials: str, body: SizedStream | None, timeout: float
    ) -> Reply:
        with suppress(Exception):
            super().exchange(method, target, credentials, body, timeout)
        return super().exchange(method, target, credentials, body, timeout)


class AsksForMore(RawCaller):
    """Makes a request of its own beside the caller's."""

    def request(self, method: str, url: Any, **given: Any) -> Reply:
        with suppress(OSError, ValueError):
            super().request("GET", "more", timeout=given["timeout"])
        return super().request(method, url, **given)


class RefusesRightBodies(RawCaller):
    """Raises the error of a wrong body for a right one."""

    def blocks(self, body: SizedStream) -> Iterable[bytes]:
        if body.size > 1000:
            raise ValueError("too large")
        return body


class RepeatsTheFirstBody(RawCaller):
    """Sends the bytes of another request of the same size."""

    first = b""

    def blocks(self, body: SizedStream) -> Iterable[bytes]:
        data = b"".join(map(bytes, body))
        self.first = self.first or data
        return [(self.first * (1 + len(data) // len(self.first)))[: len(data)] if data else b""]


class ForgetsToClose(RawCaller):
    """Leaves its connection open."""

    def end(self) -> None:
        pass


FLAWS: dict[type[RawCaller], str] = {
    Truncates: "a complete body that is wrong",
    Pads: "a complete body that is wrong",
    SendsSurplus: "could not read a request|nobody asked for",
    KeepsBrokenConnections: "left unfinished|used again",
    KeepsLateAnswers: "left unfinished|used again|not the answer to",
    SwapsAnswers: "not the answer to",
    HidesErrors: "a wrong body, and no error",
    SendsTwice: "executed more than",
    AsksForMore: "nobody asked for",
    RefusesRightBodies: "without a fault|neither the client's error",
    RepeatsTheFirstBody: "a complete body that is wrong",
    ForgetsToClose: "left open",
}
