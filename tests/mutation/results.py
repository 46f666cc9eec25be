"""What a run has given for a module."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .mutants import KILLED, folder_of
from .survivors import Mutant, reason_for


class Module(NamedTuple):
    """How the mutants of a module fared."""

    name: str
    total: int
    killed: int
    accepted: int
    survivors: list[Mutant]


def judged(module: str, codes: Mapping[str, int | None], listed: dict[Mutant, str]) -> Module:
    """Count, by how pytest ended on each mutant."""
    alive = [mutant_of(module, name) for name, code in codes.items() if code not in KILLED]
    survivors = [mutant for mutant in alive if reason_for(mutant, listed) is None]
    return Module(module, len(codes), len(codes) - len(alive), len(alive) - len(survivors), survivors)


def mutant_of(module: str, name: str) -> Mutant:
    """What a mutant changes, by its name."""
    mutmut: Any = importlib.import_module("mutmut.mutation.diff_apply")  # installed for this session alone
    here = Path.cwd()
    os.chdir(folder_of(module))  # mutmut knows no other folder
    try:
        diff: str = mutmut.get_diff_for_mutant(name, path=Path("src/basestream", f"{module}.py"))
    finally:
        os.chdir(here)
    lines = diff.splitlines()[2:]
    changes = (f"{line[0]} {line[1:].strip()}" for line in lines if line[:1] in ("-", "+"))
    return Mutant(function_of(name), tuple(changes))


def function_of(name: str) -> str:
    """``basestream._x.xǁKindǁname__mutmut_3`` is ``_x.Kind.name``; functions have ``x_`` before their name."""
    module, _, mangled = name.rpartition(".")
    function = mangled.rpartition("__mutmut_")[0]
    function = (
        function.removeprefix("xǁ").replace("ǁ", ".") if "ǁ" in function else function.removeprefix("x_")
    )
    return f"{module.removeprefix('basestream.')}.{function}"
