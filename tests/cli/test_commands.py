"""C1, C3: what each command does with what it was given, and what it prints, to the character."""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
from types import ModuleType
from typing import Any

import pytest

from basestream import _backends, _cli, _demo, _put, _tar
from basestream._cli import main
from basestream.testing import RecordingServer
from cli_support import STDLIB, Plugin, Terminal

HELLO = hashlib.sha256(b"hello").hexdigest()


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[_put.Job]:
    """What `put` would do, which it notes instead of doing it."""
    jobs: list[_put.Job] = []

    def put(job: _put.Job, module: ModuleType, on_progress: object) -> None:
        jobs.append(job)

    monkeypatch.setattr(_put, "put", put)
    return jobs


def test_options_of_put(plugin: Plugin, jobs: list[_put.Job], hello: str) -> None:
    """C1. Each option of `put` comes to where it belongs."""
    plugin("able", STDLIB + "GuessAuth = print\nTIMEOUT_KEYWORD = 'timeout'")
    arguments = ["--method", "post", "-H", "A: 1", "-u", "me:pw", "--retries", "3", "--timeout", "5"]
    assert main(["put", "http://h/x", hello, "--backend", "able", *arguments]) == 0

    (job,) = jobs
    assert (job.url, job.source.name, job.source.size) == ("http://h/x", hello, 5)
    assert (job.method, job.headers, job.user) == ("POST", {"A": "1"}, ("me", "pw"))
    assert (job.retries, job.timeout) == (3, 5.0)


