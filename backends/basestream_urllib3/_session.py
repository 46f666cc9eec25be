"""A session around an urllib3 manager: a base URL, merged headers, and bodies of known size.

What this module does not know: how URLs are joined, which credentials may travel, how a body is cut into
blocks. It is composition, not inheritance: a subclass of `urllib3.PoolManager` would join again at every
redirect.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, ClassVar

import urllib3
from urllib3 import BaseHTTPResponse, HTTPHeaderDict  # urllib3 1.26 has neither, and the door says so
from urllib3.util import Url, parse_url

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
    basic,
    check_framing,
)

from . import _errors
from ._auth import GuessAuth, Way, ways
from ._connections import POOL_CLASSES
from ._encoding import encoded_body, with_query
from ._following import follow
from ._headers import without_userinfo

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

# Chunks of 32 KiB and more cost less when they pass as they are than when they are joined to 256 KiB. Longer ones
# are split without a copy: urllib3 hands blocks to its socket as they are.
TRANSPORT = Transport(Limits(views=True))

# Methods whose fields go into the URL, as in urllib3.
_QUERY_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS"})


class BaseUrlSession(SessionRules):
    """A session whose references are joined to a base URL, around any urllib3 manager.

    Args:
        base_url: ``scheme://host[:port][/path]``, with or without a slash at its end; None for that of the class.
        manager: Any `urllib3.PoolManager`, a `urllib3.ProxyManager` for instance; by default one is made.
        headers: For every request, besides those of the call (which win) and of the manager (which lose).
        auth: User name and password for Basic authentication at the base's origin, or a `GuessAuth`.
        reach: What references may name: ``"any"`` URL (the default), the base's ``"origin"``, or what is under
            the ``"base"``. This and what follows may be attributes of a subclass too.
        send_credentials: Where the session's own auth and credential headers may go besides the base's origin:
            nowhere (``"same-origin"``, the default), everywhere (``"include"``), or to the origins given.
        credential_headers: Names of headers that are credentials besides Authorization, Cookie and
            Proxy-Authorization.
        abort: How an upload over plain HTTP that is cut short ends: in a ``"reset"`` (the default), which no
            server takes for the end of a body, or in a plain ``"close"``. A manager of yours decides for itself.
        pool_kw: For the manager that is made: ``retries``, ``timeout``, ``cert_reqs`` and so on.

    Raises:
        InvalidURL: The base cannot be used.
        TypeError: There is a manager, and arguments for another.
        ValueError: ``reach``, ``send_credentials`` or ``abort`` is no known word.

    Example:
        >>> session = BaseUrlSession("https://api.example.com/v1", headers={"accept": "text/csv"})
        >>> session.create_url("users/1")
        'https://api.example.com/v1/users/1'
    """

    base_url: str | None = None
    """The base. Assign another at any time; it is checked then."""

    client_errors: ClassVar[Mapping[type[basestream.InvalidURL], type[basestream.InvalidURL]]] = {
        basestream.InvalidURL: _errors.InvalidURL,
        basestream.OutOfReachURL: _errors.OutOfReachURL,
        basestream.MissingBaseURL: _errors.MissingBaseURL,
    }

    def __init__(
        self,
        base_url: Url | URLTypes | None = None,
        manager: urllib3.PoolManager | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | GuessAuth | None = None,
        reach: Reach | None = None,
        send_credentials: SendCredentials | None = None,
        credential_headers: Collection[str] | None = None,
        abort: Abort | None = None,
        **pool_kw: Any,
    ) -> None:
        if manager is not None and pool_kw:
            raise TypeError(f"pass {', '.join(sorted(pool_kw))} to the manager: there is one already")
        self.manager: urllib3.PoolManager = manager or _own_manager(pool_kw)
        """What sends the requests."""
        self.headers: Any = HTTPHeaderDict(self.manager.headers)
        """Headers for every request."""
        self.headers.update(headers or {})
        self.auth: tuple[str, str] | GuessAuth | None = auth
        """User name and password, or a `GuessAuth`."""
        self.set_rules(base_url, reach, send_credentials, credential_headers, abort)

    def client_text(self, url: object) -> object:
        """Give the text of an `urllib3.util.Url`."""
        return url.url if isinstance(url, Url) else url

    def client_form(self, url: str) -> str:
        """Write a URL as urllib3 does."""
        return parse_url(url).url

    def request(
        self,
        method: str,
        url: Url | URLTypes,
        body: Any = None,
        fields: Any = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        *,
        encode_multipart: bool = True,
        multipart_boundary: str | None = None,
        **urlopen_kw: Any,
    ) -> BaseHTTPResponse:
        """Join the URL and send a request, with the arguments of `urllib3.PoolManager.request`.

        Args:
            method: The method.
            url: A reference, or an absolute URL.
            body: Bytes, text, a file, an iterable, or a `SizedStream`.
            fields: For the query (it adds to one in the reference), or a form; by method, as in urllib3.
            headers: Merged with those of the session.
            json: Anything that `json.dumps` takes.
            encode_multipart: Whether a form is multipart.
            multipart_boundary: Its boundary.
            urlopen_kw: ``redirect``, ``retries``, ``timeout``, ``preload_content`` and so on.

        Raises:
            InvalidURL: The URL cannot be used; nothing was sent.
            BodyError: The body is wrong, its source failed or was consumed; no complete request was sent.
            TypeError: Two arguments would be the body.
        """
        target = self.joined_url(url)
        method = method.upper()
        if fields and method in _QUERY_METHODS:
            target, fields = with_query(target, fields), None
        types: Mapping[str, str] = {}
        if fields and encode_multipart:
            self.check_parts(fields, readable=False)
        if fields is not None or json is not None:
            body, types = encoded_body(body, fields, json, encode_multipart, multipart_boundary)
        return self._send(method, target, body, headers, types, urlopen_kw)

    def urlopen(
        self,
        method: str,
        url: Url | URLTypes,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **kw: Any,
    ) -> BaseHTTPResponse:
        """Join the URL and send a request whose body needs no encoding: as `request`, without ``fields``."""
        return self._send(method, self.joined_url(url), body, headers, {}, kw)

    def get(self, url: Url | URLTypes, **kw: Any) -> BaseHTTPResponse:
        """Send a GET request; arguments as for `request`."""
        return self.request("GET", url, **kw)

    def options(self, url: Url | URLTypes, **kw: Any) -> BaseHTTPResponse:
        """Send an OPTIONS request; arguments as for `request`."""
        return self.request("OPTIONS", url, **kw)

    def head(self, url: Url | URLTypes, **kw: Any) -> BaseHTTPResponse:
        """Send a HEAD request; arguments as for `request`."""
        return self.request("HEAD", url, **kw)

    def post(self, url: Url | URLTypes, **kw: Any) -> BaseHTTPResponse:
        """Send a POST request; arguments as for `request`."""
        return self.request("POST", url, **kw)

    def put(self, url: Url | URLTypes, **kw: Any) -> BaseHTTPResponse:
        """Send a PUT request; arguments as for `request`."""
        return self.request("PUT", url, **kw)

    def patch(self, url: Url | URLTypes, **kw: Any) -> BaseHTTPResponse:
        """Send a PATCH request; arguments as for `request`."""
        return self.request("PATCH", url, **kw)

    def delete(self, url: Url | URLTypes, **kw: Any) -> BaseHTTPResponse:
        """Send a DELETE request; arguments as for `request`."""
        return self.request("DELETE", url, **kw)

    def clear(self) -> None:
        """Close the pooled connections; the session can be used again."""
        self.manager.clear()

    def close(self) -> None:
        """Close the pooled connections."""
        self.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(
        self,
        method: str,
        url: str,
        body: Any,
        headers: Mapping[str, str] | None,
        defaults: Mapping[str, str],
        kw: dict[str, Any],
    ) -> BaseHTTPResponse:
        merged: MutableMapping[str, str] = {}
        if headers or defaults or self.auth or self.headers:
            merged = self._merged_headers(url, headers, defaults)
        challenged: list[Way] = []
        if isinstance(self.auth, GuessAuth) and self.is_home(url):
            challenged = ways(self.auth, self.client_form(url), self.manager)
        if "@" in url:
            url = without_userinfo(url, {} if challenged else merged)
        if not isinstance(body, basestream.SizedStream):
            return follow(self, self.manager, method, url, body, merged, challenged, kw)
        upload = Upload(body, TRANSPORT, reset_on_abort=self.abort == "reset")
        framing = [("Transfer-Encoding", "chunked")] if kw.get("chunked") else []
        check_framing([*merged.items(), *framing], upload.size)
        merged["Content-Length"] = str(upload.size)
        try:
            return follow(self, self.manager, method, url, upload, merged, challenged, kw)
        finally:
            upload.end()

    def _merged_headers(
        self, url: str, given: Mapping[str, str] | None, defaults: Mapping[str, str]
    ) -> HTTPHeaderDict:
        """Merge the session's headers and auth with the call's, withholding them from a stranger (P2)."""
        merged = HTTPHeaderDict(self.headers) if self.headers else HTTPHeaderDict()
        own: Mapping[str, str] = HTTPHeaderDict(given) if given else {}
        if not self.is_home(url):
            names = [name for name in self.credential_policy().headers if name in merged and name not in own]
            for name in names:
                del merged[name]
            self.note_withheld(url, [*names, *(["auth"] if self.auth else [])])
        elif isinstance(self.auth, tuple) and "authorization" not in own:
            merged["Authorization"] = basic(*self.auth)
        for name in own:
            merged[name] = own[name]
        for name, value in defaults.items():
            if name not in merged:
                merged[name] = value
        return merged


def _own_manager(pool_kw: dict[str, Any]) -> urllib3.PoolManager:
    manager = urllib3.PoolManager(**pool_kw)
    manager.pool_classes_by_scheme = POOL_CLASSES
    return manager
