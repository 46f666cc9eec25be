"""A1. Challenges out of header fields: RFC 9110 sections 11.3, 11.4 and 11.6.1."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import WWWAuthenticate

from basestream._challenges import Challenge, parse_challenges, parse_parameters
from support_core import examples


def challenge(scheme: str, token68: str | None = None, **parameters: str) -> Challenge:
    """Write a challenge shortly."""
    return Challenge(scheme, token68, parameters)


# id, the section of RFC 9110 that says so, field, challenges
WELL_FORMED: list[tuple[str, str, str, list[Challenge]]] = [
    ("nothing", "5.6.1.2", "", []),
    ("only-empty-elements", "5.6.1.2", " , ,\t,", []),
    ("scheme-alone", "11.3", "Negotiate", [challenge("negotiate")]),
    ("scheme-and-space", "11.3", "Negotiate ", [challenge("negotiate")]),
    ("schemes-alone", "11.6.1", "Negotiate, NTLM", [challenge("negotiate"), challenge("ntlm")]),
    ("any-case", "11.1", 'bAsIc ReAlM="X"', [challenge("basic", realm="X")]),
    ("unknown-scheme", "11.1", "New!Scheme a=1", [challenge("new!scheme", a="1")]),
    ("token", "11.2", "Basic realm=x", [challenge("basic", realm="x")]),
    ("odd-token", "5.6.2", "S a=!#$%&'*+-.^_`|~09azAZ", [challenge("s", a="!#$%&'*+-.^_`|~09azAZ")]),
    ("quoted", "5.6.4", 'Basic realm="a b"', [challenge("basic", realm="a b")]),
    ("quoted-empty", "5.6.4", 'Basic realm=""', [challenge("basic", realm="")]),
    ("quoted-comma", "5.6.4", 'Basic realm="a, Digest b=c"', [challenge("basic", realm="a, Digest b=c")]),
    ("quoted-equals", "5.6.4", 'Basic realm="a=b"', [challenge("basic", realm="a=b")]),
    ("quoted-tab", "5.6.4", 'Basic realm="a\tb"', [challenge("basic", realm="a\tb")]),
    ("escaped-quote", "5.6.4", r'Basic realm="a\"b"', [challenge("basic", realm='a"b')]),
    ("escaped-backslash", "5.6.4", r'Basic realm="a\\"', [challenge("basic", realm="a\\")]),
    ("escaped-letter", "5.6.4", r'Basic realm="\a\b"', [challenge("basic", realm="ab")]),
    ("escaped-tab", "5.6.4", 'Basic realm="\\\t"', [challenge("basic", realm="\t")]),
    ("utf-8-bytes", "5.5", 'Basic realm="\xc3\xa9"', [challenge("basic", realm="\xc3\xa9")]),
    ("c1-is-obs-text", "5.5", 'Basic realm="\x80\x9f\xff"', [challenge("basic", realm="\x80\x9f\xff")]),
    ("parameters", "11.3", "Digest a=1, b=2,c=3", [challenge("digest", a="1", b="2", c="3")]),
    ("bad-white-space", "11.2", 'Digest a \t= 1,b= \t"2"', [challenge("digest", a="1", b="2")]),
    ("spaces-before-parameter", "11.3", "Digest \t  a=1", [challenge("digest", a="1")]),
    ("empty-elements", "5.6.1.2", ",, Digest a=1,, ,b=2 , ,", [challenge("digest", a="1", b="2")]),
    ("empty-element-first", "5.6.1.2", "Digest ,a=1", [challenge("digest", a="1")]),
    ("same-name-in-two", "11.2", "A x=1, B x=2", [challenge("a", x="1"), challenge("b", x="2")]),
    ("token68", "11.2", "Negotiate abc", [challenge("negotiate", "abc")]),
    ("token68-padded", "11.2", "Negotiate aA0-._~+/==", [challenge("negotiate", "aA0-._~+/==")]),
    ("token68-like-a-name", "11.2", "Negotiate realm=", [challenge("negotiate", "realm=")]),
    ("token68-then", "11.6.1", "N abc= , B a=b", [challenge("n", "abc="), challenge("b", a="b")]),
    (
        "the-example",
        "11.6.1",
        'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
        [
            challenge("basic", realm="simple"),
            challenge("newauth", realm="apps", type="1", title='Login to "apps"'),
        ],
    ),
]


@pytest.mark.parametrize(
    ("field", "challenges"),
    [pytest.param(*row, id=f"{name}-{section}") for name, section, *row in WELL_FORMED],
)
def test_well_formed(field: str, challenges: list[Challenge], caplog: pytest.LogCaptureFixture) -> None:
    """A1. Whatever the grammar allows is read, and nothing is logged."""
    caplog.set_level(logging.DEBUG, "basestream")

    assert parse_challenges([field]) == challenges
    assert caplog.messages == []


GOOD = challenge("good", a="1")

# id, the section of RFC 9110 that forbids it, field, what is kept, the place of the error
MALFORMED: list[tuple[str, str, str, list[Challenge], int]] = [
    ("parameter-without-scheme", "11.3", "a=1", [], 3),
    ("no-comma", "5.6.1", "Basic realm=x Digest realm=y", [], 13),
    ("no-comma-after-token68", "5.6.1", "N abc def", [], 2),
    ("open-quote", "5.6.4", 'Basic realm="x', [], 6),
    ("open-quote-after-escape", "5.6.4", r'Basic realm="x\"', [], 6),
    ("text-after-quote", "5.6.4", 'Basic realm="x"y', [], 15),
    ("no-value", "11.2", "Basic realm=x, a=", [], 15),
    ("no-name", "11.2", "Basic =x", [], 8),
    ("unquoted-non-token", "11.2", "Basic realm=a@b", [], 13),
    ("unquoted-non-ascii", "5.6.2", "Basic realm=\xe9", [], 6),
    ("repeated-parameter", "11.2", "Digest a=1, b=2, A=1", [], 20),
    ("token68-and-parameter", "11.3", "N abc, a=1", [], 10),
    ("control-in-quoted", "5.5", 'Basic realm="a\x00b"', [], 6),
    ("carriage-return-in-quoted", "5.5", 'Basic realm="a\rb"', [], 6),
    ("line-feed-in-quoted", "5.5", 'Basic realm="a\nb"', [], 6),
    ("fold-in-quoted", "5.5", 'Basic realm="a\r\n b"', [], 6),
    ("delete-in-quoted", "5.5", 'Basic realm="a\x7fb"', [], 6),
    ("escaped-control", "5.6.4", 'Basic realm="\\\n"', [], 6),
    ("line-break-at-the-end", "5.5", "Basic realm=x\n", [], 13),
    ("line-break-after-scheme", "5.5", "Basic\n", [], 0),
    ("no-byte", "5.5", 'Basic realm="\u20ac"', [], 6),
    ("unpaired-surrogate", "5.5", 'Basic realm="\udc80"', [], 6),
    ("whole-before-scheme", "11.6.1", "Good a=1, @", [], 10),  # what is after the comma may have been its own
    ("whole-before", "11.6.1", 'Good a=1, Basic realm="x', [GOOD], 16),
    ("never-a-half-one", "11.6.1", 'Good a=1, Digest realm=x, nonce="y', [GOOD], 26),
    ("nothing-after", "11.6.1", "Good a=1, B ?, C c=1", [GOOD], 12),
]


@pytest.mark.parametrize(
    ("field", "kept", "at"), [pytest.param(*row, id=f"{name}-{section}") for name, section, *row in MALFORMED]
)
def test_malformed(field: str, kept: list[Challenge], at: int, caplog: pytest.LogCaptureFixture) -> None:
    """A1. The first error ends a field: whole challenges before it are kept, and no half one."""
    caplog.set_level(logging.DEBUG, "basestream")

    assert parse_challenges([field]) == kept
    assert [f"malformed at character {at}," in message for message in caplog.messages] == [True]


@pytest.mark.parametrize("field", [pytest.param(row[2], id=row[0]) for row in MALFORMED])
def test_after_a_malformed_field(field: str) -> None:
    """A1. The next field starts afresh."""
    after = parse_challenges([field, "a=1", "Good a=1"])

    assert after == [*parse_challenges([field]), GOOD]


def test_what_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A1. The log says where the error is and shows nothing of what was sent: a nonce is a secret."""
    caplog.set_level(logging.DEBUG, "basestream")
    parse_challenges(['Digest realm="secret realm", nonce="secret nonce'])

    assert [(record.name, record.levelname) for record in caplog.records] == [("basestream", "DEBUG")]
    assert caplog.messages[0].startswith("authentication: a challenge is malformed at character ")
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("field", "parameters"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param('nextnonce="a, b"', {"nextnonce": "a, b"}, id="one"),
        pytest.param('NextNonce=a, nc=1,, rspauth=""', {"nextnonce": "a", "nc": "1", "rspauth": ""}, id="list"),
        pytest.param("abc", {}, id="token68"),
        pytest.param('nextnonce="a', {}, id="malformed"),
        pytest.param("nextnonce=a, nextnonce=b", {}, id="repeated"),
        pytest.param("a=1, Basic b=2", {"a": "1"}, id="more-than-a-list"),
    ],
)  # fmt: skip
def test_parameters(field: str, parameters: dict[str, str]) -> None:
    """A1. Authentication-Info is a list of parameters without a scheme (RFC 7615 section 3)."""
    assert parse_parameters(field) == parameters


