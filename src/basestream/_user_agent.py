"""A User-Agent for an application, as RFC 9110 section 10.1.5 writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2
_NOT_IN_TOKEN = re.compile(r"[^A-Za-z0-9!#$%&'*+.^_`|~-]+")


def user_agent(name: str, version: str, extras: Iterable[tuple[str, str]] | None = None) -> str:
    """Give the value of a User-Agent header for an application.

    Args:
        name: The application's name, a token: no spaces, no slashes.
        version: Its version, a token.
        extras: Further pairs of name and version, of libraries for instance.

    Raises:
        ValueError: A name or version is no token, or an extra is no pair.

    Example:
        >>> user_agent("my-app", "1.0", [("requests", "2.34.2")]).split()[:2]
        ['my-app/1.0', 'requests/2.34.2']

    Source: RFC 9110 section 10.1.5.
    """
    import platform  # imports socket's friends; the core stays light

    products = [(name, version), *(extras or ())]
    system = (
        (platform.python_implementation(), platform.python_version()),
        (platform.system(), platform.release()),
    )
    # What the platform calls itself is not the caller's fault: it is made a token.
    own = [tuple(_NOT_IN_TOKEN.sub("-", text) or "unknown" for text in pair) for pair in system]
    return " ".join("/".join(_checked(product)) for product in (*products, *own))


def _checked(product: object) -> tuple[str, str]:
    pair = tuple(cast("Iterable[object]", product)) if isinstance(product, (tuple, list)) else ()
    if len(pair) != 2:
        raise ValueError(f"an extra must be a pair of name and version, not {product!r}")
    name, version = _token(pair[0]), _token(pair[1])
    return name, version


def _token(text: object) -> str:
    if not isinstance(text, str) or _TOKEN.fullmatch(text) is None:
        raise ValueError(
            f"{text!r} cannot stand in a User-Agent: a name or version is a token, no spaces, no slashes"
        )
    return text
