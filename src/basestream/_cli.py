"""The command line: ``basestream`` and ``python -m basestream`` (C1 to C3).

Rule 1: whatever the user can get wrong is one line on stderr that begins with ``basestream: ``, never a traceback.
Rule 2: a command's work, and what it needs to import, is in a module of its own, loaded when it is asked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import InvalidURL, join_url
from ._errors import redacted
from ._failures import FAILED, INTERRUPTED, USAGE, CannotRun, Failed, one_line, printable
from ._parser import parser

if TYPE_CHECKING:
    from types import ModuleType

    from ._inputs import Input
    from ._tar import Input as Archive


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code; only ``--help`` and ``--version`` exit by themselves.

    Args:
        argv: The arguments without the program's name; by default those of the process.
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:  # a name that the terminal's encoding cannot show is no reason to fail
        reconfigure(errors="backslashreplace")
    try:
        arguments = parser().parse_args(argv)
        status = COMMANDS[arguments.command](arguments)
        sys.stdout.flush()
    except CannotRun as error:
        return _complain(str(error), USAGE)
    except Failed as error:
        return _complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:  # the commands deal with all but this: what they print has nowhere to go
        return _output_failed(error)
    return status


def _join(arguments: argparse.Namespace) -> int:
    try:
        joined = [join_url(arguments.base or None, reference) for reference in arguments.references]
    except InvalidURL as error:
        raise CannotRun(str(error)) from None
    for url in joined:
        print(redacted(url))
    return 0


def _put(arguments: argparse.Namespace) -> int:
    from . import _put as put
    from ._inputs import checksum_line
    from ._progress import progress

    put.check_url(arguments.url)
    source = _source(arguments)
    job = put.Job(
        arguments.url,
        source,
        arguments.method,
        arguments.headers,
        arguments.user,
        arguments.retries,
        arguments.timeout,
    )
    module = _backend(arguments.backend)
    put.check(job, module)
    label = "standard input" if source.name == "-" else os.path.basename(source.name)
    with progress(printable(label), quiet=arguments.quiet) as report:
        put.put(job, module, report)
    if arguments.sha256:
        print(checksum_line(source))
    return 0


def _backend(name: str) -> ModuleType:
    from ._backends import find, first

    try:
        return first() if name == "auto" else find(name)
    except CannotRun:
        raise
    except Exception as error:  # a backend is anybody's code
        raise Failed(f"backend {name!r}: {one_line(error)}", FAILED) from None


def _source(arguments: argparse.Namespace) -> Input:
    from ._inputs import file_input, standard_input

    if arguments.file == "-":
        return standard_input(arguments.size, hashed=arguments.sha256)
    return file_input(arguments.file, arguments.size, hashed=arguments.sha256)


def _backends(arguments: argparse.Namespace) -> int:
    from ._backends import NO_CLIENT, described, known
    from ._tables import print_table

    rows = [described(name) for name in known()]
    print_table([["backend", "version", "has"], *rows])
    if not any(len(row) == 3 for row in rows):
        raise Failed(NO_CLIENT, FAILED)
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from . import _demo as demo
    from ._backends import NO_CLIENT
    from ._progress import Line
    from ._tables import DemoTable

    source = _archive(arguments.file, arguments.size)
    lanes, missing = demo.choose(arguments.backend)
    if not lanes:
        raise Failed(NO_CLIENT, FAILED)
    with demo.running_server() as base:
        print(f"input: {source.name}, {source.size} bytes", *missing, sep="\n", end="\n\n", flush=True)
        table = DemoTable(lanes, source.size)
        wrong = 0
        for lane in lanes:
            with Line(lane.label) as progress:
                result = demo.upload(lane, base, source, progress)
            table.add(lane, result)
            wrong += bool(result.problem)
    print(f"\n{len(lanes) - wrong} of {len(lanes)} uploads arrived whole and unchanged")
    return FAILED if wrong else 0


def _archive(path: str | None, size: int | None) -> Archive:
    from ._tar import file_input, standard_library

    try:
        return standard_library(size) if path is None else file_input(path, size)
    except (OSError, ValueError) as error:
        what = "default input" if path is None else f"--file {path!r}"
        raise CannotRun(f"{what}: {getattr(error, 'strerror', None) or error}") from None


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "put": _put,
    "join": _join,
    "backends": _backends,
    "demo": _demo,
}


def _complain(message: str, status: int) -> int:
    stderr: Any = sys.stderr
    if stderr is not None:  # print would take standard output for it
        print("basestream:", printable(message), file=stderr)
    return status


def _output_failed(error: OSError) -> int:
    """End without a traceback when stdout is a closed pipe or a full disk."""
    # What is still buffered would fail again at exit, with a message of the interpreter's.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return FAILED
    return _complain(f"cannot write the output: {error.strerror or error}", FAILED)
