"""The command line: ``basestream`` and ``python -m basestream`` (C1 to C3).

Rule 1: whatever the user can get wrong is one line on stderr that begins with ``basestream: ``, never a traceback.
Rule 2: a command's work, and what it needs to import, is in a module of its own, loaded when it is asked for.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from . import InvalidURL, __version__, join_url
from ._errors import redacted

if TYPE_CHECKING:
    from ._demo import Lane, Result, Seen
    from ._tar import Input

FAILED, USAGE, INTERRUPTED = 1, 2, 130
"""Exit codes besides 0."""

COLUMNS = ("backend", "request", "framing", "bytes", "sha256", "seconds", "MB/s", "blocks")
NUMBERS = (False, False, False, True, False, True, True, True, False)  # these stand to the right
GREEN, RED, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"
_NO_CLIENT = (
    "no HTTP client is installed: pip install 'basestream[requests]' (or [httpx], [httpx2], [urllib3], [all])"
)

_SIZE = re.compile(r"([0-9]{1,18}) ?(?:([kmg])(i?b)?|b)?", re.IGNORECASE | re.ASCII)

_JOIN = """\
Print what a session with that base requests for each reference, one URL a line.

  basestream join https://api.example.com/v1 users '?page=2' /health
"""

_DEMO = """\
Start a server on loopback, upload a real input to it through every installed backend, sync and async, and print
what the server saw. By default the input is the standard library of this Python, as a tar archive made on the fly.

  basestream demo
  basestream demo --backend requests --size 10MiB
  basestream demo --file backup.tar

