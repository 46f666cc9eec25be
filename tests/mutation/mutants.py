"""Makes the mutants of a module with mutmut, and runs its tests on them, in a folder of its own below ``mutants``.

mutmut takes its settings from the pyproject.toml in its folder. There each module has the tests that are its
own, because pytest needs longer to collect the tests of the core than to run those that kill a mutant.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

# By a failure, or because it never came to an end.
KILLED = frozenset({1, 3, 36, 24, -24, 152, 255, -9, -11})
# Left out: what measures memory, which the copies of the code change, or time; what starts an interpreter, which
# would run the code as it is; and what needs other files of the repository.
LEFT_OUT = (
    "linear_time",
    "large_bodies",
    "no_file_in_memory",
    "process",
    "pseudo_terminal",
    "test_ctrl_c and test_demo",
    "no_utf8",
    "nothing_heavy",
)
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/basestream/{module}.py"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-k", "{wanted}", {ignored}]
timeout_multiplier = 10.0
timeout_constant = 2.0
"""
# The process that is forked for a mutant has run the tests once: what it has remembered would hide the mutant.
FORGETTING = """

@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    from basestream import _rfc3986, _urls

    _urls._parsed.cache_clear()
    _rfc3986._normal_text.cache_clear()
"""
WANTED = " and ".join(f"not ({name})" for name in LEFT_OUT)
IGNORED = ", ".join(f'"--ignore=tests/core/test_{name}.py"' for name in ("memory", "door", "typed_api"))


def folder_of(module: str) -> Path:
    """Where a module is mutated."""
    return Path("mutants", module)


def codes(module: str, own: list[str], every: int) -> dict[str, int | None]:
    """Give how the tests of a module ended on its mutants, or on every so many of them."""
    folder = folder_of(module)
    _prepare(folder)
    tests = [f"tests/{name}" if "/" in name else f"tests/core/{name}" for name in own]
    settings = SETTINGS.format(module=module, tests=json.dumps(tests), wanted=WANTED, ignored=IGNORED)
    (folder / "pyproject.toml").write_text(Path("pyproject.toml").read_text("utf-8") + settings, "utf-8")
    wanted = _names(module)[::every]
    _mutmut(folder, *wanted)
    meta = json.loads(Path(folder, f"mutants/src/basestream/{module}.py.meta").read_text("utf-8"))
    return {name: meta["exit_code_by_key"][name] for name in wanted}


def _names(module: str) -> list[str]:
    """The mutants that mutmut makes of a module."""
    mutmut: Any = importlib.import_module("mutmut.mutation.file_mutation")  # installed for this session alone
    path = Path("src/basestream", f"{module}.py")
    made = mutmut.mutate_file_contents(str(path), path.read_text("utf-8"))
    return [f"basestream.{module}.{name}" for name in made.mutant_names]


def _prepare(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for tree in ("src", "tests/core", "tests/cli", "tests/third_party"):
        shutil.copytree(tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__"))
    for path in Path("tests").glob("*.py"):
        shutil.copy(path, folder / "tests")
    with (folder / "tests/conftest.py").open("a") as conftest:
        conftest.write(FORGETTING)


def _mutmut(folder: Path, *names: str) -> None:
    """Run mutmut, which ends well also where mutants survive."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    program = Path(sys.executable).with_name("mutmut")
    command = [str(program.absolute()), "run", "--max-children", str(len(os.sched_getaffinity(0))), *names]
    ran = subprocess.run(
        command, cwd=folder, env=environ, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if ran.returncode:
        sys.exit(f"mutmut failed:\n{ran.stdout[-5000:].decode('utf-8', 'replace')}")
