"""The life of one connection: requests in, plans carried out, everything noted.

This module does not know which path means what, and not who is waiting for the notes.

Rule: whatever a client may see is noted before it is sent. A test that has its answer finds the record
complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._parsing import HEAD_LIMIT, Malformed, Request, framing_of, open_body, parse_request_line, read_fields
from ._plans import refusal
from ._wire import BLOCK, HEAD_BLOCK, Gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._parsing import Body
    from ._plans import Answer, Ending, Plan
    from ._records import Draft, Ended, Track
    from ._wire import Wire


class Conversation:
    """Serves one connection until a side ends it.

    Args:
        wire: The connection.
        track: Its record.
        choose: Gives the plan for a request.
        hold: Blocks until stalled requests are released.
    """

    def __init__(
        self, wire: Wire, track: Track, choose: Callable[[Request], Plan], hold: Callable[[], None]
    ) -> None:
        self._wire = wire
        self._track = track
        self._choose = choose
        self._hold = hold
        self._next: Draft | None = None

    def run(self) -> tuple[Ended, str | None]:
        """Serve, and say how it ended. The socket is left for the caller to close."""
        then: Ending = "keep"
        try:
            while then == "keep":
                then = self._serve(self._await_request())
        except Gone as gone:
            return gone.how, gone.reason
        self._track.enter("lingering")
        if then == "reset":
            self._wire.reset()
        else:
            self._wire.finish()
        return "closed-by-server", None

    def _await_request(self) -> Draft:
        # Looking first empties OpenSSL's buffer, which parking cannot see. Parking consumes nothing: at
        # every moment the request is in the kernel, or the track is busy (see Wire.park).
        if not (self._wire.pending or self._wire.look()):
            self._track.enter("idle")
            self._wire.park()
            self._track.enter("busy")
            self._wire.fill(HEAD_BLOCK)
        draft, self._next = self._next or self._track.begin(), None
        return draft

    def _serve(self, draft: Draft) -> Ending:
        try:
            line = self._wire.line(HEAD_LIMIT)
            if line == b"\r\n":  # RFC 9112 section 2.2: an empty line before a request-line is to be ignored
                self._track.drop(draft)
                return "keep"
            return self._serve_line(draft, line)
        except Malformed as malformed:
            draft.fail(str(malformed))
            self._answer(draft, refusal(str(malformed)), "fin", head_only=False)
            return "fin"
        except Gone as gone:
            draft.fail(f"the connection ended inside the request: {gone.how}")
            raise

    def _serve_line(self, draft: Draft, line: bytes) -> Ending:
        method, target, version = parse_request_line(line)
        draft.line(method, target, version)
        headers = read_fields(self._wire)
        draft.fields(headers, framing_of(headers))
        request = Request(method, target, version, headers)
        body = open_body(self._wire, request)
        plan = self._choose(request)
        self._receive(draft, request, body, plan)
        return self._conclude(draft, request, plan)

    def _receive(self, draft: Draft, request: Request, body: Body, plan: Plan) -> None:
        # RFC 9110 section 10.1.1; a server may leave it out when the body has begun to arrive.
        if request.expects_continue and plan.after != 0 and not body.done and not self._wire.pending:
            self._wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._read(draft, body, plan.after)
        if plan.stall:
            self._hold()
            self._read(draft, body, None)
        if body.done:
            draft.finish()

    def _read(self, draft: Draft, body: Body, limit: int | None) -> None:
        left = limit
        while left is None or left > 0:
            view = body.read(BLOCK if left is None else left)
            if not view:
                return
            draft.add(view)
            left = None if left is None else left - len(view)

    def _conclude(self, draft: Draft, request: Request, plan: Plan) -> Ending:
        then = plan.then if request.persistent or plan.then != "keep" else "fin"
        # What follows a request is noted before its answer goes out: a surplus then cannot be overlooked.
        if then == "keep" and (self._wire.pending or self._wire.look()):
            self._next = self._track.begin()
        if plan.answer is not None:
            self._answer(draft, plan.answer(draft.snapshot()), then, head_only=request.method == "HEAD")
        return then

    def _answer(self, draft: Draft, answer: Answer, then: Ending, *, head_only: bool) -> None:
        draft.answered(answer.status)
        self._wire.send(answer.wire_bytes(head_only=head_only, close=then != "keep"))
