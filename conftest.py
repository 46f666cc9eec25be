"""Examples in Markdown as tests: `pytest README.md CONTRIBUTING.md docs` (`nox -s docs`).

A ```python block is run, or checked as a doctest when it has prompts; the blocks of a page share their names.
`server_url` is the URL of a server on loopback that answers 200 to anything.
A block after the line `<!-- skip: next -->` is not run.
"""

from __future__ import annotations

import doctest
import importlib.util
import json
import re

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

if importlib.util.find_spec("sybil"):  # from the group "docs"; without it Markdown is not collected
    from sybil import Sybil
    from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

    pytest_collect_file = Sybil(
        parsers=[
            PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE),
            SkipParser(),
        ],
        patterns=["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/api/*.md"],
        fixtures=["server_url"],
    ).pytest()


def _answer(request: Request) -> Response:
    seen = {"method": request.method, "path": request.path, "size": len(request.get_data())}
    return Response(json.dumps(seen), content_type="application/json")


@pytest.fixture
def server_url(httpserver: HTTPServer) -> str:
    """The URL, without a final slash, of a server that answers any request with what it saw, as JSON."""
    httpserver.expect_request(re.compile(".*")).respond_with_handler(_answer)
    return httpserver.url_for("").rstrip("/")
