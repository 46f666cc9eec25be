"""``python -m servers.table SEEN [--write]``: the table of docs/servers.md, from what a run of the tests has seen.

Without ``--write`` it compares, and ends with 1 if they differ: but for the versions, which move on without us, and
the rows of servers that this machine does not have.
"""

from __future__ import annotations

import argparse
import difflib
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from drivers import DRIVERS

from .cells import Cell, recorded
from .nginx import NGINX
from .traits import EMPTY, GONE, LOST, NOT_CALLED, RESET, STORED, WHOLE

PAGE = Path(__file__).parents[2] / "docs" / "servers.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

SERVERS = {
    "wsgiref": "wsgiref",
    "werkzeug": "werkzeug",
    "gunicorn-sync": "gunicorn, sync",
    "gunicorn-gthread": "gunicorn, gthread",
    "cheroot": "cheroot",
    "waitress": "waitress",
    "granian-wsgi": "granian, WSGI",
    "uvicorn": "uvicorn",
    "hypercorn": "hypercorn",
    "granian-asgi": "granian, ASGI",
    "nginx-gunicorn": "nginx before gunicorn",
    "nginx-dav": "nginx, a folder",
    "moto-as-S3": "moto, answering as S3",
}

COLUMNS = {
    "sized": "sized",
    "chunked": "chunked, for contrast",
    "closed": "cut, an ordinary close",
    "aborted": "cut, as basestream does it",
    "aborted over TLS": "cut, over TLS",
    "aborted over HTTP/2": "cut, on HTTP/2",
    "early 413": "early 413",
    "early 413 over TLS": "early 413, over TLS",
}

WORDS = {
    WHOLE: "whole",
    EMPTY: "**empty**",
    STORED: "**taken for whole**",
    RESET: "error",
    GONE: "error",
    NOT_CALLED: "dropped",
    LOST: "maybe an error",
    "501": "refused, 501",
}


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser("python -m servers.table", description="The table of docs/servers.md.")
    parser.add_argument("seen", type=Path, help="what the tests have recorded")
    parser.add_argument("--write", action="store_true", help="write the page; else it is compared")
    arguments = parser.parse_args()
    cells = recorded(arguments.seen)
    text = PAGE.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    written, end, after = rest.partition(END)
    assert "" not in (begin, end), f"{PAGE.name} has no place for a table"
    if arguments.write:
        table = "\n".join(["", "", *rows(cells, versions()), "", ""])
        PAGE.write_text("".join([before, begin, table, end, after]), "utf-8")
        return 0
    return compared(written.split("\n"), cells)


def compared(written: Sequence[str], cells: Sequence[Cell]) -> int:
    """Print how the page and the run differ, and tell whether they do."""
    there = {SERVERS[cell.server] for cell in cells}
    old = [without_version(line) for line in written if line.startswith("| ")]
    fresh = [without_version(line) for line in rows(cells, {})]
    absent = [row for row in old[2:] if row[0] not in there]
    lines = [
        *difflib.unified_diff(
            [" | ".join(row) for row in old if row not in absent],
            [" | ".join(row) for row in fresh],
            PAGE.name,
            "this run",
            lineterm="",
            n=0,
        )
    ]
    for row in absent:
        print(f"not on this machine, and not compared: {row[0]}")
    if lines:
        print(*lines, f"{PAGE.name} differs: run nox -s servers -- --write, and commit it", sep="\n")
    return 1 if lines else 0


def rows(cells: Sequence[Cell], versions: Mapping[str, str]) -> Iterator[str]:
    """Write the table."""
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for cell in cells:
        words = seen.setdefault((cell.server, cell.column), {})
        before = words.setdefault(cell.backend, cell.word)
        assert before == cell.word, f"{cell}, and before it was {before}"
    yield line(["server", "version", *COLUMNS.values()])
    yield line(["---"] * (2 + len(COLUMNS)))
    for server, name in SERVERS.items():
        if any(row == server for row, _ in seen):
            found = [summary(seen.get((server, column), {})) for column in COLUMNS]
            yield line([name, versions.get(server, ""), *found])


def summary(words: Mapping[str, str]) -> str:
    """Say what was seen on all backends: one thing, or each thing with those that it was seen on."""
    if not words:
        return "-"
    backends: dict[str, list[str]] = {}
    for backend, word in words.items():
        backends.setdefault(WORDS.get(word, word), []).append(backend)
    if len(backends) == 1:
        return next(iter(backends))
    most = max(backends, key=lambda word: len(backends[word]))
    others = [f"{word} on {together(names)}" for word, names in backends.items() if word != most]
    return "; ".join([most, *others])


def together(names: Sequence[str]) -> str:
    """Name backends."""
    on_asyncio = [str(driver) for driver in DRIVERS if driver.asynchronous]
    return "asyncio" if sorted(names) == sorted(on_asyncio) else ", ".join(names)


def versions() -> dict[str, str]:
    """Give the version of each server."""
    found = {
        server: version(server.partition("-")[0])
        for server in SERVERS
        if server not in ("wsgiref", "nginx-dav", "nginx-gunicorn")
    }
    found["wsgiref"] = f"Python {platform.python_version()}"
    if NGINX:
        told = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=True).stderr
        found["nginx-dav"] = told.strip().rpartition("/")[2]
        found["nginx-gunicorn"] = f"{found['nginx-dav']}, {found['gunicorn-sync']}"
    return found


def without_version(row: str) -> list[str]:
    """Split a line of the table, and leave the second column out."""
    name, _, *found = [cell.strip() for cell in row.strip("| ").split(" | ")]
    return [name, *found]


def line(cells: Iterable[str]) -> str:
    """Write a line of a table."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
