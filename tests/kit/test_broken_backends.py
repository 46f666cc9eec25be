"""B2: the kit finds what is wrong. Each backend here is a good one, broken in one way, and named with its row.

What a row says of the broken one is given too: it must fail for its reason, not because of a slip in this file.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import pytest

from basestream import BodyConsumed, BodyError, BodyTooLong, BodyTooShort, InvalidURL, SizedStream
from basestream.backend import Abort, Asked, Authenticator, AuthFlow, Limits, basic
from basestream.testing import check, scenarios
from drivers import Driver
from support import under_test

if not under_test("urllib3"):
    pytest.skip("urllib3 is not under test", allow_module_level=True)

import urllib3

from basestream_urllib3 import BaseUrlSession, GuessAuth

NOTHING_RAISED = "expected, and nothing was raised"


class Session(BaseUrlSession):
    """A good session, with two places to break it."""

    def request(self, *args: Any, **given: Any) -> Any:
        """Every verb comes through here."""
        method, url = args
        return self.exchange(method, url, given.pop("body", None), given)

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """The first place: a request and its response."""
        if isinstance(body, SizedStream):
            body = self.sent(body, given)
        return super().request(method, url, body=body, **given)

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """The second: what is sent for a stream."""
        return body


class Broken(NamedTuple):
    """A broken backend."""

    name: str
    session: type[Session]
    row: str
    says: str

    def __str__(self) -> str:
        return f"{self.name}-{self.row}"


BROKEN: list[Broken] = []


def caught_by(row: str, says: str) -> Callable[[type[Session]], type[Session]]:
    """Register a broken session with the row that must catch it, and with a part of what the row must say."""

    def register(session: type[Session]) -> type[Session]:
        BROKEN.append(Broken(session.__name__, session, row, says))
        return session

    return register


# --- URLs: other ways to join


def good(api: BaseUrlSession, url: str) -> str:
    """Join as the good session does."""
    return BaseUrlSession.create_url(api, url)


def glued(api: BaseUrlSession, url: str) -> str:
    """Leave all but the slash between to the client."""
    return f"{api.base_url}/{url}"


def refusing_colons(api: BaseUrlSession, url: str) -> str:
    """Take what stands before a colon for a scheme."""
    if ":" in url:
        raise InvalidURL(f"no such scheme: {url}", url=url)
    return good(api, url)


def nameless(api: BaseUrlSession, url: str) -> str:
    """Leave out of an error which reference it is about."""
    try:
        return good(api, url)
    except InvalidURL as error:
        raise type(error)("no base") from None


Join = Callable[[BaseUrlSession, str], str]

JOINS: dict[str, tuple[Join, str, str]] = {
    "JoinsTwice": (
        lambda api, url: good(api, good(api, url).split("/", 3)[3]),
        "U1-segment",
        "sent ['/v1/v1/users']",
    ),
    "JoinsAsUrljoin": (
        lambda api, url: urljoin(str(api.base_url), url),
        "U1-segment",
        "sent ['/users']",
    ),
    "DropsTheLastSegment": (
        lambda api, url: good(api, "../" + url),
        "U1-base-with-a-slash",
        "sent ['/users', '/?q=1', '/']",
    ),
    "DropsTheSlashAtTheEnd": (
        lambda api, url: good(api, url).rstrip("/"),
        "U1-slash-at-the-end",
        "sent ['/v1/users']",
    ),
    "PutsTheRootBelowTheBase": (
        lambda api, url: good(api, url.lstrip("/")),
        "U2-path",
        "sent ['/v1/users']",
    ),
    "AddsASlashToTheBase": (
        lambda api, url: good(api, url or "."),
        "U3-empty",
        "sent ['/v1/'], wanted ['/v1']",
    ),
    "LeavesDotSegments": (glued, "U6-encoded-dots", "sent ['/v1/%2E%2E/x']"),
    "TakesAColonForAScheme": (refusing_colons, "U7-id", "no such scheme: users:123"),
    "RewritesAnAbsoluteURL": (
        lambda api, url: good(api, url).replace("%2F", "/"),
        "U8-absolute",
        "sent ['/bucket/a%20b/c",
    ),
    "TakesASchemeForAName": (
        lambda api, url: good(api, "./" + url),
        "U9-no-slashes",
        f"InvalidURL {NOTHING_RAISED}",
    ),
    "LetsAHostThrough": (
        lambda api, url: good(api, "/") + url,
        "U10-network-path",
        f"InvalidURL {NOTHING_RAISED}",
    ),
    "DropsEmptySegments": (
        lambda api, url: re.sub("(?<!:)/+", "/", good(api, url)),
        "U11-empty-segments",
        "sent ['/v1/a/b/']",
    ),
    "EncodesControlCharacters": (
        lambda api, url: good(api, quote(url)),
        "U12-line-feed",
        f"InvalidURL {NOTHING_RAISED}",
    ),
    "StripsWhiteSpace": (
        lambda api, url: good(api, url.strip()),
        "U12-leading-space",
        f"InvalidURL {NOTHING_RAISED}",
    ),
    "ReadsABackslashAsASlash": (
        lambda api, url: good(api, url.replace("\\", "/")),
        "U12-backslash",
        f"InvalidURL {NOTHING_RAISED}",
    ),
    "ReplacesASurrogate": (
        lambda api, url: good(api, url.encode(errors="replace").decode()),
        "U12-surrogate",
        f"InvalidURL {NOTHING_RAISED}",
    ),
    "LeavesEncodingToItsClient": (glued, "U13-unreserved-triplets", "sent ['/v1/%41%7E%2D']"),
    "EncodesTwice": (
        lambda api, url: good(api, url).replace("%", "%25"),
        "U13-space",
        "sent ['/v1/a%2520b']",
    ),
    "EncodesAsLatin1": (
        lambda api, url: good(api, quote(url, encoding="latin-1")),
        "U13-non-ascii",
        "sent ['/v1/gr%FC%DFe']",
    ),
    "DropsAnEmptyQuery": (
        lambda api, url: good(api, url).rstrip("?"),
        "U4-empty-query",
        "sent ['/v1/users']",
    ),
    "DoesNotNameTheReference": (nameless, "U16-no-base", ""),
}

for _name, (_join, _row, _says) in JOINS.items():
    caught_by(_row, _says)(type(_name, (Session,), {"create_url": _join}))


# --- URLs: what is around the join


@caught_by("U15-none", f"TypeError {NOTHING_RAISED}")
@caught_by("U15-number", f"TypeError {NOTHING_RAISED}")
class TakesAnythingForAURL(Session):
    """Joins the text of whatever there is."""

    def joined_url(self, url: object) -> str:
        """Give the URL."""
        return super().joined_url(str(url))


@caught_by("U14-bytes-that-are-not-utf-8", f"InvalidURL {NOTHING_RAISED}")
class ReadsBytesAsLatin1(Session):
    """Is content with any bytes."""

    def joined_url(self, url: object) -> str:
        """Give the URL."""
        return super().joined_url(url.decode("latin-1") if isinstance(url, bytes) else url)


@caught_by("U17-bad-base", f"InvalidURL {NOTHING_RAISED}")
class AcceptsAnyBase(Session):
    """Would complain at the first request."""

    def __init__(self, base_url: str, **options: Any) -> None:
        with suppress(InvalidURL):
            super().__init__(base_url, **options)
            return
        super().__init__(**options)


@caught_by("U17-bad-base", f"InvalidURL {NOTHING_RAISED}")
class AcceptsALaterBase(Session):
    """Checks a base when the session is made, and no later one."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "base_url" and self.base_url:
            vars(self)[name] = value
        else:
            super().__setattr__(name, value)


