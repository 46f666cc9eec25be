"""Examples in Markdown as tests: `pytest README.md CONTRIBUTING.md docs` (`nox -s docs`).

A ```python block is run, or checked as a doctest when it has prompts; the blocks of a page share their names.
`server_url` is the URL of a server on loopback that answers 200 to anything.
`table_rows(page, name)` gives the cells of the table after `<!-- rows: name -->`, for a hidden block to measure.
A block after the line `<!-- skip: next -->` is not run.
"""

from __future__ import annotations

import doctest
import importlib.util
import json
import re
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

collect_ignore = ["docs/_build"]  # pytest would take the copy of a page there for a doctest

if importlib.util.find_spec("sybil"):  # from the group "docs"; without it Markdown is not collected
    from sybil import Sybil
    from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

    pytest_collect_file = Sybil(
        parsers=[
            PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE),
            SkipParser(),
        ],
        patterns=["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/api/*.md"],
        setup=lambda names: names.update(table_rows=table_rows),
        fixtures=["server_url"],
    ).pytest()


def table_rows(page: str, name: str) -> list[list[str]]:
    """The cells of a table in a page, without the marks of code."""
    _, _, after = Path(page).read_text("utf-8").partition(f"<!-- rows: {name} -->\n\n")
    table, _, _ = after.partition("\n\n")
    lines = [line.strip("|").split("|") for line in table.splitlines()[2:]]
    assert lines, f"no table {name!r} in {page}"  # noqa: S101 (a misspelt name would check nothing)
    return [[cell.strip().replace("`", "") for cell in line] for line in lines]


def _answer(request: Request) -> Response:
    seen = {"method": request.method, "path": request.path, "size": len(request.get_data())}
    return Response(json.dumps(seen), content_type="application/json")


@pytest.fixture
def server_url(httpserver: HTTPServer) -> str:
    """The URL, without a final slash, of a server that answers any request with what it saw, as JSON."""
    httpserver.expect_request(re.compile(".*")).respond_with_handler(_answer)
    return httpserver.url_for("").rstrip("/")
