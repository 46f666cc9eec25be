"""The table of docs/servers.md: what it says of a run, and when a page is stale."""

from __future__ import annotations

import pytest

from drivers import DRIVERS
from servers.cells import Cell
from servers.table import compared, rows
from servers.traits import LOST, NOT_CALLED, STORED, WHOLE

BACKENDS = [str(driver) for driver in DRIVERS]
RUN = [Cell("wsgiref", "sized", backend, WHOLE) for backend in BACKENDS]


def table(cells: list[Cell]) -> list[str]:
    """Give the table of a run, with some version."""
    return [*rows(cells, {"wsgiref": "Python 3.99"})]


def test_what_all_backends_see_is_one_word() -> None:
    """A dash stands for what was not played."""
    assert "| wsgiref | Python 3.99 | whole | - | - | - | - | - | - | - |" == table(RUN)[2]


def test_what_one_backend_sees_is_named() -> None:
    """The word of the most comes first."""
    cells = [Cell("wsgiref", "closed", backend, STORED) for backend in BACKENDS[1:]]
    [_, _, row] = table([Cell("wsgiref", "closed", BACKENDS[0], NOT_CALLED), *cells])
    assert f"| **taken for whole**; dropped on {BACKENDS[0]} |" in row


def test_asyncio_is_named_as_such() -> None:
    """Where the async backends differ together."""
    words = {str(driver): LOST if driver.asynchronous else "413" for driver in DRIVERS}
    [_, _, row] = table([Cell("wsgiref", "early 413", backend, word) for backend, word in words.items()])
    assert row.endswith("| 413; maybe an error on asyncio | - |")


def test_a_backend_that_sees_two_things_is_an_error() -> None:
    """A table of what happens to happen would be none."""
    with pytest.raises(AssertionError, match="before it was whole"):
        table([*RUN, RUN[0]._replace(word=STORED)])


def test_a_page_that_is_stale() -> None:
    """A word that has changed is an error; a version, and a server that is not there, is none."""
    written = table([*RUN, Cell("nginx-dav", "sized", BACKENDS[0], WHOLE)])
    changed = [cell._replace(word=STORED) for cell in RUN]
    assert (0, 1) == (compared(written, RUN), compared(written, changed))
    assert 1 == compared(written, [*RUN, Cell("uvicorn", "sized", BACKENDS[0], WHOLE)])