@caught_by("U19-both", "sent ['/v1/a?y=2']")
class DropsTheQuery(Session):
    """Takes the params in place of the reference's query, as httpx does."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        return super().exchange(method, url.partition("?")[0] if "fields" in given else url, body, given)


@caught_by("U20-once", "['a', 'http://")
class CallsTheHookTwice(Session):
    """Calls create_url, and again with what it gave."""

    def joined_url(self, url: object) -> str:
        """Give the URL."""
        return super().joined_url(super().joined_url(url))


@caught_by("U20-once", "['a', 'c', 'd']")
class DoesNotCallTheHookOnPut(Session):
    """Joins the URL of an upload by itself."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        joined = good(self, "once/" + url) if method == "PUT" else self.joined_url(url)
        return BaseUrlSession(headers=self.headers).request(method, joined, body=body, **given)


@caught_by("U20-once", "can only concatenate str")
class CallsTheHookWithBytes(Session):
    """Leaves to create_url what the caller has passed."""

    def joined_url(self, url: Any) -> str:
        """Give the URL."""
        return self.create_url(url)


@caught_by("U20-not-at-redirects", "['redirect/302?to=/v1/landed', '/v1/landed']")
class CallsTheHookAtRedirects(Session):
    """Follows a redirect as if the caller had asked for it."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        response = super().exchange(method, url, body, {**given, "redirect": False})
        location = response.get_redirect_location()
        return self.request(method, location, body=body, **given) if location else response


@caught_by("P1-base-segment-boundary", f"OutOfReachURL {NOTHING_RAISED}")
class KnowsNoReachButTheOrigin(Session):
    """Takes a base for its origin."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, **({"reach": "origin"} if "reach" in options else {})})


