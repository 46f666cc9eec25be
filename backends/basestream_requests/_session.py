"""`requests.Session` with a base URL and bodies of known size.

What this module does not know: how URLs are joined, which credentials may travel, how a body is cut into
blocks. It carries the core's decisions out, by requests' public extension points: ``request``,
``prepare_request``, ``send`` and ``rebuild_auth`` (U22).
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from contextvars import ContextVar
from typing import Any, ClassVar, cast

import requests
from requests.cookies import RequestsCookieJar, merge_cookies
from requests.utils import get_auth_from_url, get_netrc_auth

import basestream
from basestream.backend import (
    Abort,
    Limits,
    Reach,
    SendCredentials,
    SessionRules,
    Transport,
    Upload,
    URLTypes,
    check_framing,
    is_for_one_target,
)

from . import _errors
from ._connections import guarded

# Chunks of 32 KiB and more cost less when they pass as they are than when they are joined to 256 KiB. Longer ones
# are split without a copy: urllib3 hands blocks to its socket as they are.
TRANSPORT = Transport(Limits(views=True))


class JoinedURL(str):
    """A URL that a session has joined: it survives the way to another thread (FuturesSession)."""

    __slots__ = ("owner",)

    owner: BaseUrlSession

    def __new__(cls, url: str, owner: BaseUrlSession) -> JoinedURL:
        joined = super().__new__(cls, url)
        joined.owner = owner
        return joined

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str.__str__(self),)


# The session whose `request` is joining in this context: it survives a mixin that rebuilds the URL (OAuth2Session
# with its token in the query). Either mark alone was seen to fail (U20).
_joining: ContextVar[BaseUrlSession | None] = ContextVar("basestream_requests_joining", default=None)


class BaseUrlSession(SessionRules, requests.Session):
    """A `requests.Session` whose references are joined to a base URL, and which sends bodies of known size.

    Args:
        base_url: ``scheme://host[:port][/path]``, with or without a slash at its end; None for that of the class.
        reach: What references may name: ``"any"`` URL (the default), the base's ``"origin"``, or what is under
            the ``"base"``. This and what follows may be attributes of a subclass too.
        send_credentials: Where the session's own auth, params, cookies without a domain and credential headers
            may go besides the base's origin: nowhere (``"same-origin"``, the default), everywhere as with a bare
            session (``"include"``), or to the origins given.
        credential_headers: Names of headers that are credentials besides Authorization, Cookie and
            Proxy-Authorization.
        abort: How an upload over plain HTTP that is cut short ends: in a ``"reset"`` (the default), which no
            server takes for the end of a body, or in a plain ``"close"``. An adapter that you mount for
            ``http://`` decides for itself.

    Raises:
        InvalidURL: The base cannot be used.
        ValueError: ``reach``, ``send_credentials`` or ``abort`` is no known word.

    Example:
        >>> session = BaseUrlSession("https://api.example.com/v1")
        >>> session.prepare_request(requests.Request("GET", "users/1")).url
        'https://api.example.com/v1/users/1'
    """

    __attrs__: list[str] = [  # noqa: RUF012  (an attribute of the base class)
        *requests.Session.__attrs__,
        "base_url",
        "reach",
        "send_credentials",
        "credential_headers",
        "abort",
    ]

    base_url: str | None = None
    """The base. Assign another at any time; it is checked then."""

    client_errors: ClassVar[Mapping[type[basestream.InvalidURL], type[basestream.InvalidURL]]] = {
        basestream.InvalidURL: _errors.InvalidURL,
        basestream.OutOfReachURL: _errors.OutOfReachURL,
    }

    _has_mixin: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Only another class between ours and requests' can rebuild a URL on its way from `request` to
        # `prepare_request`; without one the context variable would cost every request a microsecond.
        cls._has_mixin = super().request is not requests.Session.request

    def __init__(
        self,
        base_url: URLTypes | None = None,
        *args: Any,
        reach: Reach | None = None,
        send_credentials: SendCredentials | None = None,
        credential_headers: Collection[str] | None = None,
        abort: Abort | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.set_rules(base_url, reach, send_credentials, credential_headers, abort)
        self.mount("http://", guarded(self.adapters.get("http://")))

    def client_error(self, error: basestream.InvalidURL) -> basestream.InvalidURL:
        """Give the error as the one requests raises for the same text."""
        if type(error) is basestream.MissingBaseURL:
            return _errors.missing_base(error)
        return super().client_error(error)

    def client_form(self, url: str) -> str:
        """Write a URL as requests does."""
        prepared = requests.PreparedRequest()
        prepared.prepare_url(url, None)
        return prepared.url or url

    def request(self, method: str, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Join the URL and send the request, with the arguments of `requests.Session.request`."""
        # What has been joined comes back where a mixin sends again by itself (AuthorizedSession after a 401).
        joined = url if self._owns(url) else JoinedURL(self.joined_url(url), self)
        if isinstance(kwargs.get("data"), basestream.SizedStream):
            # Session.request drops a false body, and a body of size 0 is false.
            kwargs["data"] = self._upload(kwargs["data"])
        if not self._has_mixin:
            return super().request(method, joined, *args, **kwargs)
        token = _joining.set(self)
        try:
            return super().request(method, joined, *args, **kwargs)
        finally:
            _joining.reset(token)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Join the URL unless `request` has, and prepare a copy; the caller's own object is left alone."""
        own = request if self._has_joined(request) else copy.copy(request)
        if own is not request:
            own.url = self.joined_url(request.url)
        url = cast("str", own.url)
        home = self.is_home(url)
        withheld = [] if home else self._withhold(own)
        if own.files:
            self.check_parts(own.files)
        upload = self._upload_of(own) if isinstance(own.data, (basestream.SizedStream, Upload)) else None
        prepared = super().prepare_request(own)
        if upload is not None:
            prepared.headers["Content-Length"] = str(upload.size)
            prepared.headers.pop("Transfer-Encoding", None)  # what requests makes of size 0
        if not home:
            withheld += self._withhold_cookies(own, prepared)
            self.note_withheld(url, withheld)
        return prepared

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a prepared request; a body of known size is checked first, as far as its first block goes."""
        if self.cert is not None and kwargs.get("cert", self.cert) is self.cert:
            kwargs["cert"] = self.cert if self.is_home(request.url or "") else None
        body: object = getattr(request, "body", None)  # of an unprepared request, which requests refuses
        if not isinstance(body, Upload):
            return super().send(request, **kwargs)
        body.prime()
        try:
            return super().send(request, **kwargs)
        finally:
            body.end()

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Remove what a redirect must not carry on (P2), then do as requests does."""
        url = prepared_request.url or ""
        if self.strips(response.request.url or "", url):
            for name in self.credential_policy().headers:
                prepared_request.headers.pop(name, None)
            prepared_request.prepare_cookies(_with_domain(self.cookies))
        if is_for_one_target(str(prepared_request.headers.get("Authorization", ""))):
            del prepared_request.headers["Authorization"]  # RFC 7616 section 3.4: another uri is wrong
        super().rebuild_auth(prepared_request, response)

    def _owns(self, url: object) -> bool:
        """Tell whether this session has joined a URL."""
        return type(url) is JoinedURL and url.owner is self

    def _has_joined(self, request: requests.Request) -> bool:
        """Tell whether our own `request` has made this object and joined its URL."""
        marked = self._owns(request.url)
        if self._has_mixin and _joining.get() is self:
            _joining.set(None)  # a nested request joins for itself
            return True
        return marked

    def _upload(self, stream: basestream.SizedStream) -> Upload:
        return Upload(stream, TRANSPORT, reset_on_abort=self.abort == "reset")

    def _upload_of(self, request: requests.Request) -> Upload:
        """Give a request's body as what is sent, or refuse the headers next to it (W1)."""
        body: object = request.data
        upload = body if isinstance(body, Upload) else self._upload(cast("basestream.SizedStream", body))
        request.data = upload
        check_framing(_texts(self.headers, request.headers), upload.size)
        return upload

    def _withhold(self, request: requests.Request) -> list[str]:
        """Leave the session's own auth, params and credential headers out of a request to a stranger (P2)."""
        policy = self.credential_policy()
        given = {name.lower() for name in request.headers or ()}
        kept_back = [
            name
            for name in self.headers or ()
            if name.lower() in policy.headers and name.lower() not in given
        ]
        # requests removes a session's item where the request's own is None.
        request.headers = cast("Any", {**dict.fromkeys(kept_back), **(request.headers or {})})
        noted = list(kept_back)
        if self.auth and not request.auth:
            request.auth = self._own_auth_of(str(request.url))
            noted.append("auth")
        params: Any = request.params or {}
        if self.params and isinstance(params, Mapping):  # else requests drops the session's itself
            request.params = {**dict.fromkeys(self.params), **cast("Mapping[str, Any]", params)}
            noted.append("params")
        return noted

    def _own_auth_of(self, url: str) -> Any:
        """Give what the URL itself or netrc says of its host, as requests would without the session's auth."""
        auth = get_auth_from_url(url)
        if any(auth):
            return auth
        return (get_netrc_auth(url) if self.trust_env else None) or _no_auth

    def _withhold_cookies(self, request: requests.Request, prepared: requests.PreparedRequest) -> list[str]:
        kept = _with_domain(self.cookies)
        if len(kept) == len(self.cookies) or any(name.lower() == "cookie" for name in request.headers or ()):
            return []
        prepared.headers.pop("Cookie", None)
        prepared.prepare_cookies(merge_cookies(kept, request.cookies or {}))
        return ["cookies without a domain"]


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _with_domain(cookies: Iterable[Any]) -> RequestsCookieJar:
    jar = RequestsCookieJar()
    for cookie in cookies:
        if cookie.domain:
            jar.set_cookie(cookie)
    return jar


def _texts(*headers: Mapping[Any, Any] | None) -> Iterable[tuple[str, str]]:
    for group in headers:
        for name, value in (group or {}).items():
            if value is not None:
                yield _text(name), _text(value)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
