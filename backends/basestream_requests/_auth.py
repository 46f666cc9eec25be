"""`GuessAuth` on requests: an auth object that answers challenges in a response hook (A1).

What this module does not know: what a challenge is, and how it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar, get_cookie_header
from requests.utils import prepend_scheme_if_needed, rewind_body, select_proxy, urldefragauth

from basestream import SizedStream
from basestream.backend import (
    PROXY_FIELDS,
    Asked,
    Authenticator,
    AuthFlow,
    Transport,
    Upload,
    consumed,
    merged_cookies,
)

TRANSPORT = Transport()


class GuessAuth(AuthBase):
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
        >>> from basestream_requests import BaseUrlSession
        >>> session = BaseUrlSession("https://api.example.com/v1")
        >>> session.auth = GuessAuth("Aladdin", "open sesame")

    Source: RFC 7616 and RFC 7617.
    """

    def __init__(self, username: str, password: str) -> None:
        self._authenticator: Authenticator | None = Authenticator(username, password)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Prepare a request: with what the origin is known to ask for, and a hook for what it may ask for."""
        url = request.url or ""
        own = frozenset(name.lower() for name in request.headers)  # what the caller has set is left alone
        for flow, asked in self._flows(url, request, None):
            value = None if flow.fields.credentials.lower() in own else flow.first(asked)
            if value is not None:
                request.headers[flow.fields.credentials] = value
        request.register_hook("response", partial(self._on_response, url, own))
        return request

    def _flows(self, url: str, request: PreparedRequest, proxies: Any) -> Iterator[tuple[AuthFlow, Asked]]:
        """Give who may ask for credentials, and what they are asked."""
        if self._authenticator is not None:
            flow = AuthFlow(self._authenticator, url)
            yield flow, _asked(request, flow, request.url or "", request.path_url)

    def _on_response(self, url: str, own: frozenset[str], response: Response, **kwargs: Any) -> Response:
        begun: dict[str, AuthFlow] = {}

        def answers() -> Iterator[tuple[str, str]]:
            for fresh, asked in self._flows(url, response.request, kwargs.get("proxies")):
                name = fresh.fields.credentials
                flow = begun.setdefault(name, fresh)
                if name.lower() in own:
                    continue
                value = flow.after(response.status_code, asked, _values(response))
                if value is not None:
                    yield name, value

        try:
            while credentials := dict(answers()):
                response = _sent_again(response, credentials, kwargs)
        except BaseException:
            response.close()  # nobody will have it
            raise
        return response


class GuessProxyAuth(GuessAuth):
    """`GuessAuth` for a proxy too, or for a proxy alone, on requests for ``http://`` URLs.

    A proxy is asked for each request anew, for an auth object is not told in advance which one a request will
    take: a body has to be one that can be sent again. For ``https://`` the client opens a tunnel, and shows
    nobody the proxy's challenge: put the credentials into the proxy's URL, for Basic.

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

    def _flows(self, url: str, request: PreparedRequest, proxies: Any) -> Iterator[tuple[AuthFlow, Asked]]:
        yield from super()._flows(url, request, proxies)
        target = urldefragauth(request.url or "")
        proxy: str | None = select_proxy(request.url or "", proxies) if target.startswith("http:") else None
        if proxy is not None:  # else it is the server that says 407, and may not have what is the proxy's
            proxy = prepend_scheme_if_needed(proxy, "http")
            flow = AuthFlow(self._proxy_authenticator, proxy, PROXY_FIELDS)
            yield flow, _asked(request, flow, proxy, target)


def _asked(request: PreparedRequest, flow: AuthFlow, url: str, target: str) -> Asked:
    return Asked(request.method or "", url, target, _header(request, flow.fields.credentials))


def _header(request: PreparedRequest, name: str) -> str | None:
    value: str | bytes | None = request.headers.get(name)
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _values(response: Response) -> Callable[[str], Iterable[str]]:
    # requests joins the values of a field, and what is malformed would spoil what follows it. Not every mock of
    # a response has headers beneath.
    getlist = getattr(getattr(response.raw, "headers", None), "getlist", None)
    return getlist or (lambda name: filter(None, [response.headers.get(name)]))


def _sent_again(response: Response, credentials: Mapping[str, str], kwargs: Mapping[str, Any]) -> Response:
    """Send the request once more, on the connection if it can be used again."""
    _ = response.content  # the connection is free then
    response.close()
    request = response.request.copy()
    _add_cookies(request, response)
    request.headers.update(credentials)
    _rewind(request)
    again: Response = response.connection.send(request, **kwargs)
    again.history = [*response.history, response]
    again.request = request
    return again


def _add_cookies(request: PreparedRequest, response: Response) -> None:
    """Take the cookies of a challenge along: the session's jar has not seen them yet."""
    jar = RequestsCookieJar()
    extract_cookies_to_jar(jar, response.request, response.raw)
    before = _header(request, "Cookie")
    request.headers.pop("Cookie", None)  # else no header is made
    if (cookies := merged_cookies(before, get_cookie_header(jar, request))) is not None:
        request.headers["Cookie"] = cookies


def _rewind(request: PreparedRequest) -> None:
    """Make the body ready to be sent again, or say why it cannot be, before anything is sent (S6, S8)."""
    body: Any = request.body
    if isinstance(body, SizedStream):  # of a session that is not ours
        body = request.body = Upload(body, TRANSPORT)
    if isinstance(body, Upload):
        body.prime()
    elif hasattr(body, "seek"):
        rewind_body(request)
    elif hasattr(body, "read") or hasattr(body, "__next__"):
        raise consumed(type(body).__name__)
