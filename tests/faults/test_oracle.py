"""The oracle finds what it is there for: sessions with one flaw each, and an honest one as the control."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort
from basestream.testing import Exchange, Reply
from faults.asks import Ask, Asked
from faults.bodies import Body, Plan
from faults.flaws import FLAWS
from faults.links import Seen
from faults.machine import Conversation, conversations
from faults.oracle import Client, Oracle, Outcome, Violation, requests_in
from faults.raw import Raw, RawCaller
from faults.scripts import Script, Step

BIG = 300_000
TALK: list[tuple[Ask, Script]] = [
    (Ask(), ()),
    (Ask(plan=Plan("again", BIG, (50_000,))), ()),
    (Ask(plan=Plan("again", 2000)), ()),
    (Ask(plan=Plan("again", BIG, (50_000,), "short", 1000)), ()),
    (Ask(plan=Plan("again", BIG, (50_000,), "long", 500)), ()),
    (Ask(plan=Plan("again", BIG, (50_000,), "raise", 200_000)), ()),
    (Ask("redirect", 307, plan=Plan("list", 5000)), ()),
    (Ask("challenge"), ()),
    (Ask(), (Step("response", 50, "stall"),)),
    (Ask(), ()),
    (Ask(plan=Plan("bytes", 5000)), (Step("request", 3000, "flip"),)),
    (Ask(plan=Plan("bytes", 5000)), (Step("request", 90, "split", 5), Step("response", 100, "half-close"))),
    (Ask(plan=Plan("bytes", BIG)), (Step("request", BIG, "pause"), Step("response", 9, "reset"))),
    (Ask(), (Step("response", 20, "replace", 3, b"!"),)),
]
"""A conversation in which every flaw shows."""


def converse(raw: Raw, figures: Counter[str]) -> None:
    conversation = conversations(raw, figures, patience=1.0)()
    Conversation.begin(conversation, "basic")
    try:
        for ask, script in TALK:
            conversation.send(ask, script)
    finally:
        conversation.teardown()


def test_an_honest_session_passes() -> None:
    """The control: without a flaw nothing is complained of, so that a complaint below is about the flaw."""
    figures: Counter[str] = Counter()
    converse(Raw(), figures)
    assert 3 == figures["wrong bodies refused"]
    assert {"split", "pause", "stall", "reset", "half-close", "flip", "replace"} == {
        name.removeprefix("fault: ") for name in figures if name.startswith("fault: ")
    }


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
def test_a_session_with_a_flaw_is_found(flaw: type[RawCaller]) -> None:
    """Each flaw by the complaint that is about it."""
    with closing(Raw(flaw)) as raw, pytest.raises(Violation, match=FLAWS[flaw]):
        converse(raw, Counter())


# --- by hand -------------------------------------------------------------------------------------------------------

CLIENT = Client(patient=False, errors=(OSError,), takes_cut_heads=False)
BODY = Plan("bytes", 100)
WHOLE: frozenset[Any] = frozenset()


def uploaded(tmp_path: Path, ask: Ask | None = None) -> tuple[Asked, bytes]:
    """An upload that was asked for, and what an honest client sends for it."""
    ask = ask or Ask(plan=BODY)
    assert ask.plan is not None
    body = Body(ask.plan, 1, tmp_path)
    asked = Asked(ask, 1, "none", body)
    target = asked.hops[0].target
    return asked, f"PUT {target} HTTP/1.1\r\nContent-Length: {len(body.right)}\r\n\r\n".encode() + body.right


def read_as(asked: Asked, body: bytes) -> Exchange:
    """What a server that has read this body notes."""
    digest = hashlib.sha256(body).hexdigest()
    target = asked.hops[0].target
    size = len(body)
    return Exchange("PUT", target, "HTTP/1.1", [], "content-length", body, size, digest, True, 0, 200, None)


def judge(asked: Asked, told: Reply | BaseException, *seen: Seen, exchanges: Sequence[Exchange] = ()) -> None:
    Oracle(CLIENT).judge(Outcome(asked, told, 1, seen, exchanges))


def test_what_the_network_changed_is_not_the_session_s_fault_and_what_it_sent_is(tmp_path: Path) -> None:
    """On a connection whose bytes were changed the server is no witness any more; what was sent still is."""
    asked, sent = uploaded(tmp_path)
    other = read_as(asked, b"x" * 100)
    changed = frozenset[Any](["request"])

    judge(asked, OSError(), Seen(0, sent, changed, False), exchanges=[other])
    with pytest.raises(Violation, match="complete body that is wrong"):
        judge(asked, OSError(), Seen(0, sent, WHOLE, False), exchanges=[other])
    with pytest.raises(Violation, match="complete body that is wrong"):
        judge(asked, OSError(), Seen(0, sent[:-100] + b"x" * 100, changed, False))


def test_another_connection_is_judged_as_ever(tmp_path: Path) -> None:
    """Bytes that were changed on one connection excuse nothing on another."""
    asked, sent = uploaded(tmp_path)
    seen = (Seen(0, b"", WHOLE, False), Seen(1, sent, frozenset(["request"]), False))
    with pytest.raises(Violation, match="complete body that is wrong"):
        judge(asked, OSError(), *seen, exchanges=[read_as(asked, b"x" * 100)])


@pytest.mark.parametrize("way", ["request", "response"])
def test_a_changed_answer_excuses_a_target_and_no_body(tmp_path: Path, way: str) -> None:
    """Whoever is sent elsewhere, by the network or by a server that it misled, goes there with the same body."""
    asked, sent = uploaded(tmp_path)
    misled = frozenset[Any]([way])
    elsewhere = sent.replace(b"/v1/", b"/v2/", 1)

    judge(asked, OSError(), Seen(0, sent + elsewhere + b"GET /v3 HTTP/1.1\r\n\r\n", misled, False))
    for data in (elsewhere[:-100] + b"x" * 100, b"DELETE /v1/item?id=1 HTTP/1.1\r\n\r\n"):
        with pytest.raises(Violation):
            judge(asked, OSError(), Seen(0, data, misled, False))
    with pytest.raises(Violation, match="nobody asked for"):
        judge(asked, OSError(), Seen(0, elsewhere, WHOLE, False))


def test_a_connection_on_which_a_request_broke_off_is_not_used_again(tmp_path: Path) -> None:
    """W3: whatever is sent there next."""
    asked, sent = uploaded(tmp_path)
    oracle = Oracle(CLIENT)
    oracle.judge(Outcome(asked, OSError(), 1, [Seen(4, sent[:-1], WHOLE, False)], []))
    oracle.judge(Outcome(asked, OSError(), 1, [Seen(5, sent, WHOLE, False)], []))
    with pytest.raises(Violation, match="used again"):
        oracle.judge(Outcome(asked, OSError(), 1, [Seen(4, sent, WHOLE, False)], []))


@pytest.mark.parametrize(
    "head", ["Transfer-Encoding: chunked", "Content-Length: 0\r\nContent-Length: 0", "X: y"]
)
def test_framing_is_one_content_length(tmp_path: Path, head: str) -> None:
    """W1, as the client has sent it."""
    asked, sent = uploaded(tmp_path, Ask(plan=Plan("bytes", 0)))
    with pytest.raises(Violation, match=r"framed by one|nobody asked"):
        judge(asked, OSError(), Seen(0, sent.replace(b"Content-Length: 0", head.encode()), WHOLE, False))


@pytest.mark.parametrize(
    "error", [BodyTooShort("short", size=1, seen=0), BodyConsumed("again"), RuntimeError("inside")], ids=repr
)
def test_a_right_body_ends_in_no_error_of_a_wrong_one(tmp_path: Path, error: Exception) -> None:
    """S3, S6: also where the network broke, and an error that is neither the client's nor ours is a fault."""
    asked, _ = uploaded(tmp_path)
    with pytest.raises(Violation):
        judge(asked, error)


