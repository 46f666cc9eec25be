"""The two adapters of the httpx family differ in nothing but their client's name."""

from __future__ import annotations

from pathlib import Path

import pytest

BACKENDS = Path(__file__).parents[2] / "backends"
MODULES = sorted(path.name for path in (BACKENDS / "basestream_httpx").glob("*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_the_httpx_adapters_are_alike(name: str) -> None:
    """A change in one of them is made in the other; neither grows beyond a class file."""
    one = (BACKENDS / "basestream_httpx" / name).read_text()
    other = (BACKENDS / "basestream_httpx2" / name).read_text()

    assert one.replace("httpx", "httpx2").replace("Httpx", "Httpx2") == other
    assert len(one.splitlines()) <= 150


def test_what_is_said_of_their_types_is_alike() -> None:
    """What is asserted of the types of one is asserted of the other's."""
    typed = BACKENDS.parent / "tests" / "typed_api"
    one = (typed / "on_httpx.py").read_text()

    assert one.replace("httpx", "httpx2") == (typed / "on_httpx2.py").read_text()


def test_neither_has_a_module_of_its_own() -> None:
    """The file lists are the same."""
    assert MODULES == sorted(path.name for path in (BACKENDS / "basestream_httpx2").glob("*.py"))
