"""What counts as a break of the public API, and what as documented."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from public_api.breaks import breaks, listed, told
from public_api.documented import names
from public_api.loading import ROOT, export, git, loaded

DOOR = '"""Doc."""\nfrom ._inside import Thing, call\n__all__ = ["Thing", "call"]\n'
INSIDE = '''
class Thing:
    """Doc."""

    def do(self, what, how=1):
        """Do."""


def call(url, *, reach="any"):
    """Call."""


def helper(x):
    pass
'''
Tree = Callable[[str, str], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write a checkout with one package."""

    def write(door: str, inside: str) -> Path:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        package = folder / "src" / "basestream"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(door)
        (package / "_inside.py").write_text(inside)
        return folder

    return write


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("what, how=1", "what", "basestream._inside.Thing.do: Parameter was removed: how"),
        ("what, how=1", "what, how", "basestream._inside.Thing.do: Parameter is now required: how -> how"),
        (', *, reach="any"', "", "basestream._inside.call: Parameter was removed: reach"),
        ("def do(", "def make(", "basestream._inside.Thing.do: Public object was removed"),
        ("def call(", "def ring(", "basestream.call: there is nothing behind the name"),
    ],
    ids=["parameter", "default", "keyword", "method", "function"],
)
def test_a_break_is_shown(tree: Tree, old: str, new: str, line: str) -> None:
    """What is gone behind a public name is a line of its own."""
    assert line in set(breaks(tree(DOOR, INSIDE), tree(DOOR, INSIDE.replace(old, new))))


def test_a_name_that_is_no_longer_offered(tree: Tree) -> None:
    """So is a name that the door has lost."""
    door = DOOR.replace(', "call"', "").replace(", call", "")
    assert ["basestream.call: Public object was removed"] == [*breaks(tree(DOOR, INSIDE), tree(door, INSIDE))]


@pytest.mark.parametrize(
    ("old", "new"),
    [("def helper(x)", "def helper()"), ("how=1", "how=1, why=None"), ("Do.", "Do it.")],
    ids=["private", "more", "words"],
)
def test_what_is_no_break(tree: Tree, old: str, new: str) -> None:
    """Nobody notices what is private, what was added with a default, and what is only said otherwise."""
    assert [] == [*breaks(tree(DOOR, INSIDE), tree(DOOR, INSIDE.replace(old, new)))]


@pytest.mark.parametrize(
    ("found", "accepted", "code"),
    [(["a"], ["a"], 0), (["a"], [], 1), ([], ["a"], 1), ([], [], 0)],
    ids=["listed", "new", "stale", "none"],
)
def test_the_list_of_accepted_breaks(found: list[str], accepted: list[str], code: int) -> None:
    """Only what is listed is accepted, and only what is a break may be listed."""
    assert code == told("v1", found, listed("# why\n" + "\n".join(accepted)))


@pytest.mark.parametrize(
    "line", ['"""Do."""', '"""Call."""', '    """Doc."""'], ids=["method", "function", "class"]
)
def test_a_missing_docstring_is_shown(tree: Tree, line: str) -> None:
    """Every public name needs one, and nothing else does."""
    whole, lacking = (
        loaded(tree(DOOR, text))["basestream"] for text in (INSIDE, INSIDE.replace(line, "    1"))
    )
    assert all(documented for _, documented in names(whole))
    assert 1 == [documented for _, documented in names(lacking)].count(False)


def test_the_last_commit_can_be_read(tmp_path: Path) -> None:
    """All five packages come out of git as they are in it, and lead somewhere."""
    if not git("rev-parse", "HEAD"):
        pytest.skip("this is no clone")
    export("HEAD", tmp_path)
    assert loaded(ROOT).keys() == loaded(tmp_path).keys()
    assert [] == [*breaks(tmp_path, tmp_path)]
