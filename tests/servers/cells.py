"""What a run has seen, for the table of docs/servers.md: a line of JSON for each server, column and backend."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

VARIABLE = "BASESTREAM_SERVERS_SEEN"
"""Names the file; without it nothing is written."""


class Cell(NamedTuple):
    """One observation."""

    server: str
    column: str
    backend: str
    word: str


def record(server: str, column: str, backend: object, word: str) -> None:
    """Keep one."""
    if name := os.environ.get(VARIABLE):
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(Cell(server, column, str(backend), word)) + "\n")


def recorded(file: Path) -> list[Cell]:
    """Read them all."""
    return [Cell(*json.loads(line)) for line in file.read_text("utf-8").splitlines()]
