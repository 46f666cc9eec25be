"""What the fuzzer has found is tried again in every run of the tests."""

from __future__ import annotations

import traceback

import pytest

from fuzz import _inputs, corpora


@pytest.mark.parametrize("target", corpora.TARGETS)
def test_corpus(target: str) -> None:
    """U18, A1. Every input that is kept holds the claims of its target."""
    inputs = corpora.read(target)

    assert len(inputs) > 30
    assert {data: problem for data in inputs if (problem := problem_of(target, data))} == {}


def problem_of(target: str, data: bytes) -> str | None:
    """What a target says of an input, if it is not content."""
    try:
        corpora.TARGETS[target](data)
    except Exception:
        return traceback.format_exc()
    return None


def test_a_slow_function_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure of linear time fails for what compares every character with every other."""
    monkeypatch.setattr(_inputs, "TOO_LONG", 0.02)  # the comparison is one of C's

    def quadratic(text: str) -> int:
        return sum(text.count(character) for character in text)

    with pytest.raises(AssertionError, match="32766 characters took"):
        _inputs.assert_linear(quadratic, "abc")