TOKENS = st.text("!#$%&'*+-.^_`|~09azAZ", min_size=1, max_size=6)
VALUES = st.text(
    st.characters(max_codepoint=255, exclude_characters="".join(map(chr, (*range(9), *range(10, 32), 127)))),
    max_size=9,
)
TOKEN68S = st.from_regex(r"[A-Za-z0-9\-._~+/]{1,6}={0,3}", fullmatch=True)
CHALLENGES = st.builds(
    Challenge,
    TOKENS.map(str.lower),
    st.none(),
    st.dictionaries(TOKENS.map(str.lower), VALUES, max_size=4),
) | st.builds(Challenge, TOKENS.map(str.lower), TOKEN68S, st.just(dict[str, str]()))

SPACE = st.text(" \t", max_size=2)
COMMAS = st.builds("{},{}".format, SPACE, st.text(" \t,", max_size=3))
ANYTHING = st.text() | st.lists(
    st.sampled_from(
        [*' ,="\\\t@a\x00\n\xe9\u20ac\udc80', "Basic ", "Digest ", "realm=", '="x"', "abc==", '\\"']
    ),
    max_size=12,
).map("".join)


def written(draw: Any, challenge: Challenge) -> str:
    """Write a challenge in one of the ways that the grammar allows."""
    scheme, token68, parameters = challenge
    items = [token68] if token68 else [written_parameter(draw, *pair) for pair in parameters.items()]
    text = draw(COMMAS).join(items)
    name: str = draw(st.sampled_from([scheme, scheme.upper()]))
    return name + (" " + draw(SPACE) + text if text else "")


