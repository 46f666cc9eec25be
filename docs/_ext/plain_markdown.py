"""Pages that are plain Markdown for a reader of the repository, and a little more on the site.

``<!-- site`` ... ``-->``      what stands between is for the site alone, a table of contents say
``<!-- invisible-code-block``  checks the page, and is of no use to a reader
``<!-- tabs: begin -->``       each heading from here to ``<!-- tabs: end -->`` is a tab
``[text](../CHANGELOG.md)``    leads to the page that includes the file, or is plain text where none does
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CHECKS = re.compile(r"^<!-- invisible-code-block: .*?^-->$\n", re.MULTILINE | re.DOTALL)
HIDDEN = re.compile(r"^<!-- site\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
TABS = re.compile(r"^<!-- tabs: begin -->\n(.*?)^<!-- tabs: end -->$", re.MULTILINE | re.DOTALL)
TAB = re.compile(r"^#+ (.+)\n", re.MULTILINE)
UNREAD = re.compile(r"^<!-- (site|tabs|invisible).*", re.MULTILINE)
# From a page in docs/, or from a file above that a page includes.
OUTWARD = re.compile(r"\[([^\]]+)\]\((?:\.\./|(?=docs/|[A-Z]+\.md))([^)#]+)(#[^)]*)?\)")

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "backends/README.md": "backends.md",
}
"""The files outside of docs/ that have a page."""


def rewritten(text: str) -> str:
    """Give the source of a page as the site reads it."""
    text = linked(TABS.sub(_tab_set, HIDDEN.sub(r"\1", text)))
    if unread := UNREAD.search(text):
        raise ValueError(f"{unread[0]}: the comment is not as the site expects it")
    return text


def linked(text: str) -> str:
    """Give it with links that lead to pages, and without what checks it."""
    return OUTWARD.sub(_link, CHECKS.sub("", text))


def _tab_set(match: re.Match[str]) -> str:
    _, *parts = TAB.split(match[1])
    items = [
        f":::{{tab-item}} {name}\n:sync: {name}\n{body}:::\n"
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    ]
    return f"::::{{tab-set}}\n{''.join(items)}::::"


def _link(match: re.Match[str]) -> str:
    text, path, anchor = match.groups(default="")
    page = path.removeprefix("docs/") if path.startswith("docs/") else PAGES.get(path)
    return f"[{text}]({page}{anchor})" if page else text


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""

    def read(app: Sphinx, page: str, source: list[str]) -> None:
        source[0] = rewritten(source[0])

    def included(app: Sphinx, path: object, page: str, source: list[str]) -> None:
        source[0] = rewritten(source[0])

    app.connect("source-read", read)
    app.connect("include-read", included)
    return {"parallel_read_safe": True}
