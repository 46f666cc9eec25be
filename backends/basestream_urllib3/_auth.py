"""`GuessAuth` on urllib3: the session's ``auth`` that answers challenges (A1).

What this module does not know: what a challenge is, how it is answered, and which redirects are followed.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import NamedTuple

import urllib3
from urllib3 import BaseHTTPResponse
from urllib3.util import parse_url

from basestream.backend import PROXY_FIELDS, Asked, Authenticator, AuthFlow

Headers = MutableMapping[str, str]


class GuessAuth:
    """Answers a server's challenge with the strongest scheme that it offers: Digest before Basic.

    The first request to an origin goes out without credentials; what was asked for there is remembered, and sent
    at once from then on. Credentials go to the origin that a request was made for, and to none that it is
    redirected to. One object may serve many sessions and threads; pickles and copies remember nothing.

    Args:
        username: The user's name: not empty, and without a colon.
        password: The password.

    Raises:
        TypeError: The name or the password is no ``str``.
        ValueError: One of them cannot be sent.
        AuthError: By a request: the server asks for something that cannot be done here, and for nothing else.
        BodyConsumed: By a request: its body would have to be sent again, and cannot be.

    Example:
        >>> from basestream_urllib3 import BaseUrlSession
        >>> session = BaseUrlSession("https://api.example.com/v1", auth=GuessAuth("Aladdin", "open sesame"))

    Source: RFC 7616 and RFC 7617.
    """

    def __init__(self, username: str, password: str) -> None:
        self._authenticator: Authenticator | None = Authenticator(username, password)

    def flows(self, url: str, proxy: str | None) -> list[Way]:
        """Give the flows of a request.

        Args:
            url: Where it goes first, as urllib3 writes it.
            proxy: The URL of the proxy that reads it, if one does.
        """
        return [] if self._authenticator is None else [Way(AuthFlow(self._authenticator, url), None)]


class GuessProxyAuth(GuessAuth):
    """`GuessAuth` for a proxy too, or for a proxy alone, on requests for ``http://`` URLs.

    For ``https://`` urllib3 opens a tunnel, and shows nobody the proxy's challenge: give the manager
    ``proxy_headers=make_headers(proxy_basic_auth=...)``, for Basic.

    Args:
        username: The user's name for the server, or None.
        password: The password.
        proxy_username: The user's name for the proxy.
        proxy_password: The password.

    Raises:
        TypeError: A name or a password is no ``str``.
        ValueError: One of them cannot be sent.
        AuthError: As for `GuessAuth`.
        BodyConsumed: As for `GuessAuth`.

    Example:
        >>> auth = GuessProxyAuth(proxy_username="me", proxy_password="secret")
    """

    def __init__(
        self,
        username: str | None = None,
        password: str | None = None,
        proxy_username: str | None = None,
        proxy_password: str | None = None,
    ) -> None:
        self._authenticator = None
        if username is not None or password is not None:
            super().__init__(username, password)  # type: ignore[arg-type]  # it says what is wrong with None
        self._proxy_authenticator = Authenticator(proxy_username, proxy_password)  # type: ignore[arg-type]  # as above

    def flows(self, url: str, proxy: str | None) -> list[Way]:
        """Give the flows of a request: that of the server, and that of the proxy."""
        ways = super().flows(url, proxy)
        if proxy is not None:  # else it is the server that says 407, and may not have what is the proxy's
            ways.append(Way(AuthFlow(self._proxy_authenticator, proxy, PROXY_FIELDS), proxy))
        return ways


class Way(NamedTuple):
    """A flow, and the proxy that it is with."""

    flow: AuthFlow
    proxy: str | None

    def asked(self, method: str, url: str, headers: Headers) -> Asked:
        """Give what this side of the conversation was asked."""
        credentials = headers.get(self.flow.fields.credentials)
        if self.proxy is not None:
            return Asked(method, self.proxy, url, credentials)
        return Asked(method, url, parse_url(url).request_uri, credentials)

    def put(self, headers: Headers, credentials: str | None) -> bool:
        """Set the credentials, if there are any."""
        if credentials is not None:
            headers[self.flow.fields.credentials] = credentials
        return credentials is not None

    def answer(self, method: str, url: str, headers: Headers, response: BaseHTTPResponse) -> bool:
        """Answer a challenge, and tell whether there was one."""
        asked = self.asked(method, url, headers)
        return self.put(headers, self.flow.after(response.status, asked, response.headers.getlist))


def ways(auth: GuessAuth, url: str, manager: urllib3.PoolManager) -> list[Way]:
    """Give the ways of a request through its challenges."""
    proxy = manager.proxy if isinstance(manager, urllib3.ProxyManager) and url.startswith("http:") else None
    return auth.flows(url, None if proxy is None else proxy.url)


def answered(
    ways: list[Way], method: str, url: str, headers: Headers, send: Callable[[Headers], BaseHTTPResponse]
) -> BaseHTTPResponse:
    """Send a request, and once more for each challenge that can be answered.

    Args:
        ways: Whom it may be asked by.
        method: Its method.
        url: Its URL, absolute.
        headers: What it is sent with; credentials are put there.
        send: Sends it; the body is one that can be sent again, or says why not.
    """
    ways = [way for way in ways if way.flow.fields.credentials not in headers]  # the caller's own win
    for way in ways:
        way.put(headers, way.flow.first(way.asked(method, url, headers)))
    while True:
        response = send(headers)
        try:
            again = [way.answer(method, url, headers, response) for way in ways]
        except BaseException:
            response.close()  # nobody will have it
            raise
        if not any(again):
            return response
        response.drain_conn()
