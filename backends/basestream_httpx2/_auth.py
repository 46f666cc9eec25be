"""`GuessAuth` on httpx2: an `httpx2.Auth` for both clients (A1).

What this module does not know: what a challenge is, and how it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable

import httpx2

from basestream.backend import Asked, Authenticator, AuthFlow, is_for_one_target, merged_cookies

from ._rules import Hop


class GuessAuth(httpx2.Auth):
    """Answers a server's challenge with the strongest scheme that it offers: Digest before Basic.

    The first request to an origin goes out without credentials; what was asked for there is remembered, and sent
    at once from then on. Credentials go to the origin that a request was made for, and to none that it is
    redirected to. One object may serve many clients, sync and async, and many threads.

    Args:
        username: The user's name: not empty, and without a colon.
        password: The password.

    Raises:
        TypeError: The name or the password is no ``str``.
        ValueError: One of them cannot be sent.
        AuthError: By a request: the server asks for something that cannot be done here, and for nothing else.
        BodyConsumed: By a request: its body would have to be sent again, and cannot be.

    Example:
        >>> from basestream_httpx2 import BaseUrlSession
        >>> session = BaseUrlSession("https://api.example.com/v1", auth=GuessAuth("Aladdin", "open sesame"))

    Source: RFC 7616 and RFC 7617.
    """

    def __init__(self, username: str, password: str) -> None:
        self._authenticator = Authenticator(username, password)

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send a request, and where it was redirected to at the same origin, until it needs no more answers."""
        if "authorization" in request.headers:  # what the caller has set is left alone
            yield request
            return
        flow = AuthFlow(self._authenticator, str(request.url))
        value = flow.first(_asked(request))
        while True:
            if value is not None:
                request.headers.update([(b"Authorization", value.encode("latin-1"))])
                _bind(request, value)
            response = yield request
            request = response.request
            value = flow.after(response.status_code, _asked(request), _values(response))
            if value is None:
                return
            _add_cookies(request, response)


def _asked(request: httpx2.Request) -> Asked:
    target = request.url.raw_path.decode("ascii")
    return Asked(request.method, str(request.url), target, request.headers.get("authorization"))


def _bind(request: httpx2.Request, value: str) -> None:
    """Let the session know which credentials a redirect must not carry on, to the same origin either."""
    hop = request.extensions.get("basestream")
    if isinstance(hop, Hop) and is_for_one_target(value):
        hop.answer = request.headers["authorization"]


def _values(response: httpx2.Response) -> Callable[[str], Iterable[str]]:
    # Undecoded: httpx2 guesses an encoding for all headers together.
    def values(name: str) -> Iterable[str]:
        wanted = name.lower().encode("ascii")
        return [value.decode("latin-1") for key, value in response.headers.raw if key.lower() == wanted]

    return values


def _add_cookies(request: httpx2.Request, response: httpx2.Response) -> None:
    """Take the cookies of a challenge along: the client's jar has them for later requests only."""
    probe = httpx2.Request("GET", request.url)
    response.cookies.set_cookie_header(probe)
    cookies = merged_cookies(request.headers.get("cookie"), probe.headers.get("cookie"))
    if cookies is not None:
        request.headers["Cookie"] = cookies