@pytest.mark.usefixtures("stdlib")
def test_put_without_options(jobs: list[_put.Job], hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. Without options there is nothing but the body, and nothing is printed."""
    assert main(["put", "http://h/x", hello, "--backend", "stdlib"]) == 0

    (job,) = jobs
    assert job == ("http://h/x", job.source, "PUT", {}, None, 0, None)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("stdlib")
@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        pytest.param(["--sha256"], f"{HELLO}  ", id="wanted"),
        pytest.param([], "", id="not wanted"),
    ],
)
@pytest.mark.parametrize("kind", ["file", "-"])
def test_digest(
    kind: str,
    arguments: list[str],
    printed: str,
    hello: str,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """C1. The digest of a file, and of standard input, is printed where it is wanted, and only there."""
    with open(hello) as file:
        monkeypatch.setattr(sys, "stdin", file)
        name = hello if kind == "file" else kind
        given = [name, "--size", "5", "--backend", "stdlib", *arguments]
        assert main(["put", server.url + "/x", *given]) == 0
    assert server.exchanges[0].body == b"hello"
    assert capsys.readouterr() == (f"{printed}{name}\n" if printed else "", "")


@pytest.mark.usefixtures("stdlib")
@pytest.mark.parametrize(
    ("name", "arguments", "begins"),
    [
        pytest.param("a\nb", [], "\ra b: 0 %, 0 MB/s\ra b: 100 %", id="file"),
        pytest.param("-", [], "\rstandard input: 0 %, 0 MB/s\rstandard input: 100 %", id="standard input"),
        pytest.param("-", ["--quiet"], "", id="quiet"),
    ],
)
def test_label(
    name: str,
    arguments: list[str],
    begins: str,
    hello: str,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """C1. Progress is labelled with the name of the file alone, in one line, or as standard input."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    path = name
    if name != "-":
        path = os.path.join(os.path.dirname(hello), name)
        os.rename(hello, path)
        hello = path
    with open(hello) as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert main(["put", server.url + "/x", path, "--size", "5", "--backend", "stdlib", *arguments]) == 0
    assert terminal.getvalue().startswith(begins)
    assert bool(terminal.getvalue()) is bool(begins)


@pytest.mark.usefixtures("no_client")
@pytest.mark.parametrize(
    ("arguments", "taken"),
    [
        pytest.param([], "alpha", id="first"),
        pytest.param(["--backend", "auto"], "alpha", id="auto"),
        pytest.param(["--backend", "zulu"], "zulu", id="named"),
    ],
)
def test_choice_of_a_backend(
    arguments: list[str], taken: str, plugin: Plugin, hello: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C1. `put` takes the first backend, or that which is named."""
    names: list[str] = []

    def put(job: _put.Job, module: Any, on_progress: object) -> None:
        names.append(module.NAME)

    monkeypatch.setattr(_put, "put", put)
    for name in ("zulu", "alpha"):
        plugin(name, f"{STDLIB}NAME = {name!r}")
    assert main(["put", "http://h/x", hello, *arguments]) == 0
    assert names == [taken]


@pytest.mark.usefixtures("stdlib")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["--backend", "broken"], 1, "backend 'broken': OSError: it", id="broken backend"),
        pytest.param(
            ["--backend", "stdlib", "--size", "6"],
            3,
            "FILE has 5 bytes, and --size says 6: nothing was sent",
            id="another size",
        ),
    ],
)
def test_put_that_fails(
    arguments: list[str],
    code: int,
    said: str,
    plugin: Plugin,
    hello: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """C1. A failure has its exit code, and one line that says why."""
    plugin("broken", "raise OSError('it')")
    assert main(["put", "http://h/x", hello, *arguments]) == code
    assert capsys.readouterr() == ("", f"basestream: {said.replace('FILE', repr(hello))}\n")


@pytest.mark.parametrize(
    ("names", "code", "out", "err"),
    [
        pytest.param("ab", 0, "a        not installed\nb        1.0      sync\n", "", id="one of two"),
        pytest.param("b", 0, "b        1.0      sync\n", "", id="all"),
        pytest.param("a", 1, "a        not installed\n", f"basestream: {_backends.NO_CLIENT}\n", id="none"),
    ],
)
def test_backends(
    names: str,
    code: int,
    out: str,
    err: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """C1. `backends` prints a table below its names, and ends well if one can be used."""

    def known() -> list[str]:
        return [*names]

    def described(name: str) -> list[str]:
        return [name, "1.0", "sync"] if name == "b" else [name, "not installed"]

    monkeypatch.setattr(_backends, "known", known)
    monkeypatch.setattr(_backends, "described", described)
    assert main(["backends"]) == code
    printed = capsys.readouterr()
    head, _, rows = printed.out.partition("\n")
    assert (head.split(), rows, printed.err) == (["backend", "version", "has"], out, err)


@pytest.mark.usefixtures("no_client")
def test_demo_without_a_client(hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """C3. Without any client the demo says what to install, and ends with 1."""
    assert main(["demo", "--file", hello]) == 1
    assert capsys.readouterr() == ("", f"basestream: {_backends.NO_CLIENT}\n")


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        pytest.param(["right", "also"], 0, "2 of 2", id="right"),
        pytest.param(["wrong", "right"], 1, "1 of 2", id="wrong and right"),
        pytest.param(["wrong", "false", "right"], 1, "1 of 3", id="two wrong"),
    ],
)
def test_end_of_the_demo(
    names: list[str], code: int, said: str, hello: str, plugin: Plugin, capsys: pytest.CaptureFixture[str]
) -> None:
    """C3. The demo ends well only if every upload did; the columns have room for the size."""
    for name in names:
        plugin(name, STDLIB if name in ("right", "also") else "raise OSError('it')")
    with open(hello, "wb") as file:
        file.write(bytes(100_000))
    backends = [word for name in names for word in ("--backend", name)]
    assert main(["demo", "--file", hello, *backends]) == code
    _, table, end = capsys.readouterr().out.split("\n\n")
    head, *lines = table.splitlines()
    assert end == f"{said} uploads arrived whole and unchanged\n"
    assert [line[head.index("framing") : head.index("  sha256")] for line in lines if "PUT" in line] == [
        "Content-Length: 100000  100000" for name in names if name in ("right", "also")
    ]


@pytest.mark.usefixtures("no_client")
def test_demo(hello: str, plugin: Plugin, capsys: pytest.CaptureFixture[str]) -> None:
    """C3. The demo prints its input, what is not installed, a row for each upload, and the sum."""
    plugin("zz", STDLIB)
    plugin("zz-broken", "raise OSError('it')")
    assert main(["demo", "--file", hello, "--size", "4"]) == 1

    head, table, end = capsys.readouterr().out.split("\n\n")
    assert head.splitlines() == [
        f"input: {hello}, 4 bytes",
        *(
            f"{client}: not installed (pip install 'basestream[{client}]')"
            for client in ("requests", "httpx", "httpx2", "urllib3")
        ),
    ]
    assert [line.split()[0] for line in table.splitlines()] == ["backend", "zz", "zz-broken"]
    assert table.endswith("\nzz-broken  FAILED: OSError: it")
    assert end == "1 of 2 uploads arrived whole and unchanged\n"


@pytest.mark.usefixtures("stdlib")
def test_demo_shows_its_input_first(hello: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """C3. The input is shown before the first upload, also in a buffered pipe, and each upload has its line."""
    written = io.BytesIO()
    seen: list[bytes] = []

    def upload(lane: _demo.Lane, base: str, source: _tar.Input, progress: Any) -> _demo.Result:
        seen.append(written.getvalue())
        progress(0, 5)
        return _demo.Result(None, "", 0.0, 0, "no")

    monkeypatch.setattr(_demo, "upload", upload)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="utf-8", newline=""))
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert main(["demo", "--file", hello, "--backend", "stdlib"]) == 1
    assert seen == [f"input: {hello}, 5 bytes\n\n".encode()]
    assert terminal.getvalue().startswith("\rstdlib: 0 %, 0 MB/s\r")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ["--size", "10"], r"default input: no file of '.*' can be taken within 10 bytes", id="default"
        ),
        pytest.param(["--file", "no/such"], r"--file 'no/such': No such file or directory", id="file"),
        pytest.param(["--file", "."], r"--file '\.': not a regular file", id="folder"),
    ],
)
def test_no_input_for_the_demo(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """C3. An input that cannot be taken is named, with the reason."""
    assert main(["demo", *arguments]) == 2
    assert re.fullmatch(rf"basestream: {said}\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(OSError(28, "No space"), "basestream: cannot write the output: No space\n", id="system"),
        pytest.param(OSError("why"), "basestream: cannot write the output: why\n", id="no reason"),
        pytest.param(BrokenPipeError(32, "Broken pipe"), "", id="closed pipe"),
    ],
)
def test_output_that_fails(
    error: OSError, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """C1. Output that cannot be written is one line and exit code 1; what is still held goes nowhere."""

    def fail(base: object, reference: object) -> str:
        output.write("held")
        raise error

    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        monkeypatch.setattr(_cli, "join_url", fail)
        assert main(["join", "http://h", "x"]) == 1
    with os.fdopen(reader) as read:
        assert read.read() == ""
    assert capsys.readouterr().err == said


def test_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """C1. Without arguments those of the process are taken."""
    monkeypatch.setattr(sys, "argv", ["x", "join", "http://h", "y"])
    assert main() == 0
    assert capsys.readouterr().out == "http://h/y\n"


def test_complaint_without_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """C1. Where standard error is closed a complaint is the exit code alone."""
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["join", "", "x"]) == 2
    assert capsys.readouterr().out == ""
