"""A1. Whatever a server writes into its challenges, and what is answered to it."""

from __future__ import annotations

import re

from basestream import AuthError
from basestream._auth import Asked, Authenticator, basic
from basestream._challenges import Challenge, parse_challenges, parse_parameters
from basestream._digest import read_digests

from ._inputs import Input, assert_linear, read_input

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(r"[\t -~\x80-\xff]*")  # RFC 9110 section 5.5; there is no other control character
TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
GOOD = Challenge("good", None, {"a": "1"})

USERS = [
    ("Aladdin", "open sesame"),
    ("J\xe4s\xf8n Doe", "\u20ac:pass"),
    ('a"b\\c', ""),
    ("Mufasa", "Circle of Life"),
]
TARGETS = ["/", "/dir/index.html?a=b", "*", '/"\\']
METHODS = ["GET", "PUT"]
HOME, STRANGER = "https://api.example.com/v1", "https://api.example.com:444/v1"


def check(data: bytes) -> None:
    """Read the fields that an input holds, and answer them."""
    given = read_input(data, "utf-8" if data[:1] >= b"\xf0" else "latin-1")
    fields = given.texts
    _check_read(fields)
    _check_parameters(fields[0])
    _check_answers(given, fields)
    if given.switches < 256:
        assert_linear(lambda field: parse_challenges([field]), fields[0])


def _check_read(fields: list[str]) -> None:
    """Whole challenges without control characters, field by field, that can be written and read again."""
    found = parse_challenges(fields)
    assert found == [challenge for field in fields for challenge in parse_challenges([field])]
    for challenge in found:
        scheme, token68, parameters = challenge
        assert TOKEN.fullmatch(scheme)
        assert scheme == scheme.lower()
        assert token68 is None or (TOKEN68.fullmatch(token68) and not parameters)
        for name, value in parameters.items():
            assert TOKEN.fullmatch(name)
            assert name == name.lower()
            assert VALUE.fullmatch(value)
    assert parse_challenges([", ".join(map(_written, found))]) == found
    if all(map(_is_whole, fields)):
        assert parse_challenges([", ".join(fields)]) == found  # as a client joins them


def _is_whole(field: str) -> bool:
    """Whether nothing in it was malformed: then a challenge after it is read too."""
    return parse_challenges([f"{field}, good a=1"])[-1:] == [GOOD]


def _written(challenge: Challenge) -> str:
    scheme, token68, parameters = challenge
    quoted = (re.sub(r'(["\\])', r"\\\1", value) for value in parameters.values())
    pairs = [f'{name}="{value}"' for name, value in zip(parameters, quoted, strict=True)]
    return f"{scheme} {token68 or ', '.join(pairs)}"


def _check_parameters(field: str) -> None:
    """The same parser reads Authentication-Info."""
    for name, value in parse_parameters(field).items():
        assert TOKEN.fullmatch(name)
        assert VALUE.fullmatch(value)


def _check_answers(given: Input, fields: list[str]) -> None:
    """An exchange ends, tells nothing to a stranger, and what is sent is one well-formed value."""
    username, password = USERS[given.choose(4, 0)]
    method, target = METHODS[given.choose(2, 2)], TARGETS[given.choose(4, 3)]
    user = Authenticator(username, password, cnonce="0a4f113b")
    asked = Asked(method, HOME, target, None)
    answer = _answered(user, asked, fields, 0)
    if answer is None:
        assert user.first(method, HOME, target) is None
        return
    plain = basic(username, password)
    _check_value(answer, plain, asked, fields)
    assert user.first(method, STRANGER, target) is None
    again = _answered(user, asked._replace(authorization=answer), fields[::-1], 1)
    assert again is None or (again != answer and plain not in (answer, again))  # never Basic after Digest
    assert _answered(user, asked._replace(authorization=again or answer), fields, 2) is None
    user.learn(HOME, fields)
    unasked = user.first(method, HOME, target)
    assert unasked is not None
    _check_value(unasked, plain, asked, fields)


def _answered(user: Authenticator, asked: Asked, fields: list[str], attempt: int) -> str | None:
    try:
        return user.answer(asked, fields, attempt=attempt)
    except AuthError as error:
        schemes = {challenge.scheme for challenge in parse_challenges(fields)}
        assert "digest" in schemes
        assert "basic" not in schemes
        assert "auth-int" in str(error)
        return None


def _check_value(value: str, plain: str, asked: Asked, fields: list[str]) -> None:
    """Credentials have no control characters, and what a server reads of them is what was meant."""
    assert VALUE.fullmatch(value)
    if value == plain:
        return
    (credentials,) = parse_challenges([value])
    parameters = credentials.parameters
    assert credentials.scheme == "digest"
    assert parameters["uri"] == asked.target
    assert re.fullmatch("[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{128}", parameters["response"])
    assert parameters.get("qop", "auth") == "auth"
    assert "username" in parameters or parameters["username*"].startswith("UTF-8''")
    offered = [(read.realm, read.opaque, read.algorithm) for read in read_digests(parse_challenges(fields))]
    assert (parameters["realm"], parameters.get("opaque"), parameters.get("algorithm")) in offered