# --- bodies


def inside(body: SizedStream) -> Any:
    """Give what a stream is made of."""
    return vars(body)["_body"]


def raw(body: SizedStream) -> Iterator[bytes]:
    """Give a source's own chunks, which nobody has checked."""
    yield from inside(body).source.open(body.size, Limits()).chunks


def made_up() -> urllib3.HTTPResponse:
    """Give a response that no server has sent."""
    return urllib3.HTTPResponse(b"", status=200)


@caught_by("S2-generator", "framed as chunked")
@caught_by("S6-307", f"BodyConsumed {NOTHING_RAISED}")  # an empty body
@caught_by("S6-reset", f"BodyConsumed {NOTHING_RAISED}")  # the rest of it
class SendsChunked(Session):
    """Gives the client an iterator; sent again it goes on where it was."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        return iter(body)


@caught_by("S2-generator", "framed as both")
@caught_by("S1-read-generator", "framed as both")
class SendsBothFramings(Session):
    """Names the size, and sends chunks."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        given.update(headers=body.headers, chunked=True)
        return iter(body)


@caught_by("S11-empty", "('chunked',)")
class SendsAnEmptyBodyChunked(Session):
    """Takes size 0 for an unknown one."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        return body if body.size else iter(())


@caught_by("S2-bytes", "['599999']")
class DropsTheLastByte(Session):
    """Sends one byte less, and says so."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        return SizedStream(body.size - 1, b"".join(body)[:-1])


@caught_by("S2-list", "600000 bytes arrived, or others")
class SwapsBytes(Session):
    """Sends as many bytes, and others."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        return SizedStream(body.size, b"".join(body)[::-1])


@caught_by("S3-short-one-shot", f"BodyTooShort {NOTHING_RAISED}")
@caught_by("S3-empty-replayable", f"BodyTooShort {NOTHING_RAISED}")
@caught_by("S3-short-early-answer-one-shot", f"BodyTooShort {NOTHING_RAISED}")
class PadsAShortBody(Session):
    """Sends zeros for what is missing."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        data = b"".join(raw(body))
        return SizedStream(body.size, data.ljust(body.size, b"\0"), surplus="error")


@caught_by("S3-long-own-chunk-one-shot", f"BodyTooLong {NOTHING_RAISED}")
@caught_by("S3-size-0-with-surplus-replayable", f"BodyTooLong {NOTHING_RAISED}")
@caught_by("S4-long-crossing", f"BodyTooLong {NOTHING_RAISED}")
class ClipsALongBody(Session):
    """Sends the first ``size`` bytes, and says nothing of the others."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        return SizedStream(body.size, b"".join(raw(body)), surplus="leave")


@caught_by("S3-long-own-chunk-one-shot", f"BodyTooLong {NOTHING_RAISED}")
@caught_by("S3-BrokenPipeError-early-answer-one-shot", f"BodySourceError {NOTHING_RAISED}")
@caught_by("S3-IncompleteRead-one-shot", "BodySourceError expected, not ")
@caught_by("S10-progress", "")
@caught_by("S10-callback-fails", f"Enough {NOTHING_RAISED}")
class HandsTheSourceOver(Session):
    """Names the size, and leaves all else to the client, which writes what it gets."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        given.update(headers=body.headers, timeout=0.5, retries=False)
        return raw(body)


