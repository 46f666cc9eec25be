"""Challenges out of WWW-Authenticate and Proxy-Authenticate (RFC 9110 sections 11.3, 11.4 and 11.6.1).

Rule 1: a challenge is given whole or not at all. The first error ends its field, because after it nobody can
        tell what belongs to what; the next field starts afresh.
Rule 2: no control character gets through, so that what a server sent may be echoed in a header.
Rule 3: linear time, whatever a server sends: each expression is tried once at each place, and no text can be
        matched by it in two ways (Python 3.10 has no possessive quantifiers).
Rule 4: text is latin-1 and stands for bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_TCHAR = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"  # RFC 9110 section 5.6.2
_QDTEXT = r"[\t !#-\[\]-~\x80-\xff]"  # section 5.6.4
_QUOTED = rf'"({_QDTEXT}*(?:\\[\t -~\x80-\xff]{_QDTEXT}*)*)"'
_ESCAPE = re.compile(r"\\(.)")

_SEPARATOR = re.compile(r"[ \t]*(?:,[ \t,]*|\Z)")  # with empty elements, section 5.6.1.2
_BEGIN = re.compile(r"[ \t,]*")
_PARAMETER = re.compile(rf"({_TCHAR}+)[ \t]*=[ \t]*(?:({_TCHAR}+)|{_QUOTED})")
_SCHEME = re.compile(rf"({_TCHAR}+)(?:[ \t]+|(?=,|\Z))")
_TOKEN68 = re.compile(r"([A-Za-z0-9\-._~+/]+=*)(?=[ \t]*(?:,|\Z))")  # section 11.2


class Challenge(NamedTuple):
    """One challenge; credentials have the same form (RFC 9110 section 11.4).

    Args:
        scheme: In lower case.
        token68: What stands in the place of parameters, or None.
        parameters: Names in lower case, values unquoted.
    """

    scheme: str
    token68: str | None
    parameters: Mapping[str, str]


def parse_challenges(fields: Iterable[str]) -> list[Challenge]:
    """Read the challenges of a response, in their order; what is malformed is left out and logged.

    Args:
        fields: The values of all fields of that name, each as latin-1 text. One value that a client has
            joined with commas gives the same.

    Example:
        >>> [challenge.scheme for challenge in parse_challenges(['Digest realm="a, b", nonce=x, Basic realm=c'])]
        ['digest', 'basic']

    Source: RFC 9110 section 11.6.1.
    """
    found: list[Challenge] = []
    for field in fields:
        reader = _Reader(field)
        if not reader.read():
            log_ignored(f"a challenge is malformed at character {reader.at}, and what follows it is lost")
        found += reader.whole
    return found


def parse_parameters(field: str) -> Mapping[str, str]:
    """Read a list of parameters, as Authentication-Info is (RFC 7615 section 3); a malformed one is empty."""
    # What follows a scheme is such a list.
    challenges = parse_challenges([f"x {field}"])
    return challenges[0].parameters if challenges else {}


def log_ignored(reason: str) -> None:
    """Log that something a server sent was ignored; nothing of what it sent is named."""
    from logging import getLogger

    getLogger("basestream").debug("authentication: %s", reason)


class _Reader:
    """Reads one field, element by element."""

    def __init__(self, field: str) -> None:
        self.at = 0
        self.whole: list[Challenge] = []
        self._field = field
        self._scheme: str | None = None
        self._token68: str | None = None
        self._parameters: dict[str, str] = {}

    def read(self) -> bool:
        """Fill ``whole``, and tell whether the field was well formed."""
        self._take(_BEGIN)
        while self.at < len(self._field):
            if not self._read_element() or self._take(_SEPARATOR) is None:
                return False
        self._finish()
        return True

    def _read_element(self) -> bool:
        parameter = self._take(_PARAMETER)
        if parameter is not None:
            return self._add(parameter)
        scheme = self._take(_SCHEME)
        if scheme is None:
            return False
        self._finish()
        self._scheme = scheme[1].lower()
        return self._read_content()

    def _read_content(self) -> bool:
        """Read what follows a scheme in the same element."""
        token68 = self._take(_TOKEN68)
        if token68 is not None:
            self._token68 = token68[1]
            return True
        parameter = self._take(_PARAMETER)
        # Nothing is fine too: the separator that has to come next is the judge of that.
        return parameter is None or self._add(parameter)

    def _add(self, parameter: re.Match[str]) -> bool:
        name, token, quoted = parameter.groups()
        name = name.lower()
        if self._scheme is None or self._token68 is not None or name in self._parameters:
            return False  # section 11.2: a name occurs once
        self._parameters[name] = _ESCAPE.sub(r"\1", quoted) if token is None else token
        return True

    def _finish(self) -> None:
        if self._scheme is not None:
            self.whole.append(Challenge(self._scheme, self._token68, self._parameters))
        self._scheme, self._token68, self._parameters = None, None, {}

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._field, self.at)
        if found is not None:
            self.at = found.end()
        return found
