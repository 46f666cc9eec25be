"""The commands and their options, and what ``--help`` says.

Errors are `CannotRun`: one line, as all others are, without the usage that ``--help`` shows.
"""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from . import __version__
from ._failures import CannotRun
from ._options import parse_count, parse_header, parse_method, parse_seconds, parse_size, parse_user

_PUT = """\
Upload a pipe of known size, or a file, to a URL: with Content-Length, never chunked, never held in memory, and
exactly that many bytes or not at all. A body that is too long or too short is cut off before it is complete.

  basestream put "$URL" backup.tar
  ssh db cat backup.tar | basestream put "$URL" --size "$(ssh db stat -c %s backup.tar)"
  basestream put "$URL" disk.img --retries 5 --sha256 -H 'Content-Type: application/octet-stream'

Exit code: 0 done, 1 network, 2 usage, 3 the size does not match, 22 the server answered with a status of 400 or
more or with a redirect that an upload cannot follow, 130 interrupted. Redirects 307 and 308 are followed.
"""

_JOIN = """\
Print what a session with that base requests for each reference, one URL a line.

  basestream join https://api.example.com/v1 users '?page=2' /health
"""

_BACKENDS = """\
List the backends, in the order in which `put` chooses one, with the versions of their clients and what they have.

  basestream backends

Exit code: 0, or 1 if none can be used.
"""

_DEMO = """\
Start a server on loopback, upload a real input to it through every installed backend, sync and async, and print
what the server saw. By default the input is the standard library of this Python, as a tar archive made on the fly.

  basestream demo
  basestream demo --backend requests --size 10MiB
  basestream demo --file backup.tar

Exit code: 0 if every upload arrived whole and unchanged, else 1; 2 if the command could not be run as given.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CannotRun(f"{message} (see {self.prog} --help)")


class _Interleaved(_Parser):
    """A parser that takes ``URL --size 5 FILE``: argparse settles an optional positional before the first option."""

    _inside = False

    def parse_known_args(self, *args: Any, **kwargs: Any) -> Any:
        if self._inside:
            return super().parse_known_args(*args, **kwargs)
        self._inside = True  # what is called here calls this
        return self.parse_known_intermixed_args(*args, **kwargs)


class _Headers(argparse.Action):
    """Collects header fields; clients differ in how they take two of one name."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        name, value = values
        headers: dict[str, str] = dict(getattr(namespace, self.dest))
        if name.lower() in map(str.lower, headers):
            raise argparse.ArgumentError(self, f"there are two of {name}: join their values with a comma")
        headers[name] = value
        setattr(namespace, self.dest, headers)


def parser() -> argparse.ArgumentParser:
    """Make the parser; ``command`` in what it gives is the command's name."""
    top = _Parser(
        prog="basestream",
        description="A session with a base URL and an upload body of known size, the same on every HTTP client.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"basestream {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", dest="command", required=True, parser_class=_Interleaved)
    for add in (_add_put, _add_join, _add_backends, _add_demo):
        add(commands)
    return top


def _add_put(commands: Any) -> None:
    put = _command(commands, "put", "upload a pipe of known size, or a file", _PUT)
    put.add_argument("url", metavar="URL", help="http:// or https://")
    put.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help="standard input if it is - or left out"
    )
    put.add_argument(
        "--size", metavar="N", type=parse_size, help="bytes (also 10MiB, 10MB); of a file that is known"
    )
    put.add_argument("--method", metavar="METHOD", type=parse_method, default="PUT", help="instead of PUT")
    put.add_argument(
        "-H", "--header", metavar="'NAME: VALUE'", type=parse_header, action=_Headers, dest="headers", default={},
        help="a header field; can be repeated",
    )  # fmt: skip
    put.add_argument(
        "--backend", metavar="NAME", default="auto", help="one of `basestream backends`, or auto"
    )
    put.add_argument(
        "--sha256", action="store_true", help="print the digest of what was sent, as sha256sum does"
    )
    put.add_argument(
        "--retries", metavar="N", type=parse_count, default=0,
        help="try again after a network error or a 429, 502, 503 or 504, for a file",
    )  # fmt: skip
    put.add_argument(
        "--timeout", metavar="SECONDS", type=parse_seconds, help="give up without progress for so long (300)"
    )
    put.add_argument(
        "-u",
        "--user",
        metavar="USER:PASSWORD",
        type=parse_user,
        help="for Basic or Digest, as the server asks",
    )
    put.add_argument("-q", "--quiet", action="store_true", help="no progress on a terminal")


def _add_join(commands: Any) -> None:
    join = _command(commands, "join", "print what a session would request", _JOIN)
    join.add_argument("base", metavar="BASE", help="scheme://host[:port][/path]")
    join.add_argument("references", metavar="REF", nargs="+", help="a reference relative to it, or a URL")


def _add_backends(commands: Any) -> None:
    _command(commands, "backends", "list what is installed", _BACKENDS)


def _add_demo(commands: Any) -> None:
    demo = _command(commands, "demo", "upload to a server on loopback through every backend", _DEMO)
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


def _command(commands: Any, name: str, summary: str, description: str) -> _Parser:
    command: _Parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return command
