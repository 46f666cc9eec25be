"""The sessions' own join: a base read as a directory, and references that cannot surprise (U1 to U17).

Rule 1: what two clients would read differently is an error that says what to write instead.
Rule 2: an absolute URL is passed on as it was written, so that a signed URL stays valid.
Rule 3: this module knows no client; what it is given is text, or something of the standard library's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, Union, cast

from ._errors import InvalidURL, MissingBaseURL
from ._origins import Reach, check_reach, checked_reach
from ._rfc3986 import (
    Split,
    authority_problem,
    encoded_path,
    normal_path,
    normal_reference,
    remove_dot_segments,
    shown,
    split,
    split_authority,
)

if TYPE_CHECKING:
    from urllib.parse import ParseResult, ParseResultBytes, SplitResult, SplitResultBytes

URLTypes: TypeAlias = Union[str, bytes, "SplitResult", "ParseResult", "SplitResultBytes", "ParseResultBytes"]
"""What may be passed as a URL (U14)."""

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")  # U7: only scheme:// makes a URL absolute
_HTTP_WITHOUT_SLASHES = re.compile(r"https?:(?!//)", re.IGNORECASE | re.ASCII)  # U9
_HTTP = re.compile(
    r"https?://", re.IGNORECASE | re.ASCII
)  # has a host (RFC 9110 section 4.2.1); "file:" need not
_UNREADABLE = re.compile(
    r"[\x00-\x1f\x7f\ud800-\udfff]"
)  # controls, and surrogates, which have no UTF-8 form
# The commonest references: in normal form already, and without a colon. They cost one match.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=@/?]+")
# What is in normal form already, but for dot segments. The group is the path. A triplet is in normal form where its
# digits are upper-case and what it stands for is not unreserved.
_TRIPLET = "%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF])"
_IN_PATH, _IN_QUERY = r"[A-Za-z0-9\-._~!$&'()*+,;=:@/]*", r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?]*"
_SOUND = re.compile(
    f"({_IN_PATH}(?:{_TRIPLET}{_IN_PATH})*)"
    rf"(?:\?{_IN_QUERY}(?:{_TRIPLET}{_IN_QUERY})*)?(?:#{_IN_QUERY}(?:{_TRIPLET}{_IN_QUERY})*)?"
)
# An absolute URL about which there is nothing to decide.
_SOUND_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9.\-]+(?::[0-9]+)?(?:[/?#][!-\[\]-~]*)?")


def url_text(url: object) -> str:
    """Give the text of what a caller passed as a URL (U14).

    Args:
        url: A ``str`` (a subclass counts by its value), UTF-8 ``bytes``, or a result of ``urllib.parse``.

    Raises:
        InvalidURL: The bytes are not UTF-8.
        TypeError: It is anything else (U15).
    """
    if isinstance(url, str):
        return str.__str__(url)  # not str(url): an Enum member would give its name
    if isinstance(url, bytes):
        try:
            return url.decode("utf-8")
        except UnicodeDecodeError:
            text = url.decode("utf-8", "backslashreplace")
            raise InvalidURL(f"a URL given as bytes must be UTF-8: {shown(text)}", url=text) from None
    if type(url).__module__ == "urllib.parse" and hasattr(url, "geturl"):
        return url_text(cast("SplitResult", url).geturl())
    raise TypeError(f"a URL must be a str, UTF-8 bytes or a urllib.parse result, not {type(url).__name__}")


class BaseURL:
    """A base URL, checked and parsed once (U17), to which references are joined (U1 to U13).

    Args:
        url: ``scheme://[userinfo@]host[:port][/path]``. Its path is put into the normal form.

    Raises:
        InvalidURL: It is relative, or has a query, a fragment, no host, dot segments or white space.

    Example:
        >>> base = BaseURL("https://api.example.com/v1")
        >>> base.join("users/1?full=yes")
        'https://api.example.com/v1/users/1?full=yes'
        >>> base.join("/health")
        'https://api.example.com/health'
    """

    __slots__ = ("_segments", "directory", "path", "root", "url")

    def __init__(self, url: str) -> None:
        parts = _checked_base(url)
        self.root = f"{parts.scheme}://{parts.authority}"
        self.path = normal_path(parts.path) or "/"  # an empty path becomes "/" (U3)
        self.url = self.root + self.path
        self.directory = self.url if self.path.endswith("/") else self.url + "/"
        self._segments = self.directory[len(self.root) : -1].split("/")

    def join(self, ref: str) -> str:
        """Join a reference, or pass an absolute URL on.

        Args:
            ref: Text.

        Raises:
            InvalidURL: It is neither a reference nor an absolute URL.
        """
        if _PLAIN.fullmatch(ref) and "/." not in ref and ref[0] not in "./?":
            return self.directory + ref
        if ":" in ref and _SOUND_ABSOLUTE.fullmatch(ref):
            return ref
        path = _sound_path(ref)
        if path is None or _may_be_absolute(path):
            if is_absolute(ref, self.url):
                return ref
            ref = normal_reference(ref)
            path = ref.partition("#")[0].partition("?")[0]
        return self._joined(ref, path)

    def _joined(self, ref: str, path: str) -> str:
        """Join a reference in normal form, but for the dot segments of its path."""
        if not path:
            return self.url + ref
        rooted = path[0] == "/"
        if "/." not in path and path[0] != ".":
            return (self.root if rooted else self.directory) + ref
        # The directory is in normal form: what is appended alone has to be looked at.
        return self.root + remove_dot_segments(path, () if rooted else self._segments) + ref[len(path) :]


def join_url(base: URLTypes | None, ref: URLTypes, *, reach: Reach = "any") -> str:
    """Join a reference to a base that is read as a directory, as the sessions do.

    Args:
        base: ``scheme://host[:port][/path]``, with or without a slash at its end: both mean the same.
            None or ``""`` is no base.
        ref: A reference or an absolute URL.
        reach: What ``ref`` may name: ``"any"`` URL, the base's ``"origin"``, or what lies under the ``"base"``.

    Returns:
        An absolute URL. A relative reference gives one in normal form (ASCII, no dot segments, unreserved
        characters decoded); an absolute one is given back as it is. Joining the result again changes nothing.

    Raises:
        InvalidURL: The base or the reference cannot be used; the message says what to write instead.
        MissingBaseURL: The reference is relative and there is no base.
        OutOfReachURL: ``reach`` forbids it.
        TypeError: Either is neither text nor a ``urllib.parse`` result.
        ValueError: ``reach`` is another word, or there is no base for it to refer to.

    Example:
        >>> join_url("https://api.example.com/v1", "users/1")
        'https://api.example.com/v1/users/1'
        >>> join_url("https://api.example.com/v1/", "/health")
        'https://api.example.com/health'
        >>> join_url("https://api.example.com/v1", "sha256:ab")
        'https://api.example.com/v1/sha256:ab'
    """
    parsed = parse_base(base)
    limited = reach != "any"
    if limited:
        check_reach_has_base(checked_reach(reach), parsed)
    text = ref if type(ref) is str else url_text(ref)
    if parsed is None:
        return join(None, text)
    url = parsed.join(text)
    if limited:
        check_reach(reach, base_url=parsed.url, url=url, ref=text)
    return url


def parse_base(base: object) -> BaseURL | None:
    """Check and parse what was given as a base; None and ``""`` are no base (U17)."""
    if base is None:
        return None
    text = base if type(base) is str else url_text(base)
    return _parsed(text) if text else None


# Checking a base costs ten times what a join does, and `join_url` is given the same one again and again.
_parsed = lru_cache(maxsize=16)(BaseURL)


def check_reach_has_base(reach: Reach, base: BaseURL | None) -> None:
    """Raise ``ValueError`` when there is a limit and nothing it could refer to (P1)."""
    if base is None and reach != "any":
        raise ValueError(f"reach={reach!r} needs a base URL")


def join(base: BaseURL | None, ref: str) -> str:
    """Join text to a parsed base, or to none (U16)."""
    if base is not None:
        return base.join(ref)
    if is_absolute(ref):
        return ref
    raise MissingBaseURL(
        f"{shown(ref)} is relative and there is no base URL: "
        "set base_url, or write the whole URL with its scheme",
        url=ref,
    )


def _sound_path(ref: str) -> str | None:
    """Give the path of a reference that is in normal form, but for dot segments."""
    match = _SOUND.match(ref)  # not fullmatch, which would go back and try again
    return match[1] if match and match.end() == len(ref) else None


def _may_be_absolute(path: str) -> bool:
    return path.startswith("//") or (":" in path and ("://" in path or path[:4].lower() == "http"))


def is_absolute(ref: str, base_url: str | None = None) -> bool:
    """Tell an absolute URL from a reference, refusing what pretends to be either (U7 to U10, U12).

    Args:
        ref: Text.
        base_url: The base, for the error.

    Raises:
        InvalidURL: Control characters, white space around, backslashes; ``//host``, ``http:x``, ``http:///x``.
    """
    if problem := _character_problem(ref) or _shape_problem(ref):
        raise InvalidURL(f"{shown(ref)}: {problem}", url=ref, base_url=base_url)
    return ":" in ref and _ABSOLUTE.match(ref) is not None


def _character_problem(url: str) -> str | None:
    """What no client treats as the next one does (U12)."""
    if found := _UNREADABLE.search(url):
        if found[0] > "\x7f":
            return "unpaired surrogate, which has no UTF-8 form"
        return f"control character {found[0]!r}; remove it, or percent-encode it if it is meant"
    if url[:1].isspace() or url[-1:].isspace():
        return "white space at an end; strip it"
    if "\\" in url and "\\" in re.split("[?#]", url, maxsplit=1)[0]:
        return "backslash; write / between segments, or %5C for a literal backslash"
    return None


def _shape_problem(ref: str) -> str | None:
    if ref.startswith("//"):
        # A path built as "/" + user_input must not choose the host (U10).
        return "'//' at the start would name a host; write the scheme, or a path with one slash"
    if ":" not in ref:
        return None
    if _HTTP_WITHOUT_SLASHES.match(ref):
        return "'//' is missing after the scheme; write ./ in front if it is a relative path"
    if _HTTP.match(ref) and split_authority(split(ref).authority or "")[1] == "":
        return "there is no host"
    return None


def _checked_base(url: str) -> Split:
    """Split a base URL, or say what is wrong with it (U17)."""
    parts = split(url)
    problem = _character_problem(url) or _base_problem(url, parts)
    if problem:
        raise InvalidURL(f"base URL {shown(url)}: {problem}", url=url, base_url=url)
    return parts


def _base_problem(url: str, parts: Split) -> str | None:
    if _ABSOLUTE.match(url) is None or parts.authority is None:
        return "write it with scheme and host, as in https://api.example.com/v1"
    if parts.query is not None:
        return "a base has no query; pass it as params"
    if parts.fragment is not None:
        return "a base has no fragment; leave it out"
    if any(character.isspace() for character in url):
        return "white space; percent-encode it as %20"
    if normal_path(parts.path) != encoded_path(parts.path):
        return "dot segments; write the path they lead to"
    return authority_problem(parts.authority)
