"""HTTP authentication: challenges in, Authorization out (A1, RFC 9110 section 11).

Rule 1: nothing learnt at one origin is given to another, and a URL without a clear origin gets nothing (P3).
Rule 2: an exchange ends. A request is answered twice at the most, the second time for a stale nonce only, so
        that a password which a Digest answer kept off the wire is not sent in clear right after it.
Rule 3: this module does no I/O and knows no request: adapters resend, with what they get here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from ._challenges import parse_challenges, parse_parameters
from ._digest import DigestChallenge, Turn, digest_authorization, read_digests, strongest
from ._errors import AuthError
from ._origins import Origin, origin_of

if TYPE_CHECKING:
    from threading import Lock

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Asked(NamedTuple):
    """A request as it was sent.

    Args:
        method: Its method.
        url: Its URL, absolute, as the client writes it.
        target: The request-target on the wire.
        authorization: The value of Authorization that it was sent with, or None.
    """

    method: str
    url: str
    target: str
    authorization: str | None


def basic(username: str, password: str) -> str:
    """Give the value of Authorization for Basic.

    Raises:
        TypeError: The name or the password is no ``str``.
        ValueError: One of them cannot be sent.

    Example:
        >>> basic("Aladdin", "open sesame")
        'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='

    Source: RFC 7617 section 2.
    """
    from base64 import b64encode

    pair = f"{_checked_username(username)}:{_checked('password', password)}"
    # Without charset="UTF-8" the encoding is left open (section 2.1); browsers use UTF-8 then too.
    return "Basic " + b64encode(pair.encode("utf-8")).decode("ascii")


class Authenticator:
    """Answers challenges for one user, the strongest first, and remembers for each origin what it asked for.

    One object may serve many threads. Copies and pickles hold the password and none of the memory.

    Args:
        username: The user's name: not empty, and without a colon.
        password: The password.
        cnonce: The client's nonce for Digest, for tests; by default one is drawn for each nonce of a server.

    Raises:
        TypeError: The name or the password is no ``str``.
        ValueError: One of them cannot be sent.

    Example:
        >>> user = Authenticator("Aladdin", "open sesame")
        >>> asked = Asked("GET", "https://api.example.com/v1", "/v1", None)
        >>> user.answer(asked, ['Basic realm="WallyWorld"'], attempt=0)
        'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='
        >>> user.first("GET", "https://api.example.com/v2", "/v2")
        'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='
        >>> user.first("GET", "https://elsewhere.example.com/", "/") is None
        True

    Source: RFC 7617, RFC 7616.
    """

    def __init__(self, username: str, password: str, *, cnonce: str | None = None) -> None:
        self._username = _checked_username(username)
        self._password = _checked("password", password)
        self._cnonce = cnonce
        self._forget()

    def first(self, method: str, url: str, target: str) -> str | None:
        """Give the Authorization to send unasked, from what was learnt about that origin, or None.

        Args:
            method: The request's method.
            url: Its URL, absolute, as the client writes it.
            target: The request-target on the wire.
        """
        origin = origin_of(url)
        if origin is None:
            return None
        with self._lock:
            known = self._known.get(origin)
            if not isinstance(known, _Nonce):
                return known
            turn = known.turn()
        return self._digest(turn, method, target)

    def answer(self, asked: Asked, fields: Iterable[str], *, attempt: int) -> str | None:
        """Give the Authorization for one more attempt after a 401, or None: the user gets the response.

        Args:
            asked: The request that was refused.
            fields: The values of WWW-Authenticate in the response, as latin-1 text; after a 407 those of
                Proxy-Authenticate.
            attempt: How many answers this request has had already.

        Raises:
            AuthError: The server asks for something that cannot be done here, and for nothing else.
        """
        origin = origin_of(asked.url)
        if origin is None or attempt > 1:
            return None
        challenges = parse_challenges(fields)
        digests = list(read_digests(challenges))
        digest = strongest(digests)
        if digest is not None:
            return self._take(origin, digest, asked) if not attempt or _is_fresh(digest, asked) else None
        if attempt:
            return None
        if any(challenge.scheme == "basic" for challenge in challenges):
            return self._take_basic(origin, asked)
        if any("auth-int" in digest.qop for digest in digests):
            raise AuthError(
                "the server asks for Digest with qop=auth-int, which needs the whole body before its head is sent, "
                "and offers nothing else: let it offer qop=auth too, or set the Authorization header yourself"
            )
        return None

    def learn(self, url: str, info: Iterable[str]) -> None:
        """Take the values of Authentication-Info in a response: a nextnonce replaces the nonce.

        Args:
            url: The URL of the request, absolute, as the client writes it.
            info: The values, as latin-1 text; after a proxy those of Proxy-Authentication-Info.

        Source: RFC 7616 section 3.5.
        """
        origin = origin_of(url)
        if origin is None:
            return
        for field in info:
            nonce = parse_parameters(field).get("nextnonce")
            with self._lock:
                known = self._known.get(origin)
                if nonce and isinstance(known, _Nonce):
                    known.replace(nonce)

    def _take(self, origin: Origin, digest: DigestChallenge, asked: Asked) -> str:
        fresh = _Nonce(digest, self._cnonce or _drawn_cnonce())
        with self._lock:
            known = self._known.get(origin)
            if isinstance(known, _Nonce) and known.nonce == digest.nonce:
                known.challenge = digest  # its count goes on: a server may refuse one that it has seen
            else:
                known = self._known[origin] = fresh
            turn = known.turn()
        return self._digest(turn, asked.method, asked.target)

    def _take_basic(self, origin: Origin, asked: Asked) -> str | None:
        value = basic(self._username, self._password)
        if asked.authorization == value:
            return None  # refused
        with self._lock:
            self._known[origin] = value
        return value

    def _digest(self, turn: Turn, method: str, target: str) -> str:
        return digest_authorization(self._username, self._password, turn, method, target)

    def _forget(self) -> None:
        from threading import Lock

        # For Basic the value itself, which is the same for every request.
        self._known: dict[Origin, str | _Nonce] = {}
        self._lock: Lock = Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_known", "_lock")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def __repr__(self) -> str:
        return f"<basestream {type(self).__name__} of {self._username!r}>"


class _Nonce:
    """A server's nonce in use; its owner holds a lock."""

    __slots__ = ("challenge", "cnonce", "nc", "nonce")

    def __init__(self, challenge: DigestChallenge, cnonce: str) -> None:
        self.challenge = challenge
        self.nonce = challenge.nonce
        # One for all of the nonce's life: RFC 7616 section 3.4.2 takes the first one into the session key,
        # and most servers the one they were sent last.
        self.cnonce = cnonce
        self.nc = 0

    def turn(self) -> Turn:
        self.nc += 1
        return Turn(self.challenge, self.nonce, self.cnonce, self.nc)

    def replace(self, nonce: str) -> None:
        if nonce != self.nonce:
            self.nonce, self.nc = nonce, 0


