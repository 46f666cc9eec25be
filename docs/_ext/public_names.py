"""The names of the reference: ``SizedStream`` is enough in a docstring, and none may be left out.

A bare name is looked for in the public modules. What one of them exports, by its ``__all__``, and what no page
documents is a warning.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from sphinx.util.logging import getLogger

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.domains.python import PythonDomain
    from sphinx.environment import BuildEnvironment

MODULES = ("basestream", "basestream.backend", "basestream.testing", "basestream.testing.pytest_rows")
ADAPTERS = ("basestream_requests", "basestream_httpx", "basestream_httpx2", "basestream_urllib3")


def _python(env: BuildEnvironment) -> PythonDomain:
    return cast("PythonDomain", env.get_domain("py"))


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    for module in MODULES if node["refdomain"] == "py" else ():
        name = f"{module}.{node['reftarget']}"
        if name in _python(env).objects:
            return _python(env).resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, content)
    return None


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    documented = _python(env).objects
    for module in (*MODULES, *ADAPTERS):
        for name in importlib.import_module(module).__all__:
            # An adapter exports the core's names again, which are documented there.
            homes = ("basestream", module) if module in ADAPTERS else (module,)
            if not any(f"{home}.{name}" in documented for home in homes):
                getLogger(__name__).warning("%s.%s is public, and no page documents it", module, name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("missing-reference", _resolve)
    app.connect("env-check-consistency", _check)
    return {"parallel_read_safe": True}
