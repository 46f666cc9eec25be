"""Our five packages as griffe reads them: from their source, without importing anything."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).parents[2]
ROOTS = ("src", "backends")
PACKAGES = (
    "basestream",
    "basestream_requests",
    "basestream_httpx",
    "basestream_httpx2",
    "basestream_urllib3",
)


def loaded(folder: Path) -> dict[str, griffe.Module]:
    """Read the packages of a checkout, those that it has, and let them know each other."""
    roots = [folder / root for root in ROOTS]
    loader = griffe.GriffeLoader(search_paths=roots, allow_inspection=False)
    there = [name for name in PACKAGES if any((root / name).is_dir() for root in roots)]
    for name in there:
        loader.load(name, try_relative_path=False)
    loader.resolve_aliases(external=False, implicit=True)
    return {name: loader.modules_collection[name] for name in there}


def public_members(module: griffe.Module) -> Iterator[griffe.Object | griffe.Alias]:
    """Give what a module and its public modules offer."""
    for member in module.members.values():
        if isinstance(member, griffe.Module):
            if not member.name.startswith("_"):
                yield from public_members(member)
        elif member.is_public:
            yield member


def leads_nowhere(member: griffe.Object | griffe.Alias) -> bool:
    """Tell whether a public name of ours has nothing behind it that griffe can read."""
    if not isinstance(member, griffe.Alias) or member.target_path.partition(".")[0] not in PACKAGES:
        return False
    try:
        member.final_target  # noqa: B018  (it is looked up)
    except griffe.AliasResolutionError:
        return True
    return False


def export(ref: str, folder: Path) -> None:
    """Write the sources of a git ref to a folder."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", ref, *ROOTS]
    archive = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def git(*arguments: str) -> str:
    """Ask git something about this repository; an empty answer if it knows none."""
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()
