"""The frame of the command line: sizes, `join`, errors in one line, exit codes."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import TextIO

import pytest

import basestream
from basestream import _cli
from basestream._cli import main

BASE = "https://api.example.com/v1"


def test_join(capsys: pytest.CaptureFixture[str]) -> None:
    """`join` prints what a session requests for each reference, one URL a line, in order."""
    assert main(["join", BASE, "users", "/health", "?page=2", "http://other/x", "größe"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{BASE}/users",
        "https://api.example.com/health",
        f"{BASE}?page=2",
        "http://other/x",
        f"{BASE}/gr%C3%B6%C3%9Fe",
    ]


def test_join_without_a_base(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty base is none: absolute URLs pass."""
    assert main(["join", "", "http://other/x"]) == 0
    assert capsys.readouterr().out == "http://other/x\n"


def test_join_prints_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    """Userinfo is never printed."""
    assert main(["join", "https://me:secret@api.example.com/v1", "users"]) == 0
    assert capsys.readouterr().out == "https://***@api.example.com/v1/users\n"


USAGE_ERRORS = [
    pytest.param([], "the following arguments are required: COMMAND", id="no command"),
    pytest.param(["fly"], "invalid choice: 'fly'", id="unknown command"),
    pytest.param(["--nope", "demo"], "unrecognized arguments: --nope", id="unknown option"),
    pytest.param(["demo", "--siz", "1"], "unrecognized arguments: --siz 1", id="abbreviated option"),
    pytest.param(["demo", "a\nb"], "unrecognized arguments: a b", id="argument of two lines"),
    pytest.param(["join", BASE], "the following arguments are required: REF", id="join without reference"),
    pytest.param(["join", BASE, "http:x"], "'//' is missing after the scheme", id="join without //"),
    pytest.param(["join", BASE, "users", "//x"], "'//x'", id="join of a second, wrong reference"),
    pytest.param(
        ["join", "api.example.com", "x"], "write it with scheme and host", id="join on a wrong base"
    ),
    pytest.param(["join", "", "users"], "is relative and there is no base URL", id="join without base"),
    pytest.param(["demo", "--size", "1.5MB"], "'1.5MB' is no size", id="demo with a wrong size"),
    pytest.param(["demo", "--size", "10"], "can be taken within 10 bytes", id="demo of no file"),
    pytest.param(
        ["demo", "--file", "no/such"], "--file 'no/such': No such file", id="demo of a missing file"
    ),
    pytest.param(["demo", "--file", os.curdir], "--file '.': not a regular file", id="demo of a folder"),
    pytest.param(["demo", "--file", os.devnull], "not a regular file", id="demo of a device"),
    pytest.param(["demo", "--file", __file__, "--size", "1G"], "fewer than", id="demo of a file too small"),
    pytest.param(["demo", "--size", "2k", "--backend", "x"], "no backend 'x'", id="demo on a wrong backend"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE_ERRORS)
def test_usage_errors(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be run as given is one line on stderr that begins with the program's name, and exit code 2."""
    status = main(arguments)
    printed = capsys.readouterr()

    assert (status, printed.out) == (2, "")
    assert printed.err.startswith("basestream: ")
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_null_character_in_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A path that no system could have is a usage error too; only a program can pass it."""
    assert main(["demo", "--file", "a\0b"]) == 2
    assert r"basestream: --file 'a\x00b': " in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that may not be read is a usage error."""
    path = tmp_path / "file"
    path.write_bytes(b"1")
    path.chmod(0)

    assert main(["demo", "--file", str(path)]) == 2
    assert "Permission denied" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipe_is_not_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A named pipe, which nobody writes to, is refused at once."""
    os.mkfifo(tmp_path / "pipe")

    assert main(["demo", "--file", str(tmp_path / "pipe")]) == 2
    assert "not a regular file" in capsys.readouterr().err


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "basestream", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no command"),
        pytest.param(["join", BASE, "http:x"], id="join"),
        pytest.param(["demo", "--size", "x"], id="size"),
        pytest.param(["demo", "--file", "no/such"], id="file"),
        pytest.param(["demo", "--size", "2k", "--backend", "x"], id="backend"),
    ],
)
def test_usage_errors_of_the_process(arguments: list[str]) -> None:
    """The real process ends with 2 and one line on stderr, without a traceback."""
    done = run(*arguments)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("basestream: ")


def test_process_joins() -> None:
    """`python -m basestream join` ends with 0 and prints nothing but URLs."""
    done = run("join", BASE, "users")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{BASE}/users\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are no bytes there")
def test_argument_that_is_no_utf8() -> None:
    """Bytes that are no text, as a shell may pass them, end in one line too."""
    done = run("join", BASE, os.fsdecode(b"a\xff"))

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` names the program and its version."""
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"basestream {basestream.__version__}\n"


@pytest.mark.parametrize("command", ["join", "demo"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help of each command shows how it is called."""
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"\n  basestream {command} " in capsys.readouterr().out


def test_console_script() -> None:
    """The script `basestream` is this `main`."""
    (script,) = entry_points(group="console_scripts", name="basestream")
    assert script.load() is main


def test_module_runs_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m basestream` exits with the code of `main`; importing the module runs nothing."""
    importlib.import_module("basestream.__main__")
    monkeypatch.delitem(sys.modules, "basestream.__main__")
    monkeypatch.setattr(sys, "argv", ["basestream", "join", BASE, "x"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("basestream", run_name="__main__")
    assert capsys.readouterr().out == f"{BASE}/x\n"


def test_nothing_heavy_for_join() -> None:
    """`join` loads no client, no server and no event loop."""
    code = (
        "import sys; from basestream._cli import main; main(['join', 'http://h', 'x'])\n"
        "heavy = {'asyncio', 'http.server', 'tarfile', 'socket', 'ssl', 'requests', 'httpx', 'httpx2', 'urllib3'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "http://h/x\n[]\n"


def test_output_into_any_object() -> None:
    """Output goes to whatever `sys.stdout` is, also to a stream that has no encoding to set."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        assert main(["join", BASE, "x"]) == 0
    assert output.getvalue() == f"{BASE}/x\n"


def test_output_that_the_encoding_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that the terminal cannot show is written as an escape, not a reason to fail."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main(["join", BASE, "http://höst/x"]) == 0
    assert written.getvalue() == b"http://h\\xf6st/x" + os.linesep.encode()


def closed_pipe() -> TextIO:
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


def full_disk() -> TextIO:
    return open("/dev/full", "w")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("opened", "message"),
    [
        pytest.param(closed_pipe, "", id="closed pipe"),
        pytest.param(
            full_disk, "basestream: cannot write the output: No space left on device\n", id="full disk"
        ),
    ],
)
def test_output_with_nowhere_to_go(
    opened: Callable[[], TextIO],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A closed pipe ends the program quietly, a full disk with one line; both with 1, and closing works after it."""
    with opened() as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert main(["join", BASE, "x"]) == 1
    assert capsys.readouterr().err == message


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("redirected", ["| true", ">/dev/full"])
def test_process_with_output_nowhere_to_go(redirected: str) -> None:
    """The real process prints no traceback then, nor a complaint of the interpreter's at its exit."""
    script = f'"{sys.executable}" -m basestream join {BASE} x {redirected}'
    done = subprocess.run(script, shell=True, capture_output=True, text=True, timeout=60, check=False)  # noqa: S602
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C gives 130 and no word."""

    def interrupt(base: object, reference: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(_cli, "join_url", interrupt)
    assert main(["join", BASE, "x"]) == 130
    assert capsys.readouterr() == ("", "")