@caught_by("S3-long-own-chunk-one-shot", "complete on the wire: ['/v1/blob', '/smuggled', '/v1/after']")
class NoticesSurplusTooLate(Session):
    """Raises what it should, when everything is sent."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        chunks = list(raw(body)) if body else []
        super().exchange(method, url, iter(chunks), {"headers": body.headers} if body else {})
        if body and sum(map(len, chunks)) > body.size:
            raise BodyTooLong("too late", size=body.size, seen=0)
        return made_up()


@caught_by("S3-short-one-shot", "complete on the wire: ['/v1/blob', '/v1/after']")
class KeepsABrokenConnection(Session):
    """Has one connection, and writes behind whatever is there: a request becomes the end of a body."""

    wire: socket.socket | None = None

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        target, size = urlsplit(self.joined_url(url)), body.size if body else 0
        self.wire = self.wire or socket.create_connection((target.hostname, target.port), 5)
        head = f"{method} {target.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
        self.wire.sendall(head.encode() + b"".join(raw(body) if body else ()))
        if body:
            raise BodyTooShort("and the connection stays as it is", size=size, seen=0)
        with HTTPResponse(self.wire) as response:
            response.begin()
        return made_up()

    def close(self) -> None:
        """Close it at last."""
        assert self.wire is not None
        self.wire.close()


@caught_by("S3-ValueError-one-shot", "all of the declared bytes were sent")
class HoldsNothingBack(Session):
    """Sends chunks as they come, and only then learns that the body is wrong."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        return raw(body)


@caught_by("S3-OSError-one-shot", f"BodySourceError {NOTHING_RAISED}")
@caught_by("S3-OSError-half-way-replayable", f"BodySourceError {NOTHING_RAISED}")
@caught_by("S6-308", f"BodyConsumed {NOTHING_RAISED}")
@caught_by("S4-empty", f"BodyTooShort {NOTHING_RAISED}")
@caught_by("W1-other-length", f"FramingError {NOTHING_RAISED}")
class SwallowsErrors(Session):
    """Makes a response up when a body fails."""

    swallowed: type[Exception] = BodyError

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        try:
            return super().exchange(method, url, body, given)
        except self.swallowed:
            return made_up()


@caught_by("S3-short-one-shot", f"BodyTooShort {NOTHING_RAISED}")
class SwallowsBodyTooShort(SwallowsErrors):
    """Makes a response up for one error only."""

    swallowed = BodyTooShort


@caught_by("S3-ValueError-one-shot", "ValueError expected, not RuntimeError")
@caught_by("S3-ConnectionResetError-replayable", "BodySourceError expected, not RuntimeError")
class WrapsEveryError(Session):
    """Has one error for everything."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        try:
            return super().exchange(method, url, body, given)
        except Exception as error:
            raise RuntimeError(f"it went wrong: {error}") from error


@caught_by("S3-short-replayable", "sent 3 times")
class RetriesAWrongBody(Session):
    """Hopes that a body gets better."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        for _ in range(2):
            with suppress(BodyError):
                return super().exchange(method, url, body, given)
        return super().exchange(method, url, body, given)


@caught_by("S3-short-one-shot", "the next request was answered 503")
class GivesUpAfterAnError(Session):
    """Is of no use any more when a body was wrong."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        return super().exchange(method, url if body else "status/503", body, {**given, "retries": False})


@caught_by("S4-short", "1 connections were opened")
@caught_by("S4-size-0-with-surplus", "1 connections were opened")
class ConnectsBeforeItChecks(Session):
    """Opens a connection, and asks the source then."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        given.update(headers=body.headers)
        return iter(body)


@caught_by("S6-many-requests", "")
class SendsAStreamOnce(Session):
    """Takes a stream that it has sent before for an empty one."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        before: list[SizedStream] = self.__dict__.setdefault("before", [])
        before.append(body)
        return b"" if body in before[:-1] else body


@caught_by("S8-307", "another body was sent")
class ResendsAnEmptyBody(Session):
    """Follows a redirect without the body."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        response = super().exchange(method, url, body, {**given, "redirect": False})
        location = response.get_redirect_location()
        return super().exchange(method, location, b"", given) if location else response


class Afresh:
    """Something to iterate over, again and again."""

    def __init__(self, body: SizedStream) -> None:
        self.body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)


@caught_by("S8-307", "not sized each time")
@caught_by("S2-factory", "framed as chunked")
class ReplaysChunked(Session):
    """Sends the right bytes each time, and never says how many."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        return Afresh(body)


@caught_by("S8-307", "sent once")
class TakesARedirectForTheEnd(Session):
    """Says that all is well when it was told to go elsewhere."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        super().exchange(method, url, body, {**given, "redirect": False})
        return made_up()


