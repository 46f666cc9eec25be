"""RFC 3986 over plain strings: splitting, resolving, and the normal form.

Rule 1: nothing is lost. A byte of the input reaches the result, percent-encoded where it has to be.
Rule 2: every function is total over ``str`` and takes linear time; the input may be hostile.
Rule 3: this module knows no client, no session, no base that is a directory, and no policy. Hosts are never
        IDNA-encoded here: the stdlib's IDNA 2003 gives another host than the clients' for ``faß``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ._errors import InvalidURL, redacted

# Appendix B, with groups that tell an absent component (None) from an empty one.
_SPLIT = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")  # section 3.1

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # section 2.3
# What may not stand as it is in a path (section 3.3), and in a whole reference with query and fragment.
# A triplet always matches: it is decoded or upper-cased (section 6.2.2).
_ODD_IN_PATH = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]")
_ODD_IN_REFERENCE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?#]")

_IP_LITERAL = re.compile(r"\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9\-._~%]+)?\]")  # with a zone as in RFC 6874, or bare
# Inside a host every client reads these differently, or not at all.
_NOT_IN_HOST = re.compile(r"[\s\"<>\\^`{|}\[\]@:]")


class Split(NamedTuple):
    """The five components of section 3; None is an absent component, ``""`` an empty one."""

    scheme: str | None
    authority: str | None
    path: str
    query: str | None
    fragment: str | None


def split(url: str) -> Split:
    """Split any string into its components (appendix B)."""
    scheme, authority, path, query, fragment = next(_SPLIT.finditer(url)).groups()  # every string matches
    if scheme is not None and _SCHEME.fullmatch(scheme) is None:
        # Appendix B takes anything before a colon; section 3.1 says what a scheme is.
        before = f"{scheme}:" if authority is None else f"{scheme}://{authority}"
        return Split(None, None, before + path, query, fragment)
    return Split(scheme, authority, path, query, fragment)


def unsplit(parts: Split) -> str:
    """Put components together again (section 5.3)."""
    scheme, authority, path, query, fragment = parts
    if authority is None and path.startswith("//"):
        # Section 3.3 forbids "//" at the start of a path without an authority: it would name a host.
        path = "/." + path
    return "".join(
        (
            "" if scheme is None else scheme + ":",
            "" if authority is None else "//" + authority,
            path,
            "" if query is None else "?" + query,
            "" if fragment is None else "#" + fragment,
        )
    )


def remove_dot_segments(path: str, below: Sequence[str] = ()) -> str:
    """Interpret ``.`` and ``..`` segments (section 5.2.4).

    Args:
        path: Appended to what follows.
        below: The segments before it, free of dots.
    """
    kept = [*below]
    segment = ""
    for segment in path.split("/"):
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
            elif kept:  # never above the root; a rootless path becomes rooted: step 2C leaves the slash
                kept[0] = ""
        elif segment != ".":
            kept.append(segment)
    if segment == "." or segment == "..":
        kept.append("")  # a directory
    return "/".join(kept)


def resolve(base: str, ref: str) -> str:
    """Resolve a reference against a base URI strictly as section 5.2.2 says, with nothing added.

    This is what a browser or a redirect does with a link. The sessions read their base as a directory and
    put the result into a normal form: that is :func:`basestream.join_url`.

    Args:
        base: An absolute URI.
        ref: A URI reference.

    Raises:
        InvalidURL: The base has no scheme.

    Example:
        >>> resolve("http://a/b/c/d;p?q", "../g")
        'http://a/b/g'
        >>> resolve("http://a/b/c/d;p?q", "http:g")
        'http:g'

    Source: RFC 3986 sections 5.2 and 5.4.
    """
    start = split(base)
    if start.scheme is None:
        raise InvalidURL(f"base {shown(base)}: a base URI begins with a scheme", url=ref, base_url=base)
    to = split(ref)
    if to.scheme is not None:
        return unsplit(to._replace(path=remove_dot_segments(to.path)))
    if to.authority is not None:
        return unsplit(to._replace(scheme=start.scheme, path=remove_dot_segments(to.path)))
    if to.path == "":
        query = start.query if to.query is None else to.query
        return unsplit(start._replace(query=query, fragment=to.fragment))
    path = to.path if to.path.startswith("/") else _merge(start, to.path)
    return unsplit(Split(start.scheme, start.authority, remove_dot_segments(path), to.query, to.fragment))


def _merge(base: Split, path: str) -> str:
    """Replace what follows the base's last slash (section 5.2.3)."""
    if base.authority is not None and base.path == "":
        return "/" + path
    return base.path[: base.path.rfind("/") + 1] + path


def encoded_path(path: str) -> str:
    """Percent-encode what may not stand in a path and decode unreserved triplets (U13)."""
    return _ODD_IN_PATH.sub(_normal, path)


def normal_path(path: str) -> str:
    """Put a path into the normal form (U13), then remove its dot segments (U6: ``%2e`` is a dot)."""
    return remove_dot_segments(encoded_path(path))


def normal_reference(ref: str) -> str:
    """Put all of a relative reference into the normal form (U13), but for its dot segments."""
    rest, mark, fragment = ref.partition("#")
    if "#" in fragment:
        ref = rest + mark + fragment.replace("#", "%23")
    return _ODD_IN_REFERENCE.sub(_normal, ref)


def _normal(match: re.Match[str]) -> str:
    return _normal_text(match[0])


@lru_cache(maxsize=512)  # a text has few different ones, and a look-up costs a tenth
def _normal_text(text: str) -> str:
    if len(text) == 3:  # a triplet; anything else is one character
        character = chr(int(text[1:], 16))
        return character if character in _UNRESERVED else text.upper()
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8"))


def split_authority(authority: str) -> tuple[str | None, str, str]:
    """Split ``[userinfo@]host[:port]`` (section 3.2); an absent port is ``""``."""
    userinfo, at, host_port = authority.rpartition("@")
    if host_port.startswith("["):
        literal, bracket, port = host_port.partition("]")
        return (userinfo if at else None), literal + bracket, port.removeprefix(":")
    host, _, port = host_port.partition(":")
    return (userinfo if at else None), host, port


def port_number(port: str) -> int | None:
    """Read the digits of a port (section 3.2.3), or give None."""
    digits = port.lstrip("0")
    if not (port.isascii() and port.isdigit()) or len(digits) > 5:
        return None
    number = int(digits or "0")
    return number if number <= 65535 else None


def authority_problem(authority: str) -> str | None:
    """Say what is wrong with an authority (section 3.2), or give None."""
    userinfo, host, port = split_authority(authority)
    if userinfo is not None and ("@" in userinfo or "[" in userinfo or "]" in userinfo):
        return "percent-encode '@', '[' and ']' in the userinfo"
    if host == "":
        return "there is no host"
    if port and port_number(port) is None:
        return "the port must be a number up to 65535"
    if host.startswith("["):
        return None if _IP_LITERAL.fullmatch(host) else "the IPv6 address is not well formed"
    if odd := _NOT_IN_HOST.search(host):
        return f"{odd.group()!r} cannot stand in a host"
    return None


def shown(url: str) -> str:
    """Quote a URL for a message, without its userinfo."""
    return repr(redacted(url))
