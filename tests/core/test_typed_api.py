"""Whether the files in ``typed_api``, which only type checkers read, speak of the whole public API."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

TYPED = Path(__file__).parents[1] / "typed_api"
FILES = {
    "basestream": "core.py",
    "basestream.backend": "doors.py",
    "basestream.testing": "doors.py",
    "basestream_requests": "on_requests.py",
    "basestream_httpx": "on_httpx.py",
    "basestream_httpx2": "on_httpx2.py",
    "basestream_urllib3": "on_urllib3.py",
}


def public(module: str) -> set[str]:
    """Read ``__all__`` without importing a module whose client may be missing."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    for node in ast.parse(Path(spec.origin).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no __all__")


def mentioned(file: Path) -> set[str]:
    """Give the names and attributes that a file uses; an import alone is no use."""
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize(("module", "file"), FILES.items())
def test_every_public_name_is_used(module: str, file: str) -> None:
    """Every name of ``__all__`` is used where its types are asserted."""
    assert set() == public(module) - mentioned(TYPED / file)