@caught_by("S6-307-in-mid-body", "no remedy is named: it was consumed")
class NamesNoRemedy(Session):
    """Leaves the user alone with the error."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        try:
            return super().exchange(method, url, body, given)
        except BodyConsumed:
            raise BodyConsumed("it was consumed") from None


@caught_by("S8-308", "answered 308")
class StopsAtRedirects(Session):
    """Says that it follows redirects, and does not."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        return super().exchange(method, url, body, {**given, "redirect": False})


@caught_by("S8-503", "answered 503")
@caught_by("S6-503", f"BodyConsumed {NOTHING_RAISED}")
class NeverRetries(Session):
    """Says that it sends again, and does not."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        return super().exchange(method, url, body, {**given, "retries": False})


@caught_by("S10-progress", "[0, 600000]")
@caught_by("S10-callback-fails", "")  # the request was complete before
class ReportsInOneJump(Session):
    """Tells of the progress when there is none left."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        tell = inside(body).on_progress
        tell(0, body.size)
        response = super().exchange(method, url, b"".join(raw(body)), given)
        tell(body.size, body.size)
        return response


@caught_by("S10-closing", "a file was left open")
class LeavesFilesOpen(Session):
    """Reads what a factory opens, and does not close it."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        return SizedStream(body.size, raw(body))


@caught_by("S10-closing", "the user's file was closed")
class ClosesTheUsersFile(Session):
    """Closes every file that it was given."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        response = super().exchange(method, url, body, given)
        own: Any = getattr(inside(body).source, "_file", None)
        if own:
            own.close()
        return response


@caught_by("W1-transfer-encoding", f"FramingError {NOTHING_RAISED}")
@caught_by("W1-other-length", f"FramingError {NOTHING_RAISED}")
class DropsContradictions(Session):
    """Leaves out what the caller has said of the framing."""

    def sent(self, body: SizedStream, given: dict[str, Any]) -> Any:
        """Give what is sent."""
        given.pop("headers", None)
        return body


# --- endings


@caught_by("W4-new", "['fin']")
class NeverResets(Session):
    """Ends an upload that was cut short as if it were over."""

    abort: Abort = "close"


@caught_by("W4-reused", "['fin']")
class ResetsNewConnectionsOnly(Session):
    """Forgets about a connection that it uses again."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        try:
            return super().exchange(method, url, body, given)
        finally:
            self.abort = "close"


@caught_by("W4-polite", "['fin', 'fin']")
class ConnectsEachTime(Session):
    """Uses no connection again."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        self.clear()
        return super().exchange(method, url, body, given)


@caught_by("W4-polite", "['reset']")
class AlwaysResets(Session):
    """Ends every connection in a reset."""

    def __init__(self, *args: Any, **options: Any) -> None:
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        options["socket_options"] = [(socket.SOL_SOCKET, socket.SO_LINGER, linger)]
        super().__init__(*args, **{**options, "abort": "close"})


@caught_by("W5-early", "413 is an error")
@caught_by("W5-before-reset", "413 is an error")
class RaisesOnEarlyAnswers(Session):
    """Takes an early answer for a fault."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        response = super().exchange(method, url, body, given)
        if response.status == 413:
            raise OSError("413 is an error")
        return response


# --- policy


@caught_by("P1-base-climb", f"OutOfReachURL {NOTHING_RAISED}")
@caught_by("P1-origin-another-port", f"OutOfReachURL {NOTHING_RAISED}")
class ForgetsItsReach(Session):
    """Joins whatever there is."""

    def create_url(self, url: str) -> str:
        """Give the URL."""
        self.reach = "any"
        return super().create_url(url)


@caught_by("P1-needs-a-base", f"ValueError {NOTHING_RAISED}")
class HasAReachWithoutABase(Session):
    """Takes no base for no limit."""

    def __init__(self, base_url: str = "", **options: Any) -> None:
        super().__init__(base_url, **(options if base_url else {}))


@caught_by("P2-stranger-authorization", "authorization sent: [True], wanted [False]")
@caught_by("P2-stranger-auth", "auth sent: [True], wanted [False]")
@caught_by("P2-redirect-named-header", "named-header sent: [True, True, True, True], wanted")
@caught_by("P3-logged", "[]")
class IsAtHomeEverywhere(Session):
    """Sends its credentials to whoever is asked."""

    def is_home(self, url: str) -> bool:
        """Tell so."""
        return True

    def strips(self, previous: str, url: str) -> bool:
        """Strip nothing."""
        return False


@caught_by("P2-home-auth", "auth sent: [False, False], wanted [True, True]")
@caught_by("P2-trusted-authorization", "authorization sent: [False], wanted [True]")
@caught_by("P2-include-cookie-header", "cookie-header sent: [False, False], wanted [True, True]")
class IsAtHomeNowhere(Session):
    """Keeps its credentials to itself."""

    def is_home(self, url: str) -> bool:
        """Tell so."""
        return False


@caught_by("P2-stranger-named-header", "named-header sent: [True], wanted [False]")
class KnowsThreeHeaders(Session):
    """Takes only the usual headers for credentials."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "credential_headers": ()})