def test_a_wrong_body_has_to_raise(tmp_path: Path) -> None:
    """S3: unless the answer came before what is wrong was reached, which a body of one block never is."""
    for size, reached in ((1000, False), (100_000, True)):
        asked, _ = uploaded(tmp_path, Ask("early", plan=Plan("generator", size, wrong="short", by=1)))
        assert asked.body is not None
        asked.body.fault_was_reached = reached
        with pytest.raises(Violation, match="a wrong body"):
            judge(asked, Reply(413, b"answer-1", None))
        judge(asked, BodyTooShort("short", size=size, seen=0))


def test_requests_are_read_to_the_byte() -> None:
    """What a client has sent on a connection, by the rules of the wire alone."""
    data = b"PUT /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /y HTTP/1.1\r\nA: b\r\n\r\nPUT /z HT"
    whole, second, broken = requests_in(data)
    assert ("PUT", "/x", b"abc", True) == (whole.method, whole.target, whole.body, whole.is_complete)
    assert ("GET", "/y", [("a", "b")], True) == (
        second.method,
        second.target,
        second.headers,
        second.is_complete,
    )
    assert not broken.is_complete
    assert not requests_in(data[:40])[0].is_complete


def test_what_comes_late_is_no_use_of_a_connection() -> None:
    """After a request has broken off, the rest of its body may still come, but no other request."""
    oracle = Oracle(Client(patient=False, errors=(OSError,), takes_cut_heads=False))
    asked = Asked(Ask(), 1, "none", None)

    def judge(sent: bytes) -> None:
        oracle.judge(Outcome(asked, OSError(), 1, [Seen(0, sent, frozenset(), False)], []))

    judge(b"PUT /x HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc")
    judge(b"def")
    with pytest.raises(Violation, match="used again"):
        judge(b"gh" + b"GET /v1/item?id=1 HTTP/1.1\r\n\r\n")
