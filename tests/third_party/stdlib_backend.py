"""basestream on the standard library's `http.client`: a whole backend in one file, to learn from and to copy.

It keeps one idle connection for an origin, follows no redirects and sends nothing twice.

Example:
    >>> with BaseUrlSession("https://api.example.com/v1") as api:
    ...     api.create_url("users")
    'https://api.example.com/v1/users'
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from select import select
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlencode

from basestream import InvalidURL, SizedStream, StreamingIterator, backend

__all__ = ["BODY_KEYWORD", "BaseUrlSession", "SizedStream", "StreamingIterator"]

BODY_KEYWORD = "body"
TRANSPORT = backend.Transport()  # the block sizes that suit a plain socket
PARTS = re.compile(r"(https?)://(?:([^/?]*)@)?([^/?]*)(.*)", re.IGNORECASE)  # scheme, userinfo, host, target


class Connection(backend.GuardedConnection, HTTPConnection):
    """A connection over plain HTTP that ends in a reset when an upload is cut short (W4)."""


class Response(NamedTuple):
    """An answer, read to its end."""

    status: int
    headers: HTTPMessage
    content: bytes


class BaseUrlSession(backend.SessionRules):
    """A session whose references are joined to a base URL; the arguments are those of every backend."""

    base_url: str | None = None

    def __init__(
        self,
        base_url: backend.URLTypes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        reach: backend.Reach | None = None,
        send_credentials: backend.SendCredentials | None = None,
        credential_headers: Collection[str] | None = None,
        abort: backend.Abort | None = None,
        timeout: float = 60,
    ) -> None:
        self.headers, self.timeout = dict(headers or {}), timeout
        self._idle: dict[tuple[str, str], HTTPConnection] = {}
        self.set_rules(base_url, reach, send_credentials, credential_headers, abort)

    def request(
        self, method: str, url: backend.URLTypes, body: Any = None, headers: Any = None, params: Any = None
    ) -> Response:
        """Join the URL, send a request and read the answer."""
        target = self.joined_url(url).partition("#")[0]  # joined once for each request (U20)
        if params:
            target += ("&" if "?" in target else "?") + urlencode(params)  # U19
        sent = self._headers(target, headers or {})
        if not isinstance(body, SizedStream):
            return self._exchange(method, target, body, sent)
        backend.check_framing(sent.items(), body.size)  # W1
        sent["content-length"] = str(body.size)
        upload = backend.Upload(body, TRANSPORT, reset_on_abort=self.abort == "reset")
        try:
            upload.prime()  # a wrong body of one block opens no connection (S4)
            return self._exchange(method, target, upload, sent)
        finally:
            upload.end()

    def _headers(self, url: str, given: Mapping[str, str]) -> dict[str, str]:
        """Merge the session's headers with the call's; the session's credentials stay at home (P2)."""
        own, call = ({name.lower(): value for name, value in d.items()} for d in (self.headers, given))
        if not self.is_home(url):
            secret = (self.credential_policy().headers & own.keys()) - call.keys()
            self.note_withheld(url, secret)
            own = {name: value for name, value in own.items() if name not in secret}
        return {**own, **call}

    def _exchange(self, method: str, url: str, body: Any, headers: dict[str, str]) -> Response:
        """Send and receive on a connection, which is kept after a whole exchange, and else closed (W3)."""
        parts = PARTS.fullmatch(url)
        if parts is None:
            raise InvalidURL("http.client speaks http and https only", url=url)
        scheme, userinfo, host, target = parts.groups()
        if userinfo:
            headers.setdefault("authorization", f"Basic {b64encode(unquote_to_bytes(userinfo)).decode()}")
        target = target if target.startswith("/") else "/" + target
        connection = self._connection(scheme.lower(), host)
        with ExitStack() as unfinished:
            unfinished.callback(connection.close)
            try:
                connection.request(method, target, body, headers)
                whole = True
            except BrokenPipeError:  # the server may have answered before it broke off (W5)
                if not isinstance(body, backend.Upload):  # whose source cannot raise this (S9), others can
                    raise
                whole = False
            answer = connection.getresponse()
            response = Response(answer.status, answer.headers, answer.read())
            if whole:
                unfinished.pop_all()
                if self._idle.setdefault((scheme.lower(), host), connection) is not connection:
                    connection.close()  # another thread was first
        return response

    def _connection(self, scheme: str, host: str) -> HTTPConnection:
        connection = self._idle.pop((scheme, host), None)
        if connection is None:
            return (HTTPSConnection if scheme == "https" else Connection)(host, timeout=self.timeout)
        if connection.sock and select([connection.sock], [], [], 0)[0]:  # the server has ended it meanwhile
            connection.close()  # it opens itself again
        return connection

    def close(self) -> None:
        """Close the connections; the session can be used again."""
        while self._idle:
            self._idle.popitem()[1].close()

    def __enter__(self) -> BaseUrlSession:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
