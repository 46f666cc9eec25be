"""C1: what is said when something fails: one line, and nobody's secrets."""

from __future__ import annotations

import pytest

from basestream import (
    BodyConsumed,
    BodySourceError,
    BodyTooLong,
    BodyTooShort,
    FramingError,
    InvalidURL,
    _failures,
)

NONE: dict[str, str] = {}
SECRET = "s3cret"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("two\nlines,\t one  space", "two lines, one space", id="spaces"),
        pytest.param("\x1b[31m größe \x9b\u202e", r"\x1b[31m größe \x9b\u202e", id="controls"),
        pytest.param("at http://me:pw@h/ or ftp://x@y", "at http://***@h/ or ftp://***@y", id="userinfo"),
    ],
)
def test_printable(text: str, line: str) -> None:
    """C1. What others wrote is one line that steers no terminal, and names no userinfo."""
    assert _failures.printable(text) == line


@pytest.mark.parametrize(
    ("error", "name", "code", "message"),
    [
        pytest.param(
            BodyTooShort("x", size=5, seen=3),
            "f",
            3,
            "'f' has 3 bytes, fewer than the declared 5: no complete request was sent",
            id="too short",
        ),
        pytest.param(
            BodyTooLong("x", size=5, seen=6),
            "-",
            3,
            "standard input has more than the declared 5 bytes: no complete request was sent",
            id="too long",
        ),
        pytest.param(InvalidURL("why"), "f", 2, "why", id="URL"),
        pytest.param(BodySourceError("why", OSError("it")), "f", 1, "cannot read 'f': why", id="no strerror"),
        pytest.param(
            BodyConsumed("x"),
            "f",
            1,
            "the server wants the body again, and 'f' can be read once: upload a file",
            id="consumed",
        ),
        pytest.param(
            BodyConsumed("x"),
            "-",
            1,
            "the server wants the body again, and standard input can be read once: upload a file",
            id="consumed standard input",
        ),
        pytest.param(FramingError("why"), "-", 2, "why", id="contradicting header"),
        pytest.param(
            BodySourceError("why", OSError(5, "Input/output error")),
            "f",
            1,
            "cannot read 'f': Input/output error",
            id="strerror",
        ),
        pytest.param(BodySourceError("why"), "-", 1, "cannot read standard input: why", id="no source"),
        pytest.param(ValueError("x\ny"), "f", 1, "ValueError: x y", id="of the client's"),
        pytest.param(OSError("two\nlines"), "-", 1, "OSError: two lines", id="of the system's"),
    ],
)
def test_explained(error: Exception, name: str, code: int, message: str) -> None:
    """C1. The exit code of an error, and its message to the word."""
    failed = _failures.explained(error, name)
    assert (failed.exit_code, str(failed)) == (code, message)


@pytest.mark.parametrize(
    ("text", "left", "url", "headers", "user"),
    [
        pytest.param("me:p:w, p:w, w", "***, ***, w", "http://me:p:w@h/", NONE, None, id="userinfo"),
        pytest.param("a@b, b, h", "***, b, h", "http://a@b@h/", NONE, None, id="at sign in the userinfo"),
        pytest.param("me me", "*** ***", "http://me@h/", NONE, None, id="user in the URL"),
        pytest.param("me, pw", "me, ***", "http://h/", NONE, ("me", "pw"), id="password, and not its user"),
        pytest.param("a/b a%2Fb", "*** ***", "http://h/", NONE, ("", "a/b"), id="encoded"),
        pytest.param("a%2Fb a/b", "*** ***", "http://h/", NONE, ("", "a%2Fb"), id="decoded"),
        pytest.param("pw-long pw", "*** ***", "http://me:pw@h/", NONE, ("", "pw-long"), id="longer first"),
        pytest.param("pw-long pw", "*** ***", "http://me:pw-long@h/", NONE, ("", "pw"), id="shorter last"),
        pytest.param(
            "Bearer  a b, b, a", "***, ***, a", "http://h/", {"COOKIE": "Bearer  a b"}, None, id="header"
        ),
        pytest.param("a, b", "***, ***", "http://h/", {"Cookie": "a", "Authorization": "b"}, None, id="two"),
        pytest.param("me:XXXX", "me:XXXX", "http://h/", NONE, None, id="no user"),
        pytest.param("text/csv", "text/csv", "http://h/", {"Accept": "text/csv"}, None, id="no secret"),
        pytest.param("why? x?y", "why? x?y", "http://h/", NONE, None, id="question mark"),
        pytest.param("x?y why? (?z) '?z'", "x?*** why? (?***) '?***'", "http://h/?y", NONE, None, id="query"),
    ],
)
def test_scrubbed(
    text: str, left: str, url: str, headers: dict[str, str], user: tuple[str, str] | None
) -> None:
    """C1. Of a message all secrets are taken, whole, and nothing else."""
    assert _failures.scrubbed(text, url, headers, user) == left


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"as it is: {SECRET}", id="password"),
        pytest.param("encoded: p%40ss", id="encoded password"),
        pytest.param("decoded: p@ss", id="decoded password"),
        pytest.param(f"as header: Bearer {SECRET}-token", id="header"),
        pytest.param(f"as header: {SECRET}-token", id="token"),
        pytest.param(f"in a URL: http://x:{SECRET}@h/", id="userinfo"),
        pytest.param("in a query: (/x?sig=1&b=2)", id="query"),
    ],
)
def test_secrets(text: str) -> None:
    """C1. A message loses every secret of the command line, in whichever form a client quotes it."""
    headers = {"authorization": f"Bearer {SECRET}-token", "X-Meta": "kept"}
    for userinfo in ("", "me:p%40ss@", "me@"):
        scrubbed = _failures.scrubbed(
            f"{text} kept",
            f"http://{userinfo}h/x?sig=1",
            headers,
            ("me", "p@ss" if SECRET not in text else SECRET),
        )
        assert scrubbed.endswith("kept")
        assert SECRET not in scrubbed
        assert "p@ss" not in scrubbed
        assert "p%40ss" not in scrubbed
        assert "sig=1" not in scrubbed
