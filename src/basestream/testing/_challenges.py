"""The server's side of Basic and Digest: challenges out, verdicts in.

This module does not know about sockets or records, and shares no code with ``basestream._auth``, which it
is there to check. Text is latin-1 throughout and stands for bytes: ``Jäsøn`` in UTF-8 stays the bytes the
client sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

REALM = "kit"
Verdict = Literal["right", "stale", "wrong"]

_ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
_PARAMETER = re.compile(
    r"[ \t]*(?P<name>[!#$%&\'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*"
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^",\s]+))[ \t]*(?:,|$)'
)


@dataclass(frozen=True)
class Account:
    """The one user of a protected path."""

    user: str
    password: str


@dataclass(frozen=True)
class DigestRealm:
    """One Digest challenge (RFC 7616).

    Args:
        account: Who is let in.
        algorithm: ``MD5``, ``SHA-256`` or ``SHA-512-256``, each also with ``-sess``.
        qop: ``"auth"``, or empty for the form of RFC 2069.
        nonce: The nonce that is good at present.
        opaque: What the client has to give back.
        userhash: Whether the challenge offers to hash the user name.
        realm: The realm.
    """

    account: Account
    algorithm: str
    qop: str
    nonce: str
    opaque: str
    userhash: bool = False
    realm: str = REALM

    def __post_init__(self) -> None:
        if self.algorithm.removesuffix("-sess") not in _ALGORITHMS:
            raise ValueError(f"algorithm: not served: {self.algorithm!r}")
        if self.qop not in ("", "auth"):
            raise ValueError(f"qop: not served: {self.qop!r}")

    def challenge(self, *, stale: bool) -> str:
        """Write the value of WWW-Authenticate."""
        parts = [f'realm="{self.realm}"', f'nonce="{self.nonce}"', f'opaque="{self.opaque}"']
        parts += [f"algorithm={self.algorithm}"]
        parts += [f'qop="{self.qop}"'] if self.qop else []
        parts += ["stale=true"] if stale else []
        parts += ["userhash=true"] if self.userhash else []
        return "Digest " + ", ".join(parts)

    def verdict(self, authorization: str, method: str, target: str) -> Verdict:
        """Judge credentials: ``"stale"`` means right but for the nonce (RFC 7616 section 3.3)."""
        given = parse_parameters(authorization, "digest")
        if not given or not self._named(given) or not self._consistent(given, target):
            return "wrong"
        if given.get("response", "") != self._response(given, method):
            return "wrong"
        return "right" if given.get("nonce") == self.nonce else "stale"

    def _named(self, given: dict[str, str]) -> bool:
        if given.get("userhash", "").lower() == "true":
            return self.userhash and given.get("username") == self._hash(self.account.user, self.realm)
        if "username*" in given:  # RFC 7616 section 3.4, RFC 8187: charset'language'percent-encoded
            return unquote(given["username*"].rpartition("'")[2], "latin-1") == self.account.user
        return given.get("username") == self.account.user

    def _consistent(self, given: dict[str, str], target: str) -> bool:
        return (
            given.get("realm") == self.realm
            and given.get("uri") == target
            and given.get("algorithm", "MD5").upper() == self.algorithm.upper()
            and given.get("qop", "") == self.qop
            and (not self.qop or _is_counted(given))
            and given.get("opaque") == self.opaque
        )

    def _response(self, given: dict[str, str], method: str) -> str:
        nonce, cnonce = given.get("nonce", ""), given.get("cnonce", "")
        secret = self._hash(self.account.user, self.realm, self.account.password)
        if self.algorithm.endswith("-sess"):
            secret = self._hash(secret, nonce, cnonce)
        request = self._hash(method, given["uri"])
        if self.qop:
            return self._hash(secret, nonce, given["nc"], cnonce, self.qop, request)
        return self._hash(secret, nonce, request)

    def _hash(self, *parts: str) -> str:
        algorithm = _ALGORITHMS[self.algorithm.removesuffix("-sess")]
        return hashlib.new(algorithm, ":".join(parts).encode("latin-1")).hexdigest()


def _is_counted(given: dict[str, str]) -> bool:
    # RFC 7616 section 3.4: with qop, cnonce is there and nc has exactly eight hex digits.
    return bool(given.get("cnonce") and re.fullmatch("[0-9a-fA-F]{8}", given.get("nc", "")))


def parse_parameters(authorization: str, scheme: str) -> dict[str, str] | None:
    """Read ``scheme name=value, ...`` (RFC 9110 section 11.4); ``None`` for anything else.

    Anything else includes a name given twice.
    """
    word, _, text = authorization.strip().partition(" ")
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if not match or match["name"].lower() in found:
            return None
        quoted, token = match["quoted"], match["token"]
        found[match["name"].lower()] = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        position = match.end()
    return found if word.lower() == scheme else None


def basic_is_right(authorization: str, account: Account) -> bool:
    """Judge Basic credentials (RFC 7617)."""
    scheme, _, text = authorization.strip().partition(" ")
    try:
        given = base64.b64decode(text.strip().encode("latin-1"), validate=True)
    except binascii.Error:
        return False
    return scheme.lower() == "basic" and given == f"{account.user}:{account.password}".encode("latin-1")
