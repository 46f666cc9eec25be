"""A2. The value of a User-Agent header."""

from __future__ import annotations

import platform
from typing import Any, cast

import pytest

from basestream import user_agent

OWN = [
    f"{platform.python_implementation()}/{platform.python_version()}",
    f"{platform.system()}/{platform.release()}",
]


def test_name_and_version() -> None:
    """A2. The application, then Python, then the system."""
    assert user_agent("my-app", "1.0").split() == ["my-app/1.0", *OWN]


@pytest.mark.parametrize(
    "extras", [[("requests", "2.34.2"), ("x", "1")], (["requests", "2.34.2"], ("x", "1"))]
)
def test_extras(extras: Any) -> None:
    """A2. Extras stand between the application and Python, in their order."""
    assert user_agent("my-app", "1.0", extras).split() == ["my-app/1.0", "requests/2.34.2", "x/1", *OWN]


def test_no_extras() -> None:
    """A2. None and nothing are no extras."""
    assert user_agent("a", "1", None) == user_agent("a", "1", []) == user_agent("a", "1")


def test_every_character_of_a_token() -> None:
    """A2. All that RFC 9110 section 5.6.2 allows in a token is kept."""
    token = "!#$%&'*+-.^_`|~09azAZ"

    assert user_agent(token, token).startswith(f"{token}/{token} ")


@pytest.mark.parametrize(
    "wrong", ["", "a b", "a/b", "a\r\nHost: evil", "a\n", "ä", "a(b)", "a,b", '"a"', None, 1, b"a"]
)
def test_what_is_no_token(wrong: object) -> None:
    """A2. A name or version that is no token is a `ValueError`: no header can be smuggled in."""
    text = cast(Any, wrong)
    rows: list[tuple[Any, ...]] = [
        (text, "1"),
        ("a", text),
        ("a", "1", [(text, "1")]),
        ("a", "1", [("b", text)]),
    ]
    for arguments in rows:
        with pytest.raises(ValueError, match="cannot stand in a User-Agent: a name or version is a token"):
            user_agent(*arguments)


@pytest.mark.parametrize(
    "extras", [["requests"], "requests", [("a",)], [("a", "1", "2")], [None], {"requests": "2"}, [{"a", "1"}]]
)
def test_wrong_extras(extras: object) -> None:
    """A2. An extra that is no pair is a `ValueError`."""
    with pytest.raises(ValueError, match="must be a pair of name and version"):
        user_agent("a", "1", cast(Any, extras))


def test_an_odd_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """A2. What the platform calls itself is not the caller's fault: it is made a token."""
    monkeypatch.setattr(platform, "system", lambda: "Odd System (x)")
    monkeypatch.setattr(platform, "release", lambda: "")

    assert user_agent("a", "1").endswith(" Odd-System-x-/unknown")