Exit code: 0 if every upload arrived whole and unchanged, else 1; 2 if the command could not be run as given.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code; only ``--help`` and ``--version`` exit by themselves.

    Args:
        argv: The arguments without the program's name; by default those of the process.
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:  # a name that the terminal's encoding cannot show is no reason to fail
        reconfigure(errors="backslashreplace")
    try:
        arguments = _parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = arguments.run
        status = run(arguments)
        sys.stdout.flush()
    except _UsageError as error:
        return _complain(str(error), USAGE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:  # the commands deal with all but this: what they print has nowhere to go
        return _output_failed(error)
    return status


def parse_size(text: str) -> int:
    """Read a number of bytes: ``10``, ``10kB`` and ``10MB`` (powers of 1000), ``10k`` and ``10MiB`` (of 1024).

    Raises:
        argparse.ArgumentTypeError: It is none.

    Example:
        >>> parse_size("10"), parse_size("10kB"), parse_size("10KiB"), parse_size("10k")
        (10, 10000, 10240, 10240)

    Source: a bare letter is a power of 1024 in GNU coreutils too.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size: write bytes, or a number with kB, MB, GB, KiB, MiB or GiB"
        )
    number, letter, unit = match.groups()
    if letter is None:
        return int(number)
    factor = 1000 if (unit or "").lower() == "b" else 1024
    return int(number) * int(factor ** (1 + "kmg".index(letter.lower())))


class _UsageError(Exception):
    """The command cannot be run as it was given."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all others are, without the usage that ``--help`` shows."""

    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{message} (see {self.prog} --help)")


def _parser() -> _Parser:
    parser = _Parser(
        prog="basestream",
        description="A session with a base URL and an upload body of known size, the same on every HTTP client.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"basestream {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    add = commands.add_parser
    join = _command(add, "join", "print what a session would request", _JOIN, _join)
    join.add_argument("base", metavar="BASE", help="scheme://host[:port][/path]")
    join.add_argument("references", metavar="REF", nargs="+", help="a reference relative to it, or a URL")
    demo = _command(add, "demo", "upload to a server on loopback through every backend", _DEMO, _demo)
    demo.add_argument(
        "--backend", metavar="NAME", action="append", default=[], help="only this backend; can be repeated"
    )
    demo.add_argument("--file", metavar="PATH", help="upload this file")
    demo.add_argument(
        "--size",
        metavar="N",
        type=parse_size,
        help="upload at most this much (10MiB, 10MB): the file's first N bytes, or whole files of the default input",
    )
    return parser


def _command(
    add: Callable[..., _Parser],
    name: str,
    summary: str,
    description: str,
    run: Callable[[argparse.Namespace], int],
) -> _Parser:
    command = add(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.set_defaults(run=run)
    return command


def _join(arguments: argparse.Namespace) -> int:
    try:
        joined = [join_url(arguments.base or None, reference) for reference in arguments.references]
    except InvalidURL as error:
        raise _UsageError(str(error)) from None
    for url in joined:
        print(redacted(url))
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from . import _demo as demo

    source = _input(arguments.file, arguments.size)
    try:
        lanes, missing = demo.choose(arguments.backend)
        if not lanes:
            return _complain(_NO_CLIENT, FAILED)
        with demo.running_server() as base:
            print(f"input: {source.name}, {source.size} bytes", *missing, sep="\n", end="\n\n", flush=True)
            table = _Table(lanes, source.size)
            wrong = 0
            for lane in lanes:
                with Progress(lane.label) as progress:
                    result = demo.upload(lane, base, source, progress)
                table.add(lane, result)
                wrong += bool(result.problem)
    except demo.CannotRun as error:
        raise _UsageError(str(error)) from None
    print(f"\n{len(lanes) - wrong} of {len(lanes)} uploads arrived whole and unchanged")
    return FAILED if wrong else 0


def _input(path: str | None, size: int | None) -> Input:
    from ._tar import file_input, standard_library

    try:
        return standard_library(size) if path is None else file_input(path, size)
    except (OSError, ValueError) as error:
        what = "default input" if path is None else f"--file {path!r}"
        raise _UsageError(f"{what}: {getattr(error, 'strerror', None) or error}") from None


class _Table:
    """The rows of the demo, aligned and printed as they come: the widths are known before the first."""

    def __init__(self, lanes: Sequence[Lane], size: int) -> None:
        self._colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        rows = [_cells(lane.label, lane.expected(size), "DIFFERENT") for lane in lanes]
        self._widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
        print(self._aligned(COLUMNS))

    def add(self, lane: Lane, result: Result) -> None:
        """Print the row of one upload, with what is wrong at its end."""
        if result.seen is None:
            line = self._aligned((lane.label, f"FAILED: {result.problem}"))
        else:
            rate = f"{result.seen.bytes / 1e6 / result.seconds:.0f}"
            same = "ok" if result.seen.sha256 == result.sha256 else "DIFFERENT"
            figures = (same, f"{result.seconds:.2f}", rate, str(result.blocks))
            line = self._aligned((*_cells(lane.label, result.seen, *figures), result.problem))
        if self._colour:
            line = f"{RED if result.problem else GREEN}{line}{PLAIN}"
        print(line, flush=True)

    def _aligned(self, cells: Sequence[str]) -> str:
        pairs = zip(cells, [*self._widths, 0], NUMBERS, strict=False)  # 0: for what is wrong
        padded = [cell.rjust(width) if number else cell.ljust(width) for cell, width, number in pairs]
        return "  ".join(padded).rstrip()


def _cells(label: str, seen: Seen, *figures: str) -> list[str]:
    cells = [label, f"{seen.method} {seen.path}", seen.framing, str(seen.bytes), *figures]
    return cells + [""] * (len(COLUMNS) - len(cells))


class Progress:
    """Shows on a terminal how far an upload is, ten times a second; elsewhere nothing."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = sys.stderr.isatty()
        self._width = 0
        self._start = self._drawn = time.monotonic()

    def __call__(self, sent: int, total: int) -> None:
        now = time.monotonic()
        if self._shown and (sent in (0, total) or now - self._drawn >= 0.1):
            self._drawn = now
            rate = sent / 1e6 / max(now - self._start, 1e-9)
            self._draw(f"{self._label}: {100 * sent // max(total, 1)} %, {rate:.0f} MB/s")

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._draw("")
            self._draw("")

    def _draw(self, text: str) -> None:
        print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
        self._width = len(text)


def _complain(message: str, status: int) -> int:
    print("basestream:", " ".join(message.split()), file=sys.stderr)
    return status


def _output_failed(error: OSError) -> int:
    """End without a traceback when stdout is a closed pipe or a full disk."""
    # What is still buffered would fail again at exit, with a message of the interpreter's.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return FAILED
    return _complain(f"cannot write the output: {error.strerror or error}", FAILED)