def written_parameter(draw: Any, name: str, value: str) -> str:
    text = value
    if not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", value) or draw(st.booleans()):
        text = "".join(
            "\\" + character if character in '"\\' or draw(st.booleans()) else character
            for character in value
        )
        text = f'"{text}"'
    name = draw(st.sampled_from([name, name.upper(), name.title()]))
    return f"{name}{draw(SPACE)}={draw(SPACE)}{text}"


@examples(300)
@given(challenges=st.lists(CHALLENGES, max_size=4), data=st.data())
def test_round_trip(challenges: list[Challenge], data: st.DataObject) -> None:
    """A1. Challenges written in any way that the grammar allows are read again, in one field or in many."""
    fields = [written(data.draw, challenge) for challenge in challenges]

    assert parse_challenges(fields) == challenges
    assert parse_challenges([data.draw(COMMAS).join(fields)]) == challenges


@examples(500)
@given(fields=st.lists(ANYTHING, max_size=3))
def test_any_text_is_read(fields: list[str]) -> None:
    """A1. Nothing that a server can send raises, and no control character comes out of it but a tab."""
    for _, token68, parameters in parse_challenges(fields):
        for text in (token68 or "", *parameters, *parameters.values()):
            assert not re.search(r"[^\t -~\x80-\xff]", text)


@examples(300)
@given(fields=st.lists(ANYTHING, max_size=4))
@example(fields=['Basic realm="', "Good a=1", '"'])
def test_fields_do_not_touch_each_other(fields: list[str]) -> None:
    """A1. What is read from a field is the same whatever stands in the fields around it."""
    apart = [found for field in fields for found in parse_challenges([field])]

    assert parse_challenges(fields) == apart


@examples(200)
@given(
    parameters=st.dictionaries(st.sampled_from(["realm", "nonce", "qop", "opaque", "algorithm", "x"]), VALUES)
)
def test_what_werkzeug_writes(parameters: dict[str, str]) -> None:
    """A1. The challenges of an independent implementation are read as they were meant."""
    field = WWWAuthenticate("digest", dict[str, str | None](parameters)).to_header()

    assert parse_challenges([field]) == [Challenge("digest", None, parameters)]


HOSTILE: Sequence[tuple[str, str, str]] = [
    # id, what stands first, what is repeated; # becomes a number
    ("open-quote", 'Basic realm="', "a"),
    ("open-quotes", "Basic ", 'a="'),
    ("escapes", 'Basic realm="', "\\\\"),
    ("escaped-quotes", 'Basic realm="', '\\"'),
    ("escapes-and-text", 'Basic realm="', "a\\a"),
    ("commas", "", ","),
    ("commas-after-scheme", "Basic", ","),
    ("spaces", "Basic", " "),
    ("spaces-and-commas", "", " ,"),
    ("spaces-in-quoted", 'Basic realm="', " "),
    ("one-token", "", "a"),
    ("equals", "Basic a", "="),
    ("equals-and-end", "Basic a=", "="),
    ("token68s", "", "N a=,"),
    ("schemes", "", "a,"),
    ("schemes-and-spaces", "", "a ,"),
    ("same-parameters", "Basic ", "a=b,"),
    ("quoted-parameters", "", 'S a="b",'),
    ("different-parameters", "Basic ", "a#=b,"),
]


@pytest.mark.parametrize("end", ["", "@", " @"], ids=["ends", "odd-end", "odd-end-after-space"])
@pytest.mark.parametrize(("start", "piece"), [pytest.param(*row, id=name) for name, *row in HOSTILE])
def test_hostile_fields_take_linear_time(start: str, piece: str, end: str) -> None:
    """A1. Eight times the text takes about eight times as long; quadratic time would be sixty-four times."""

    def best(pieces: int) -> float:
        middle = (piece.replace("#", str(number)) for number in range(pieces))
        field, times = start + "".join(middle) + end, list[float]()
        for _ in range(3):
            begin = time.thread_time()  # of this thread alone: the machine may be busy
            parse_challenges([field])
            times.append(time.thread_time() - begin)
        return min(times)

    small = max(best(2000), 0.0005)  # what takes no time is no base for a ratio; quadratic, it takes seconds

    assert best(16_000) < 30 * small
