"""U18 over generated references: the invariants of the join, against an oracle written another way."""

from __future__ import annotations

import re
from functools import cache
from random import Random
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from basestream import InvalidURL, MissingBaseURL, OutOfReachURL, join_url, resolve
from basestream._origins import Reach, origin_of

from ._texts import BASES, reference
from ._trials import Broken, Case, Trial

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_STANDS = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/%s]|%%(?!2[DE]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)[0-9A-F]{2})*"
_NORMAL = re.compile(rf"/{_STANDS % ''}(?:\?{_STANDS % '?'})?(?:#{_STANDS % '?'})?")


class Base(NamedTuple):
    """A base URL, taken apart without the code under test."""

    given: str
    other: str
    """The same with its final slash added or taken away."""
    root: str
    path: str
    """As it stands in a joined URL."""


@cache
def base_of(given: str) -> Base:
    """Take a base apart."""
    scheme, _, rest = given.partition("://")
    host, slash, path = rest.partition("/")
    other = given[:-1] if given.endswith("/") else given + "/"
    return Base(given, other, f"{scheme}://{host}", (slash + path).replace("é", "%C3%A9") or "/")


def generate(random: Random) -> Case:
    """Give a base and a reference."""
    return Case(random.choice(BASES), reference(random))


def judge(case: Case) -> str:
    """Hold a reference against U7 to U13, U16 and U18."""
    base, ref = base_of(case.base), case.text
    _nothing_else_is_raised(base, ref)
    refusal = refusal_of(ref)
    url = attempt(base.given, ref)
    without = attempt(None, ref)
    if refusal is not None:
        _hold(type(url) is type(without) is InvalidURL, f"refused ({refusal})", (url, without))
        _hold("s3cret" not in str(url), "an error never shows the base's password", url)
        return f"refused: {refusal}"
    if _ABSOLUTE.match(ref):
        _hold(url == without == attempt(base.other, ref) == ref, "an absolute URL is verbatim", url)
        return "absolute"
    _hold(type(without) is MissingBaseURL, "without a base a reference is MissingBaseURL", without)
    if not isinstance(url, str):
        raise Broken("a reference is joined", repr(url))
    _judge_relative(base, ref, url)
    return "relative, " + ("without a path" if ref[:1] in ("", "?", "#") else "with a path")


def attempt(base: str | None, ref: str, reach: Reach = "any") -> str | InvalidURL:
    """Join, or give the error."""
    try:
        return join_url(base, ref, reach=reach)
    except InvalidURL as error:
        return error
    except Exception as error:
        raise Broken("only InvalidURL is raised", repr(error)) from error


def refusal_of(ref: str) -> str | None:
    """Say why a text is neither a reference nor an absolute URL (U9, U10, U12), read from the table of rules."""
    head = re.split(r"[?#]", ref)[0]
    authority = re.match(r"https?://([^/?#]*)", ref, re.IGNORECASE | re.ASCII)
    host = authority and authority.group(1).rpartition("@")[2]
    refusals = {
        "control character": any(ord(character) < 0x20 or ord(character) == 0x7F for character in ref),
        "surrogate": any(0xD800 <= ord(character) <= 0xDFFF for character in ref),
        "white space at an end": ref[:1].isspace() or ref[-1:].isspace(),
        "backslash": "\\" in head,
        "//": ref.startswith("//"),
        "// is missing": ref.lower().startswith(("http:", "https:")) and not authority,
        "no host": host is not None and (host == "" or host.startswith(":")),
    }
    return next((refusal for refusal, applies in refusals.items() if applies), None)


def _nothing_else_is_raised(base: Base, text: str) -> None:
    """U17, U18, P3: every function takes every text."""
    try:
        origin_of(text)
        resolve(base.given, text)
    except Exception as error:
        raise Broken("resolve and origin_of raise nothing", repr(error)) from error
    attempt(text, "x")
    attempt(text, text, "base" if text else "any")
    try:
        resolve(text, base.path)
    except InvalidURL:
        pass
    except Exception as error:
        raise Broken("resolve raises InvalidURL alone", repr(error)) from error


def _judge_relative(base: Base, ref: str, url: str) -> None:
    tail = url[len(base.root) :]
    _hold(url.startswith(base.root + "/"), "scheme and authority are the base's", url)
    _hold(_NORMAL.fullmatch(tail) is not None, "the result is in normal form", url)
    path, *rest = parts_of(tail)
    given_path, *given_rest = parts_of(ref)
    _hold(not {".", ".."} & set(path.split("/")), "no dot segment is left", url)
    _hold(segments(path) == segments(path_of(base.path, given_path)), "no segment is lost", url)
    _hold(decoded(rest) == decoded(given_rest), "no byte of query and fragment is lost", url)
    _hold(attempt(base.given, url) == attempt(base.other, url) == url, "joining again changes nothing", url)
    _hold(not given_path or attempt(base.other, ref) == url, "the final slash of the base is irrelevant", url)
    theirs = urlsplit(url)
    _hold(theirs[:2] == urlsplit(base.given)[:2] and theirs.path == path, "urllib.parse reads the same", url)
    _judge_reach(base, ref, url, path)


def _judge_reach(base: Base, ref: str, url: str, path: str) -> None:
    """P1: a limit never changes a URL, and a relative reference never leaves the origin."""
    _hold(attempt(base.given, ref, "origin") == url, "a reference stays on the origin", url)
    within = attempt(base.given, ref, "base")
    directory = base.path.removesuffix("/")
    under = path == directory or path.startswith(directory + "/")
    if under and not _climbs_elsewhere(path):
        _hold(within == url, "what is under the base is within its reach", within)
    else:
        _hold(type(within) is OutOfReachURL, "what may lie outside of the base is out of its reach", within)


def _climbs_elsewhere(path: str) -> bool:
    """Tell whether a server climbs that decodes slashes and backslashes, and cuts parameters off, beforehand."""
    return any(segment.partition(";")[0] == ".." for segment in re.split("/|%2F|%5C", path))


def parts_of(text: str) -> tuple[str, str | None, str | None]:
    """Give path, query and fragment of a reference that names no host; None is an absent one."""
    rest, mark, fragment = text.partition("#")
    path, question, query = rest.partition("?")
    return path, query if question else None, fragment if mark else None


def path_of(base_path: str, path: str) -> str:
    """Join paths by the letter of RFC 3986 section 5.2.4, with a buffer for input and one for output."""
    if path == "":
        return base_path
    rest = path if path.startswith("/") else base_path.removesuffix("/") + "/" + path
    rest = re.sub("%2e", ".", rest, flags=re.IGNORECASE)
    output: list[str] = []
    while rest:
        if rest.startswith("/./") or rest == "/.":
            rest = "/" + rest[3:]
        elif rest.startswith("/../") or rest == "/..":
            rest = "/" + rest[4:]
            del output[-1:]
        else:
            end = rest.find("/", 1) if "/" in rest[1:] else len(rest)
            output.append(rest[:end])
            rest = rest[end:]
    return "".join(output)


def segments(path: str) -> list[bytes]:
    """Give the decoded segments of a path."""
    return [unquote_to_bytes(segment) for segment in path.split("/")]


def decoded(parts: list[str | None]) -> list[bytes | None]:
    """Decode components, leaving absent ones absent."""
    return [None if part is None else unquote_to_bytes(part) for part in parts]


def _hold(holds: bool, rule: str, seen: object) -> None:
    if not holds:
        raise Broken(rule, repr(seen))


TRIAL = Trial("references", 1_000_000, generate, judge)
