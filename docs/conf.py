"""The site: `nox -s docs` builds it into docs/_build/html."""

from __future__ import annotations

import sys
from pathlib import Path

import basestream

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "basestream"
author = "The basestream contributors"
project_copyright = author
version = release = basestream.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "llms",
    "plain_markdown",
    "public_names",
]
exclude_patterns = ["_build", "_ext"]

# --- Markdown -------------------------------------------------------------------------------------------------------

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3  # links as on GitHub: rules.md#w4

# --- the reference, from the docstrings -----------------------------------------------------------------------------

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "mixed"
python_maximum_signature_line_length = 80
napoleon_google_docstring = True
napoleon_numpy_docstring = False
default_role = "py:obj"
smartquotes_action = "D"  # dashes, which docutils writes as --; quotes stay as they are
nitpicky = True  # a name in a docstring that leads nowhere is an error ...
nitpick_ignore_regex = [
    # ... but for those of others, which no inventory is asked for: the build needs no network, ...
    ("py:.*", r"(collections|http|json|os|ssl|requests|httpx2?|urllib3)\..*"),
    ("py:.*", "None|True|False|ModuleType|Url|(Split|Parse)Result(Bytes)?"),
    # ... and for those of annotations that are not exported.
    ("py:class", r"(basestream\._auth_flow\.)?AuthFields|BodySource|ProgressCallback|Stream|Surplus"),
]

# --- how it looks ---------------------------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"basestream {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
copybutton_exclude = ".linenos, .gp, .go"
