"""Digest (RFC 7616): a challenge read, and the answer to it computed.

Rule 1: pure. What changes from answer to answer comes in as a `Turn`; who keeps it is ``_auth``.
Rule 2: text is latin-1 and stands for bytes, so that a realm is hashed and echoed as the server wrote it; of
        the user only, name and password are Unicode.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ._challenges import Challenge, log_ignored

# hashlib's name, and the strength by which a challenge is chosen. SHA-512 is not registered (RFC 7616 section
# 6.1 has the other three), but requests and httpbin speak it.
_ALGORITHMS = {
    "md5": ("md5", 1),
    "sha-256": ("sha256", 2),
    "sha-512": ("sha512", 3),
    "sha-512-256": ("sha512_256", 3),
}
_TO_ESCAPE = re.compile(r'(["\\])')


class DigestChallenge(NamedTuple):
    """What a server asks for, as far as it matters here (RFC 7616 section 3.3)."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str | None  # as the server spells it: some compare its echo letter by letter
    qop: frozenset[str]  # empty: none was named, which is the form of RFC 2069
    stale: bool
    userhash: bool

    @property
    def hash(self) -> str:
        """hashlib's name for the algorithm, which is MD5 where none is named (section 3.3)."""
        return _ALGORITHMS[_base_of(self.algorithm)][0]

    @property
    def strength(self) -> int:
        """The higher, the better."""
        return _ALGORITHMS[_base_of(self.algorithm)][1]

    @property
    def session(self) -> bool:
        """Whether the algorithm is one of those with ``-sess`` (section 3.4.2)."""
        return (self.algorithm or "").lower().endswith("-sess")


class Turn(NamedTuple):
    """One use of a nonce."""

    challenge: DigestChallenge
    nonce: str  # that of the challenge, or a nextnonce (section 3.5)
    cnonce: str
    nc: int  # how often the nonce has been used, this time included


def read_digests(challenges: Iterable[Challenge]) -> Iterator[DigestChallenge]:
    """Give those Digest challenges that are whole and whose algorithm is known, in their order."""
    for challenge in challenges:
        if challenge.scheme != "digest":
            continue
        given = challenge.parameters
        if "realm" not in given or "nonce" not in given:
            log_ignored("a Digest challenge lacks its realm or its nonce")
        elif not _is_known(given.get("algorithm")):
            log_ignored("the algorithm of a Digest challenge is unknown here")
        else:
            yield DigestChallenge(
                given["realm"],
                given["nonce"],
                given.get("opaque"),
                given.get("algorithm"),
                frozenset(given.get("qop", "").lower().replace(",", " ").split()),
                given.get("stale", "").lower() == "true",
                given.get("userhash", "").lower() == "true",
            )


def strongest(digests: Iterable[DigestChallenge]) -> DigestChallenge | None:
    """Choose among those that can be answered; of equals the first, as the server prefers it (section 3.7)."""
    answerable = [digest for digest in digests if not digest.qop or "auth" in digest.qop]
    return max(answerable, key=lambda digest: digest.strength, default=None)


def digest_authorization(username: str, password: str, turn: Turn, method: str, target: str) -> str:
    """Give the value of Authorization for one request (section 3.4).

    Args:
        username: In normalisation form C, as the password.
        password: The password.
        turn: The challenge, and the use of its nonce.
        method: The request's method.
        target: The request-target as it is sent.
    """
    challenge = turn.challenge
    user = _as_bytes(username)
    secret = _hashed(challenge, user, challenge.realm, _as_bytes(password))
    if challenge.session:
        # Section 3.4.2: with the nonce of the challenge, also when a nextnonce has replaced it.
        secret = _hashed(challenge, secret, challenge.nonce, turn.cnonce)
    counted = (f"{turn.nc:08x}", turn.cnonce, "auth") if challenge.qop else ()
    response = _hashed(challenge, secret, turn.nonce, *counted, _hashed(challenge, method, target))

    parts = [_username(challenge, username), f"realm={_quoted(challenge.realm)}", f"uri={_quoted(target)}"]
    if challenge.algorithm is not None:
        parts.append(f"algorithm={challenge.algorithm}")
    parts.append(f"nonce={_quoted(turn.nonce)}")
    if challenge.qop:
        parts += [f"nc={turn.nc:08x}", "qop=auth"]
    if challenge.qop or challenge.session:
        # RFC 2617 forbids a cnonce without qop, but no server could check a session key without it.
        parts.append(f"cnonce={_quoted(turn.cnonce)}")
    parts.append(f'response="{response}"')
    if challenge.opaque is not None:
        parts.append(f"opaque={_quoted(challenge.opaque)}")
    if challenge.userhash:
        parts.append("userhash=true")
    return "Digest " + ", ".join(parts)


def _username(challenge: DigestChallenge, username: str) -> str:
    if challenge.userhash:  # section 3.4.4
        return f'username="{_hashed(challenge, _as_bytes(username), challenge.realm)}"'
    if username.isascii():
        return f"username={_quoted(username)}"
    from urllib.parse import quote

    return f"username*=UTF-8''{quote(username, safe='')}"  # section 3.4, RFC 8187 section 3.2


def _base_of(algorithm: str | None) -> str:
    return (algorithm or "MD5").lower().removesuffix("-sess")


def _is_known(algorithm: str | None) -> bool:
    import hashlib

    base = _base_of(algorithm)
    if base not in _ALGORITHMS:
        return False
    try:
        hashlib.new(_ALGORITHMS[base][0])
    except ValueError:  # a machine may forbid MD5 (FIPS), and not every OpenSSL has SHA-512/256
        return False
    return True


def _hashed(challenge: DigestChallenge, *parts: str) -> str:
    import hashlib

    return hashlib.new(challenge.hash, ":".join(parts).encode("latin-1")).hexdigest()


def _as_bytes(text: str) -> str:
    """Give the text whose characters are the bytes of the UTF-8 form.

    Without ``charset="UTF-8"`` the encoding is left open; browsers use UTF-8 then too, and no other one holds
    every password.
    """
    return text.encode("utf-8").decode("latin-1")


def _quoted(text: str) -> str:
    return '"' + _TO_ESCAPE.sub(r"\\\1", text) + '"'
