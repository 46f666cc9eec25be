"""No regular expression of what is shipped backtracks more than linearly, whatever it is given.

A pattern is attacked with what it accepts: a part of an accepted text is repeated, and what follows it does not
fit. How long that takes is measured for growing lengths, with the methods that the code calls.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support import CLIENTS, under_test

PACKAGES = ["basestream", *(f"basestream_{client}" for client in CLIENTS if under_test(client))]
METHODS = frozenset({"match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn"})
# Exponential time shows before 28 characters, and is over there in a second; quadratic time shows at 4096.
LENGTHS = (12, 16, 20, 24, 28, 256, 1024, 4096)
SLOW = 0.001  # seconds; linear, 4096 characters take a twentieth of that
HEALTH_CHECKS = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


class Use(NamedTuple):
    """A pattern, and a method of it that is called."""

    where: str
    pattern: re.Pattern[Any]
    method: str


def uses() -> Iterator[Use]:
    """Every pattern of every module with each of the ways in which it is used."""
    for module in modules():
        tree = ast.parse(Path(module.__file__ or "").read_text("utf-8"))
        for name, called in methods_called(tree).items():
            for method in sorted(called & METHODS or {"match"}):  # handed on, it is matched
                yield Use(f"{module.__name__}.{name}", getattr(module, name), method)
        for function, text, line in unnamed(tree):
            yield Use(f"{module.__name__}:{line}", re.compile(text), function)


def modules() -> Iterator[Any]:
    """The modules of what is shipped."""
    for package in map(importlib.import_module, PACKAGES):
        yield package
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def methods_called(tree: ast.Module) -> dict[str, set[str]]:
    """The names that patterns have in a module, and the attributes of each that are taken there."""
    taken: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            taken[node.value.id].add(node.attr)
    return {name: taken[name] for name in defined(tree)}


def defined(tree: ast.Module) -> Iterator[str]:
    """The names that are given to compiled patterns at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and is_call_of_re(node.value) == "compile":
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def is_call_of_re(node: ast.AST) -> str | None:
    """The function of ``re`` that is called, if one is."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    owner = node.func.value
    return node.func.attr if isinstance(owner, ast.Name) and owner.id == "re" else None


def unnamed(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Calls such as ``re.split("[?#]", text)``: the function, the pattern and the line."""
    for node in ast.walk(tree):
        function = is_call_of_re(node)
        if function in METHODS and isinstance(node, ast.Call):
            yield str(function), ast.literal_eval(node.args[0]), node.lineno


USES = list(uses())


def called_on(use: Use, text: Any) -> float:
    """The CPU time of one call."""
    replacement: list[Any] = [text[:0]] if use.method in ("sub", "subn") else []
    function = getattr(use.pattern, use.method)
    begin = time.thread_time()  # of this thread alone: the machine may be busy
    result = function(*replacement, text)
    if use.method == "finditer":
        next(result, None)
    return time.thread_time() - begin


def is_slow(use: Use, start: Any, pump: Any, end: Any) -> bool:
    """Whether the time grows faster than the length of what is repeated."""

    def took(length: int) -> float:
        return called_on(use, start + pump * (length // len(pump) + 1) + end)

    for length in LENGTHS:
        if took(length) > SLOW:  # or the machine was: the least of some runs is taken
            long = min(took(length) for _ in range(3))
            return long > SLOW and (length < 256 or long > 3 * min(took(length // 2) for _ in range(3)))
    return False


def attack(use: Use, tries: int) -> list[tuple[Any, Any, Any]]:
    """Look for a text that takes too long: what stands before, what is repeated, and what stands after."""
    found: list[tuple[Any, Any, Any]] = []
    ends: list[Any] = ["", "\x00", "/", '"', "@", "a", ":"]
    if isinstance(use.pattern.pattern, bytes):
        ends = [end.encode() for end in ends]

    @settings(
        max_examples=tries,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=HEALTH_CHECKS,
    )
    @given(accepted=st.from_regex(use.pattern, fullmatch=True), end=st.sampled_from(ends))
    def attempt(accepted: Any, end: Any) -> None:
        accepted = accepted[:12]
        for begin in range(len(accepted)):
            for length in (1, 2, 3):
                trial = accepted[:begin], accepted[begin : begin + length], end
                if not found and is_slow(use, *trial):
                    found.append(trial)

    attempt()
    return found


def test_every_pattern_is_among_them() -> None:
    """A pattern is a constant of its module, or a literal where it is used: none is made on the way."""
    for module in modules():
        tree = ast.parse(Path(module.__file__ or "").read_text("utf-8"))
        made = [node for node in ast.walk(tree) if is_call_of_re(node) == "compile"]
        assert len(made) == len(list(defined(tree))), module.__name__
        assert all(isinstance(vars(module)[name], re.Pattern) for name in defined(tree))
    assert len({use.where for use in USES if use.where.startswith("basestream.")}) > 30


@pytest.mark.parametrize("use", [pytest.param(use, id=f"{use.where}-{use.method}") for use in USES])
def test_no_pattern_backtracks(use: Use) -> None:
    """U18, A1. 4096 characters, made to be slow, take no more than in proportion."""
    assert attack(use, 30) == []


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        pytest.param(r"(a+)+$", "match", id="nested"),
        pytest.param(r"(?:a|a)*b", "match", id="twice-the-same"),
        pytest.param(r'"(?:\\.|[^"])*"', "match", id="escape-or-anything"),
        pytest.param(r"[a-z]*[a-z0-9]*=", "match", id="neighbours"),
        pytest.param(r"[ \t]*,[ \t]*(?:,[ \t]*)*[ ,]*;", "match", id="separators"),
        pytest.param(r"[^@]*@", "search", id="search-from-everywhere"),
        pytest.param(rb"a[0-9]*[0-9]+;", "fullmatch", id="bytes"),
    ],
)
def test_what_backtracks_is_found(pattern: str | bytes, method: str) -> None:
    """The same attack finds the classical mistakes."""
    assert attack(Use("here", re.compile(pattern), method), 30)