@caught_by("P2-checked", f"ValueError {NOTHING_RAISED}")
class TakesAnyWord(Session):
    """Reads what it does not know as the default."""

    def __init__(self, *args: Any, **options: Any) -> None:
        with suppress(ValueError):
            super().__init__(*args, **options)
            return
        vars(self).clear()
        super().__init__(*args)


@caught_by("P2-harmless", "x-harmless: [[]], wanted [['fine']]")
class SendsAStrangerNothing(Session):
    """Leaves all headers at home."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        if not self.is_home(self.joined_url(url)):
            self.headers.clear()
        return super().exchange(method, url, body, given)


@caught_by("P2-call-headers", "authorization: [[]], wanted [['mine']]")
class CensorsTheCaller(Session):
    """Withholds what the call itself has named."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        names = set(given.get("headers", ())) - {"Authorization", "Cookie"}
        kept = {name: given["headers"][name] for name in names}
        return super().exchange(method, url, body, {**given, "headers": kept})


@caught_by("P2-among-strangers", "x-api-key: [['call']], wanted [[]]")
class StripsOnlyOnTheWayFromHome(Session):
    """Does not care for what goes from one stranger to the next."""

    def strips(self, previous: str, url: str) -> bool:
        """Tell so."""
        return self.is_home(previous) and super().strips(previous, url)


@caught_by("P2-same-stranger", "x-api-key: [['call'], []]")
class StripsAtEveryHop(Session):
    """Takes each redirect for one to somebody else."""

    def strips(self, previous: str, url: str) -> bool:
        """Tell so."""
        return True


@caught_by("P2-userinfo", "authorization: [[], []], wanted")
class IgnoresUserinfo(Session):
    """Sends what stands before the host nowhere, as urllib3 does."""

    def create_url(self, url: str) -> str:
        """Give the URL."""
        return re.sub("//[^/]*@", "//", super().create_url(url))


@caught_by("P3-logged", "a value is shown")
class LogsValues(Session):
    """Tells the log what it has kept back."""

    def note_withheld(self, url: str, names: Any) -> None:
        """Log the values."""
        super().note_withheld(url, [f"{name}: {self.headers[name]}" for name in names])


@caught_by("P3-repr", "me:s3cret@")
class ShowsUserinfo(Session):
    """Shows a password to whoever prints it."""

    def __repr__(self) -> str:
        return f"<{self.base_url}>"


# --- habits


@caught_by("U20-not-at-retries", "['flaky/503?times=2', 'flaky/503?times=2'")
class RetriesFromTheTop(Session):
    """Sends again by calling itself."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        for _ in range(2):
            super().exchange(method, url, body, {**given, "retries": False})
        return super().exchange(method, url, body, {**given, "retries": False})


@caught_by("U20-at-once", "")
class KnowsOneURLAtATime(Session):
    """Keeps the URL of the request that is under way in the session."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.together = threading.Barrier(24, timeout=5)

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        self.current = url
        self.together.wait()
        return super().exchange(method, self.current, body, given)


@caught_by("U21-class-base", "MissingBaseURL")
class OverwritesItsBase(Session):
    """Takes None for a base."""

    def __init__(self, base_url: str | None = None, **options: Any) -> None:
        super().__init__(base_url, **options)
        self.base_url = base_url


