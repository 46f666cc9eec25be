"""The list of survivors, and what needs no entry in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from mutation.results import function_of
from mutation.survivors import Mutant, accepted, reason_for

SOURCES = Path(__file__).parents[2] / "src/basestream"


def test_every_survivor_has_a_reason() -> None:
    """An entry of the list names a module that is there, and code of it, and stands below a reason."""
    for mutant, reason in accepted().items():
        module = mutant.function.partition(".")[0]
        source = (SOURCES / f"{module}.py").read_text("utf-8")
        ast.parse(source)
        assert reason
        assert mutant.changes
        for change in mutant.changes:
            assert change[:2] in ("- ", "+ ")
            assert change[0] == "+" or change[2:] in source


@pytest.mark.parametrize(
    ("before", "after", "accepted_at_once"),
    [
        pytest.param('cast("A", x)', "cast(None, x)", True, id="cast"),
        pytest.param('cast("A", x)', 'cast("A", None)', False, id="what-is-cast"),
        pytest.param('x.encode("utf-8")', 'x.encode("UTF-8")', True, id="codec"),
        pytest.param('x.encode("utf-8")', 'x.encode("XXutf-8XX")', False, id="no-codec"),
        pytest.param('"a base has no query"', '"XXa base has no queryXX"', True, id="prose"),
        pytest.param('"a base has no query"', '"A BASE HAS NO QUERY"', True, id="loud-prose"),
        pytest.param('"Basic " + x', '"XXBasic XX" + x', False, id="a-word"),
        pytest.param("a and b", "a or b", False, id="logic"),
    ],
)
def test_what_needs_no_entry(before: str, after: str, accepted_at_once: bool) -> None:
    """Types for the checkers, the case of a codec and the wording of messages: nothing else."""
    mutant = Mutant("_x.y", (f"- {before}", f"+ {after}"))

    assert (reason_for(mutant, {}) is not None) is accepted_at_once


def test_names() -> None:
    """mutmut's names are told apart again."""
    assert function_of("basestream._urls.x_join__mutmut_3") == "_urls.join"
    assert function_of("basestream._urls.xǁBaseURLǁ__init____mutmut_3") == "_urls.BaseURL.__init__"
