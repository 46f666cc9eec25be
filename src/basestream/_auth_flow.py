"""One request's way through its challenges: what is sent first, and after each response (A1).

Rule 1: a way begins at one origin and ends where it is left: a redirect to another is nobody we know.
Rule 2: this module sends nothing: an adapter sends again, for as long as it is given a value to send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ._auth import Asked, Authenticator
from ._origins import same_origin


class AuthFields(NamedTuple):
    """Where a challenge stands, and where the answer goes (RFC 9110 sections 11.6 and 11.7)."""

    status: int
    credentials: str
    challenges: str
    info: str


ORIGIN_FIELDS = AuthFields(401, "Authorization", "WWW-Authenticate", "Authentication-Info")
PROXY_FIELDS = AuthFields(407, "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Authentication-Info")
"""Those of a proxy; without them an `AuthFlow` looks at those of the origin."""


class AuthFlow:
    """One request's way through its challenges.

    Args:
        authenticator: Who is asked.
        url: Where the request goes first, absolute, as the client writes it; for a proxy the proxy's own URL.
        fields: Those of the origin, or of a proxy.

    Example:
        >>> flow = AuthFlow(Authenticator("Aladdin", "open sesame"), "https://api.example.com/v1")
        >>> asked = Asked("GET", "https://api.example.com/v1", "/v1", None)
        >>> headers = {"WWW-Authenticate": ['Basic realm="WallyWorld"']}
        >>> answer = flow.after(401, asked, headers.get)
        >>> flow.first(asked) == answer, answer
        (True, 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
        >>> flow.after(401, asked._replace(authorization=answer), headers.get) is None
        True
    """

    def __init__(self, authenticator: Authenticator, url: str, fields: AuthFields = ORIGIN_FIELDS) -> None:
        self.fields: AuthFields = fields
        """The names of the fields to set and to look at."""
        self._authenticator = authenticator
        self._url = url
        self._attempt = 0

    def first(self, asked: Asked) -> str | None:
        """Give the credentials to send unasked, or None.

        Args:
            asked: The request, before it is sent.
        """
        if not same_origin(self._url, asked.url):
            return None
        return self._authenticator.first(asked.method, asked.url, asked.target)

    def after(self, status: int, asked: Asked, values: Callable[[str], Iterable[str] | None]) -> str | None:
        """Give the credentials to send the same request with once more; None: this is the response.

        Args:
            status: The response's.
            asked: The request that it answers.
            values: Gives the values of a field of the response, as latin-1 text; joined ones will do.

        Raises:
            AuthError: The server asks for something that cannot be done here, and for nothing else.
        """
        if not same_origin(self._url, asked.url):
            return None
        if status != self.fields.status:
            self._authenticator.learn(asked.url, values(self.fields.info) or ())
            return None
        challenges = values(self.fields.challenges) or ()
        value = self._authenticator.answer(asked, challenges, attempt=self._attempt)
        self._attempt += 1
        return value


def is_for_one_target(authorization: str) -> bool:
    """Tell whether credentials are for one request-target alone, so that no redirect may carry them on.

    Example:
        >>> is_for_one_target('Digest username="me", uri="/v1"'), is_for_one_target("Basic bWU6c2VjcmV0")
        (True, False)

    Source: RFC 7616 section 3.4: the uri, which the response is computed from.
    """
    return authorization.lower().startswith("digest ")


def merged_cookies(before: str | None, new: str | None) -> str | None:
    """Give the value of Cookie with what a challenge has set beside it.

    Args:
        before: The value that the request had, or None.
        new: That of the cookies which came with the challenge, or None.

    Example:
        >>> merged_cookies("a=1; b=2", "b=3")
        'a=1; b=3'

    Source: RFC 6265 section 5.4.
    """
    if not before or not new:
        return new or before
    replaced = {pair.partition("=")[0] for pair in new.split("; ")}
    kept = [pair for pair in before.split("; ") if pair.partition("=")[0] not in replaced]
    return "; ".join([*kept, new])
