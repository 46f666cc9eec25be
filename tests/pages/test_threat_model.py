"""The evidence that docs/threat-model.md names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from basestream.testing import scenarios

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/threat-model.md").read_text("utf-8")
QUOTED = re.findall(r"`([^`\n]+)`", PAGE)
ROWS = sorted({name for name in QUOTED if re.fullmatch(r"[USWPA]\d+-[\w-]+", name)})
TESTS = sorted({name for name in QUOTED if "::" in name})
PROMISES = [line for line in PAGE.splitlines() if re.match(r"\| [^-]", line) and "| shown by |" not in line]


def test_enough_is_named() -> None:
    """The page is read as it is meant: it names rows and tests."""
    assert len(ROWS) > 40
    assert len(TESTS) > 20


def test_every_row_exists() -> None:
    """A row that the page names is a row of the kit."""
    assert set(ROWS) <= {row.id for row in scenarios()}


@pytest.mark.parametrize("name", TESTS)
def test_every_test_exists(name: str) -> None:
    """A test that the page names is a function of that file."""
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))

    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_is_shown(promise: str) -> None:
    """What is guaranteed has a row or a test beside it, and nothing else stands in its column."""
    shown = re.findall(r"`([^`]+)`", promise.split(" | ")[1])

    assert shown
    assert set(shown) <= {*ROWS, *TESTS}