@caught_by("U21-plain-dict", "([], []), (['1'], ['2'])")
class IsSlowToSeeHeaders(Session):
    """Reads its headers once."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        headers, self.headers = self.headers, self.__dict__.pop("before", {})
        try:
            return super().exchange(method, url, body, given)
        finally:
            self.headers = self.before = headers


# --- challenges


class Guessing(Session):
    """A good session, with another place to break it."""

    answers: type[Authenticator] = Authenticator
    flow: type[AuthFlow] = AuthFlow


@caught_by("A1-basic", "answered [200], wanted [401, 200]")
class GivesBasicUnasked(Guessing):
    """Does not wait to be asked."""

    class answers(Authenticator):
        """Sends Basic at once."""

        def first(self, method: str, url: str, target: str) -> str | None:
            """Give it."""
            return basic("me", "s3cret")


@caught_by("A1-strongest-field", "answered [401, 401], wanted [401, 200]")
@caught_by("A1-no-second-guess", "answered [401, 200], wanted [401, 401]")
class PrefersBasic(Guessing):
    """Gives the password away where it could have been kept."""

    class answers(Authenticator):
        """Looks for Basic first."""

        def answer(self, asked: Asked, fields: Iterable[str], *, attempt: int) -> str | None:
            """Give it if it is there."""
            fields = [field for field in fields if "Basic" in field]
            return super().answer(asked, fields, attempt=attempt)


@caught_by("A1-basic-refused", "answered [401, 401, 401")
@caught_by("A1-digest-refused", "answered [401, 401, 401")
class NeverGivesUp(Guessing):
    """Hopes that the server changes its mind."""

    class answers(Authenticator):
        """Takes each refusal for the first."""

        def answer(self, asked: Asked, fields: Iterable[str], *, attempt: int) -> str | None:
            """Give an answer, five times."""
            if attempt > 4:
                return None
            return super().answer(asked._replace(authorization=None), fields, attempt=0)


@caught_by("A1-remembers-basic", "[401, 200, 401, 200, 401, 200]")
@caught_by("A1-once-digest", "BodyConsumed")
class RemembersNothing(Guessing):
    """Waits to be asked each time."""

    class answers(Authenticator):
        """Gives nothing unasked."""

        def first(self, method: str, url: str, target: str) -> str | None:
            """Give nothing."""
            return None


@caught_by("A1-stale", "[200, 401]")
class TakesStaleForWrong(Guessing):
    """Answers once for a nonce, and never for another."""

    class answers(Authenticator):
        """Knows one challenge."""

        def answer(self, asked: Asked, fields: Iterable[str], *, attempt: int) -> str | None:
            """Give an answer to the first."""
            return None if asked.authorization else super().answer(asked, fields, attempt=attempt)


@caught_by("A1-nextnonce", "[401, 200, 401, 200")
class IgnoresTheNextNonce(Guessing):
    """Does not read what comes with a good response."""

    class answers(Authenticator):
        """Learns nothing."""

        def learn(self, url: str, info: Iterable[str]) -> None:
            """Do nothing."""


@caught_by("A1-at-once", "")
class CountsFromOne(Guessing):
    """Uses each nonce for the first time."""

    class answers(Authenticator):
        """Has a memory for each request."""

        def first(self, method: str, url: str, target: str) -> str | None:
            """Give what a copy gives, whose count nobody sees."""
            return re.sub("nc=[0-9a-f]+", "nc=00000001", super().first(method, url, target) or "") or None


@caught_by("A1-stranger", "sent to a stranger")
@caught_by("A1-apart", "was sent to another")
class KnowsOneOrigin(Guessing):
    """Takes everybody for home."""

    def is_home(self, url: str) -> bool:
        """Tell so."""
        return True

    def strips(self, previous: str, url: str) -> bool:
        """Strip nothing."""
        return False

    def client_form(self, url: str) -> str:
        """Write any URL as one of the same origin."""
        return url

    class answers(Authenticator):
        """Does not look whom it talks to."""

        anybody = "http://anybody.invalid/"

        def first(self, method: str, url: str, target: str) -> str | None:
            """Give what anybody has asked for."""
            return super().first(method, self.anybody, target)

        def answer(self, asked: Asked, fields: Iterable[str], *, attempt: int) -> str | None:
            """Give anybody an answer."""
            return super().answer(asked._replace(url=self.anybody), fields, attempt=attempt)


@caught_by("A1-stranger-first", "sent to a stranger: ['', 'Digest']")
class AnswersWhereverItIsLed(Guessing):
    """Goes on with a conversation that somebody else has taken over."""

    class flow(AuthFlow):
        """Begins where it is."""

        def after(self, status: int, asked: Asked, values: Any) -> str | None:
            """Give whoever asks an answer."""
            self._url = asked.url
            return super().after(status, asked, values)


@caught_by("A1-redirect", "[401, 200]")
class AnswersForWhereItBegan(Guessing):
    """Signs one target, whatever is asked."""

    class answers(Authenticator):
        """Keeps the first target that it has seen."""

        seen = ""

        def answer(self, asked: Asked, fields: Iterable[str], *, attempt: int) -> str | None:
            """Give an answer for that one."""
            self.seen = self.seen or "/v1/where-it-began"
            return super().answer(asked._replace(target=self.seen), fields, attempt=attempt)


@caught_by("A1-own-header", "answered [200, 200]")
class OverridesTheCaller(Guessing):
    """Knows better than the call."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        return super().exchange(method, url, body, {**given, "headers": {}})


