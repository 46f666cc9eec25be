"""``python -m public_api.documented``: whether every public name is documented; ends with 1 if one is not.

Counted are the public modules, what their ``__all__`` names, and of each class the methods, properties and
attributes that are its own or come from another class of ours. An attribute may be documented as the argument that it
comes from, and a method that overrides a documented one of ours may leave its docstring out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import griffe

from .loading import PACKAGES, ROOT, loaded, public_members


def main() -> int:
    """Count and tell."""
    found = {path: documented for package in loaded(ROOT).values() for path, documented in names(package)}
    missing = sorted(path for path, documented in found.items() if not documented)
    for path in missing:
        print(f"no docstring: {path}")
    print(f"{len(found) - len(missing)} of {len(found)} public names are documented")
    return 1 if missing else 0


def names(package: griffe.Module) -> Iterator[tuple[str, bool]]:
    """Give the path of each public name, and whether it has a docstring."""
    yield package.path, package.has_docstring
    for module in package.modules.values():
        if not module.name.startswith("_"):
            yield module.path, module.has_docstring
    for member in public_members(package):
        target = member.final_target if isinstance(member, griffe.Alias) else member
        yield target.path, has_docstring(target)
        if isinstance(target, griffe.Class):
            yield from members(target)


def members(owner: griffe.Class) -> Iterator[tuple[str, bool]]:
    """Give those of a class of ours; a special method needs no docstring but what its class says."""
    family = [owner, *owner.mro()]
    arguments = {name for one in family for name in documented_arguments(one)}
    for name, member in owner.all_members.items():
        target = member.final_target if isinstance(member, griffe.Alias) else member
        if name.startswith("_") or target.path.partition(".")[0] not in PACKAGES:
            continue
        inherited = any(name in one.members and one.members[name].has_docstring for one in family)
        yield f"{owner.path}.{name}", inherited or (target.is_attribute and name in arguments)


def documented_arguments(owner: griffe.Class) -> Iterator[str]:
    """Give the arguments that a class's docstring tells of."""
    for section in griffe.parse_google(owner.docstring, warnings=False) if owner.docstring else ():
        if isinstance(section, griffe.DocstringSectionParameters):
            yield from (parameter.name for parameter in section.value)


def has_docstring(target: griffe.Object | griffe.Alias) -> bool:
    """Tell whether there is one, or whether it is one of the names that explain themselves."""
    return target.has_docstring or target.name in ("__all__", "__version__")


if __name__ == "__main__":
    sys.exit(main())
