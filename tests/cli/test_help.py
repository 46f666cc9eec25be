"""C1, C3: the commands and their options: what `--help` says of them, and what they are read as."""

from __future__ import annotations

from typing import Any

import pytest

import basestream
from basestream._failures import CannotRun
from basestream._parser import parser

PUT: dict[str, Any] = {
    "command": "put",
    "url": "URL",
    "file": "-",
    "size": None,
    "method": "PUT",
    "headers": {},
    "backend": "auto",
    "sha256": False,
    "retries": 0,
    "timeout": None,
    "user": None,
    "quiet": False,
}
DEMO: dict[str, Any] = {"command": "demo", "backend": [], "file": None, "size": None}


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        pytest.param(["put", "URL"], PUT, id="put"),
        pytest.param(
            ["put", "--size", "1k", "URL", "--method", "post", "FILE", "--backend", "x", "--timeout", "1.5"],
            {**PUT, "file": "FILE", "size": 1024, "method": "POST", "backend": "x", "timeout": 1.5},
            id="put anywhere",
        ),
        pytest.param(
            ["put", "URL", "--header", "A: 1", "-H", "b:2", "--sha256", "--retries", "3"],
            {**PUT, "headers": {"A": "1", "b": "2"}, "sha256": True, "retries": 3},
            id="put with headers",
        ),
        pytest.param(
            ["put", "URL", "-u", "me:pw", "-q"], {**PUT, "user": ("me", "pw"), "quiet": True}, id="short"
        ),
        pytest.param(
            ["put", "URL", "--user", "me:pw", "--quiet"],
            {**PUT, "user": ("me", "pw"), "quiet": True},
            id="long",
        ),
        pytest.param(
            ["join", "B", "x", "y"], {"command": "join", "base": "B", "references": ["x", "y"]}, id="join"
        ),
        pytest.param(["backends"], {"command": "backends"}, id="backends"),
        pytest.param(["demo"], DEMO, id="demo"),
        pytest.param(
            ["demo", "--backend", "a", "--file", "F", "--size", "1kB", "--backend", "b"],
            {**DEMO, "backend": ["a", "b"], "file": "F", "size": 1000},
            id="demo with options",
        ),
    ],
)
def test_arguments(arguments: list[str], read: dict[str, Any]) -> None:
    """C1. Options may stand anywhere, and have defaults."""
    assert vars(parser().parse_args(arguments)) == read
    assert vars(parser().parse_args(arguments)) == read  # nothing is left of a run


HELP = [
    pytest.param(
        [],
        [
            "usage: basestream [-h] [--version] COMMAND ...",
            "A session with a base URL and an upload body of known size, the same on every HTTP client.",
            "COMMAND put upload a pipe of known size, or a file join print what a session would request "
            "backends list what is installed demo upload to a server on loopback through every backend",
        ],
        id="program",
    ),
    pytest.param(
        ["put"],
        [
            "usage: basestream put ",
            "URL http:// or https:// FILE standard input if it is - or left out ",
            "--size N bytes (also 10MiB, 10MB); of a file that is known ",
            "--method METHOD instead of PUT ",
            "--header 'NAME: VALUE' a header field; can be repeated ",
            "--backend NAME one of `basestream backends`, or auto ",
            "--sha256 print the digest of what was sent, as sha256sum does ",
            "--retries N try again after a network error or a 429, 502, 503 or 504, for a file ",
            "--timeout SECONDS give up without progress for so long (300) ",
            "--user USER:PASSWORD for Basic or Digest, as the server asks ",
            "--quiet no progress on a terminal",
        ],
        id="put",
    ),
    pytest.param(
        ["join"],
        [
            "usage: basestream join [-h] BASE REF [REF ...]",
            "BASE scheme://host[:port][/path] REF a reference relative to it, or a URL",
        ],
        id="join",
    ),
    pytest.param(["backends"], ["usage: basestream backends [-h]"], id="backends"),
    pytest.param(
        ["demo"],
        [
            "--backend NAME only this backend; can be repeated ",
            "--file PATH upload this file ",
            "--size N upload at most this much (10MiB, 10MB): the file's first N bytes, or whole files of ",
        ],
        id="demo",
    ),
]


@pytest.mark.parametrize(("command", "said"), HELP)
def test_help(
    command: list[str], said: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """C1. `--help` names each argument and option, what it takes, and what it is for."""
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit, match="0"):
        parser().parse_args([*command, "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    for words in said:
        assert words in printed


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """C1. `--version` prints the name of the program and its version."""
    with pytest.raises(SystemExit, match="0"):
        parser().parse_args(["--version"])
    assert capsys.readouterr().out == f"basestream {basestream.__version__}\n"


@pytest.mark.parametrize(
    ("command", "example"),
    [
        pytest.param("put", '\n\n  basestream put "$URL" backup.tar\n  ssh db ', id="put"),
        pytest.param("join", "\n\n  basestream join https://api", id="join"),
        pytest.param("backends", "\n\n  basestream backends\n\nExit code: 0, or 1", id="backends"),
        pytest.param("demo", "\n\n  basestream demo\n  basestream demo --backend", id="demo"),
    ],
)
def test_examples(command: str, example: str, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. The help of a command has examples, line by line as they are typed."""
    with pytest.raises(SystemExit, match="0"):
        parser().parse_args([command, "--help"])
    assert example in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param([], "the following arguments are required: COMMAND (see basestream --help)", id="none"),
        pytest.param(["--vers"], "(see basestream --help)", id="abbreviated"),
        pytest.param(
            ["put", "URL", "--siz", "1"],
            "unrecognized arguments: --siz 1 (see basestream --help)",
            id="abbreviated option",
        ),
        pytest.param(
            ["join", "BASE"],
            "the following arguments are required: REF (see basestream join --help)",
            id="no reference",
        ),
        pytest.param(
            ["put", "URL", "-H", "a: 1", "-H", "A: 2"],
            "argument -H/--header: there are two of A: join their values with a comma "
            "(see basestream put --help)",
            id="two of a name",
        ),
        pytest.param(
            ["put", "URL", "-H", "a: 1", "-H", "b: 2", "-H", "B: 3"],
            "argument -H/--header: there are two of B: join their values with a comma "
            "(see basestream put --help)",
            id="two of another name",
        ),
    ],
)
def test_refused(arguments: list[str], said: str) -> None:
    """C1. What cannot be read is refused in one line, which ends with where the options are explained."""
    with pytest.raises(CannotRun) as caught:
        parser().parse_args(arguments)
    assert str(caught.value).endswith(said)
    assert "\n" not in str(caught.value)