@caught_by("A1-auth-int", f"AuthError {NOTHING_RAISED}")
class SaysNothingOfAuthInt(Guessing):
    """Returns a 401 that does not say why."""

    class answers(Authenticator):
        """Swallows what is wrong."""

        def answer(self, asked: Asked, fields: Iterable[str], *, attempt: int) -> str | None:
            """Give nothing."""
            return None


@caught_by("A1-replayed-digest", "[401, 401, 200")
@caught_by("A1-once-basic", f"BodyConsumed {NOTHING_RAISED}")
class AnswersWithoutTheBody(Guessing):
    """Sends the answer, and nothing with it."""

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        auth, self.auth = self.auth, None
        try:
            response = super().exchange(method, url, body, given)
        finally:
            self.auth = auth
        return super().exchange(method, url, b"", given) if response.status == 401 else response


@caught_by("A1-hidden", "s3cret")
class ShowsThePassword(Guessing):
    """Helps whoever debugs."""

    class answers(Authenticator):
        """Has a telling name."""

        def __init__(self, username: str, password: str) -> None:
            super().__init__(username, password)
            self.shown = f"{username}:{password}"

        def __repr__(self) -> str:
            return self.shown


@caught_by("A1-bad-input", f"ValueError {NOTHING_RAISED}")
class TakesAnyName(Guessing):
    """Sends whatever it is given."""

    class answers(Authenticator):
        """Checks nothing."""

        def __init__(self, username: Any, password: Any) -> None:
            super().__init__(str(username or "x").partition(":")[0].partition("\r")[0], str(password).strip())


# --- the check


class BrokenDriver(Driver):
    """Our urllib3 backend with another session."""

    def __init__(self, session: type[Session]) -> None:
        super().__init__("urllib3")
        self._session = session

    @property
    def session_class(self) -> Any:
        """That session."""
        return self._session

    def guess_auth(self, username: Any, password: Any) -> Any:
        """Make the session's own."""
        return _BrokenAuth(self._session, username, password)


class _BrokenAuth(GuessAuth):
    """Asks an authenticator of a session's own."""

    def __init__(self, session: type[Session], username: Any, password: Any) -> None:
        self._broken: Any = session if issubclass(session, Guessing) else Guessing
        self._authenticator = self._broken.answers(username, password)

    def flows(self, url: str, proxy: str | None) -> list[Any]:
        """Give the one that is broken."""
        return [
            way._replace(flow=self._broken.flow(self._authenticator, url))
            for way in super().flows(url, proxy)
        ]

    def __repr__(self) -> str:
        return repr(self._authenticator)


ROWS = {row.id: row for row in scenarios()}


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_broken_backend_is_caught(broken: Broken) -> None:
    """B2: the row fails, with its claim and for the reason that is meant."""
    row = ROWS[broken.row]
    with pytest.raises(AssertionError) as raised:
        check(BrokenDriver(broken.session), row, deadline=10)
    assert row.claim in str(raised.value)
    assert broken.says in str(raised.value)


@pytest.mark.parametrize("row", sorted({broken.row for broken in BROKEN}))
def test_the_same_backend_unbroken_conforms(row: str) -> None:
    """B2: it is the breakage that the row has caught."""
    assert check(BrokenDriver(Session), ROWS[row], deadline=10) == "conforms"


class Hangs(Session):
    """Never answers, until the test is over."""

    over = threading.Event()

    def exchange(self, method: str, url: Any, body: Any, given: dict[str, Any]) -> Any:
        """Make the exchange."""
        self.over.wait(60)
        return made_up()


def test_a_backend_that_hangs_is_caught() -> None:
    """B2: a hang is a result, and comes soon."""
    try:
        with pytest.raises(AssertionError, match=r"(?s)arrives whole.*no result after 1 seconds"):
            check(BrokenDriver(Hangs), ROWS["S2-bytes"], deadline=1)
    finally:
        Hangs.over.set()
        for thread in threading.enumerate():
            if thread.name == "kit-S2-bytes":
                thread.join(10)
