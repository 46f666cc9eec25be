"""``python -m public_api.breaks [REF]``: what of the public API has broken since a git ref, the last tag by default.

Ends with 1 if there is a break that `accepted.txt` does not list, or if it lists one that is none.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import griffe

from .loading import ROOT, export, git, leads_nowhere, loaded, public_members

ACCEPTED = Path(__file__).with_name("accepted.txt")


def main() -> int:
    """Compare and tell."""
    parser = argparse.ArgumentParser("python -m public_api.breaks", description="Breaks of the public API.")
    parser.add_argument("ref", nargs="?", help="compare with this git ref instead of the last tag")
    ref = parser.parse_args().ref or last_tag()
    if not git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"):
        print(f"git knows no {ref}")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        export(ref, Path(folder))
        found = sorted(set(breaks(Path(folder), ROOT)))
    return told(ref, found, listed(ACCEPTED.read_text("utf-8")))


def told(ref: str, found: Sequence[str], accepted: Sequence[str]) -> int:
    """Print what was found, and give the exit code."""
    for line in found:
        print(line if line not in accepted else f"{line}  (accepted)")
    new = [line for line in found if line not in accepted]
    stale = [line for line in accepted if line not in found]
    for line in stale:
        print(f"{ACCEPTED.name} lists what is no break since {ref}: {line}")
    print(f"since {ref}: {len(found)} breaks, of which {len(new)} are not listed in {ACCEPTED.name}")
    return 1 if new or stale else 0


def last_tag() -> str:
    """Give the last tag, or HEAD where there is none yet."""
    tag = git("describe", "--tags", "--abbrev=0")
    if not tag:
        print(
            "there is no tag yet: compared with HEAD, which shows what is not committed; name a ref for more"
        )
    return tag or "HEAD"


def breaks(before: Path, now: Path) -> Iterator[str]:
    """Give a line for each thing that used to work and does not any more."""
    old, new = loaded(before), loaded(now)
    for package in new.values():
        lost = filter(leads_nowhere, public_members(package))
        yield from (f"{member.path}: there is nothing behind the name" for member in lost)
    for name, package in old.items():
        if name not in new:
            yield f"{name}: the package was removed"
            continue
        for breakage in griffe.find_breaking_changes(package, new[name]):
            yield described(breakage)


def described(breakage: griffe.Breakage) -> str:
    """Describe a break without the line numbers, which change with every commit."""
    facts = breakage.as_dict()
    path = breakage.obj.path
    values = [value for value in map(shown, (facts["old_value"], facts["new_value"])) if value]
    return f"{path}: {breakage.kind.value}{': ' if values else ''}{' -> '.join(values)}"


def shown(value: object) -> str:
    """Show an old or a new value in one word or two."""
    if isinstance(value, griffe.Parameter):
        return value.name
    return "" if value is None or isinstance(value, (griffe.Object, griffe.Alias)) else str(value)


def listed(text: str) -> list[str]:
    """Read the accepted breaks: a line each; a line that begins with a hash is their reason."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


if __name__ == "__main__":
    sys.exit(main())
