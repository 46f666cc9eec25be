"""Where a URL leads, and what may travel there: the security decisions, alone in one file.

Rule 1: equality that cannot be proven counts as foreign (P3).
Rule 2: this module compares text. Who asks gives URLs as the client that will send them writes them, because
        clients differ in how they encode a host.
Rule 3: it decides and never touches a request: adapters remove what they are told to.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, NamedTuple

from ._errors import InvalidURL, OutOfReachURL
from ._rfc3986 import authority_problem, normal_path, port_number, shown, split, split_authority

Reach = Literal["any", "origin", "base"]
"""What a reference may name (P1)."""
SendCredentials = Literal["same-origin", "include"] | Collection[str]
"""Where a session's own credentials may go besides the base's origin, nowhere, anywhere or to these origins (P2)."""

DEFAULT_CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_REACHES = ("any", "origin", "base")
# Some servers decode %2F and %5C, or cut at ";", before they interpret "..": what is one segment here is a
# climb there. In a normal path no ".." is left between plain slashes.
_HIDDEN_CLIMB = re.compile(r"(?:/|%2F|%5C)\.\.(?:/|%2F|%5C|;|$)")


class Origin(NamedTuple):
    """Scheme, host and port (RFC 6454 section 4); the port of an unknown scheme may be None."""

    scheme: str
    host: str
    port: int | None

    def __str__(self) -> str:
        port = "" if self.port in (None, _DEFAULT_PORTS.get(self.scheme)) else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def origin_of(url: str) -> Origin | None:
    """Give the origin of an absolute URL, or None where two clients might see two.

    Example:
        >>> origin_of("HTTPS://API.example.com/v1") == origin_of("https://api.example.com:443")
        True
        >>> origin_of("https://api.example.com@evil.example@other/") is None
        True

    Source: RFC 6454 section 4.
    """
    parts = split(url)
    if parts.scheme is None or parts.authority is None or authority_problem(parts.authority) is not None:
        return None
    userinfo, host, port = split_authority(parts.authority)
    if "\\" in (userinfo or ""):
        return None  # WHATWG ends the authority at a backslash, RFC 3986 does not
    scheme = parts.scheme.lower()
    # Lower-casing non-ASCII text is the business of IDNA, and in a zone case matters.
    address, percent, zone = host.partition("%") if host.startswith("[") else (host, "", "")
    name = (address.lower() if address.isascii() else address) + percent + zone
    return Origin(scheme, name, port_number(port) if port else _DEFAULT_PORTS.get(scheme))


def same_origin(url: str, other: str) -> bool:
    """Tell whether two absolute URLs have one origin, and clearly so.

    Example:
        >>> same_origin("https://api.example.com/v1", "https://API.example.com:443/v2")
        True
    """
    origin = origin_of(url)
    return origin is not None and origin == origin_of(other)


def is_plain(origin: Origin) -> bool:
    """Tell whether every client reads host and port alike: urllib3 decodes triplets, requests ignores port 0."""
    return "%" not in origin.host and origin.port != 0


def is_https_upgrade(previous: Origin, new: Origin) -> bool:
    """Tell the redirect from http on port 80 to https on port 443 of the same host (P2)."""
    return previous == Origin("http", new.host, 80) and new == Origin("https", new.host, 443)


def checked_reach(reach: object) -> Reach:
    """Give ``reach`` back, or raise ``ValueError`` (P1)."""
    if reach not in _REACHES:
        raise ValueError(f"reach must be 'any', 'origin' or 'base', not {reach!r}")
    return reach  # type: ignore[return-value]  # narrowed by the line above, which mypy does not follow


def check_reach(reach: Reach, *, base_url: str, url: str, ref: str) -> None:
    """Raise :class:`OutOfReachURL` if a joined URL leaves what the session may name (P1).

    Args:
        reach: ``"any"``, ``"origin"`` or ``"base"``.
        base_url: The base, in normal form.
        url: The joined URL.
        ref: What the caller wrote, for the error.
    """
    if reach == "any":
        return
    home = origin_of(base_url)
    if home is None or origin_of(url) != home:
        raise OutOfReachURL(
            f"{shown(ref)} leads to another origin than the base {shown(base_url)}, and reach is {reach!r}",
            url=url,
            base_url=base_url,
        )
    if reach == "base" and not _is_under(split(base_url).path, split(url).path):
        raise OutOfReachURL(
            f"{shown(ref)} leads outside of the base {shown(base_url)}, and reach is 'base'",
            url=url,
            base_url=base_url,
        )


def _is_under(base_path: str, path: str) -> bool:
    path = normal_path(path) or "/"
    base_path = base_path.removesuffix("/")
    if _HIDDEN_CLIMB.search(path):
        return False
    return path == base_path or path.startswith(base_path + "/")


class CredentialPolicy:
    """Which of a session's credentials may go where (P2).

    Args:
        send_credentials: ``"same-origin"``, ``"include"``, or further trusted origins (``scheme://host[:port]``).
        credential_headers: Header names to treat as credentials besides Authorization, Cookie and
            Proxy-Authorization.

    Raises:
        ValueError: A trusted origin is none, or ``send_credentials`` is another word.
        TypeError: ``credential_headers`` is a ``str``.
    """

    __slots__ = ("headers", "include", "trusted")

    def __init__(self, send_credentials: SendCredentials, credential_headers: Collection[str]) -> None:
        if isinstance(credential_headers, str):
            raise TypeError(f"credential_headers is a collection of names: write ({credential_headers!r},)")
        self.headers: frozenset[str] = DEFAULT_CREDENTIAL_HEADERS | {
            name.lower() for name in credential_headers
        }
        self.include: bool = send_credentials == "include"
        self.trusted: frozenset[Origin] = frozenset[Origin]() if self.include else _trusted(send_credentials)

    def is_home(self, base_url: str | None, url: str) -> bool:
        """Tell whether the session's own credentials may go to this URL.

        Args:
            base_url: The session's base as its client writes it; without one nothing is withheld.
            url: The target as the client writes it.
        """
        if self.include or base_url is None:
            return True
        target = origin_of(url)
        return target is not None and (target == origin_of(base_url) or target in self.trusted)

    def strips(self, base_url: str | None, previous: str, url: str) -> bool:
        """Tell whether a redirect from one URL to another loses the named headers, whoever set them."""
        if self.is_home(base_url, url):
            return False
        before, target = origin_of(previous), origin_of(url)
        if before is None or target is None:
            return True
        return before != target and not is_https_upgrade(before, target)


def _trusted(origins: SendCredentials) -> frozenset[Origin]:
    if isinstance(origins, str):
        if origins == "same-origin":
            return frozenset()
        raise ValueError(
            f"send_credentials must be 'same-origin', 'include' or a collection of origins, not {shown(origins)}"
        )
    return frozenset(_trusted_origin(text) for text in origins)


def _trusted_origin(text: str) -> Origin:
    origin = origin_of(text)
    parts = split(text)
    if origin is None or parts.path not in ("", "/") or parts.query is not None or parts.fragment is not None:
        raise InvalidURL(f"{shown(text)} is no origin: write scheme://host or scheme://host:port", url=text)
    return origin
