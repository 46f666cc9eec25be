"""``llms.txt``, as https://llmstxt.org has it: the pages with their first sentence, each also as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from plain_markdown import PAGES, linked
from sphinx import addnodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

REFERENCE = re.compile(r"(\]\(api/\w+)\.md")
INCLUDED = {page.removesuffix(".md"): file for file, page in PAGES.items() if page != "index.md"}


def _summary(env: BuildEnvironment, page: str) -> str:
    """The first sentence: a line of Markdown has one."""
    paragraph = next(env.get_doctree(page).findall(nodes.paragraph), None)
    return "" if paragraph is None else paragraph.astext().splitlines()[0]


def _address(page: str) -> str:
    # The reference stands in the docstrings; its pages but name the modules, and are of use as HTML alone.
    return f"{page}.html" if page.startswith("api/") else f"{page}.md"


def _lines(env: BuildEnvironment) -> Iterator[str]:
    root = env.config.root_doc
    yield f"# {env.config.project}\n\n> {_summary(env, root)}\n"
    for toctree in env.get_doctree(root).findall(addnodes.toctree):
        yield f"\n## {toctree['caption']}\n\n"
        for _, page in toctree["entries"]:
            yield f"- [{env.titles[page].astext()}]({_address(page)}): {_summary(env, page)}\n"


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for page in app.env.found_docs:
        if _address(page).endswith(".md"):
            file = f"../{INCLUDED[page]}" if page in INCLUDED else f"{page}.md"
            text = linked(Path(app.srcdir, file).read_text("utf-8"))
            Path(app.outdir, f"{page}.md").write_text(REFERENCE.sub(r"\1.html", text), "utf-8")
    Path(app.outdir, "llms.txt").write_text("".join(_lines(app.env)), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True}