def _is_fresh(digest: DigestChallenge, asked: Asked) -> bool:
    """Tell whether the last answer was right but for its nonce (RFC 7616 section 3.3), and there is a new one."""
    sent = parse_challenges([asked.authorization or ""])
    return digest.stale and all(credentials.parameters.get("nonce") != digest.nonce for credentials in sent)


def _drawn_cnonce() -> str:
    from secrets import token_hex

    return token_hex(16)


def _checked_username(username: object) -> str:
    checked = _checked("user name", username)
    if not checked:
        raise ValueError("the user name is empty: pass the name that the server knows")
    if ":" in checked:
        raise ValueError(
            "the user name has a colon, which ends it (RFC 7617 section 2): pass what stands before it, "
            "and the rest as the password"
        )
    return checked


def _checked(what: str, text: object) -> str:
    """Give a name or password in normalisation form C (RFC 7617 section 2.1, RFC 8265)."""
    from unicodedata import normalize

    if not isinstance(text, str):
        raise TypeError(f"the {what} must be a str, not {type(text).__name__}: decode it before")
    if _CONTROL.search(text):
        raise ValueError(
            f"the {what} has a control character, which cannot be sent (RFC 7617 section 2): "
            "remove it; a file's last line break is a frequent one"
        )
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(
            f"the {what} has an unpaired surrogate, which UTF-8 cannot encode: decode it as UTF-8"
        )
    return normalize("NFC", text)
