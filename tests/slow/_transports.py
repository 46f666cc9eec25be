"""The sessions over transports that answer themselves, and tell where a request would have gone.

Each gets the URL as its client hands it down, and takes it apart as that client's own transport does. This
module knows no rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import httpx2
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import parse_url

import basestream_httpx
import basestream_httpx2
import basestream_requests
import basestream_urllib3

from ._clients import Place, place

SECRET = "s3cret"
KEYS: dict[str, Any] = {"credential_headers": ("x-api-key",)}
HEADERS = {"X-Api-Key": SECRET, "Authorization": SECRET}


class Sent(NamedTuple):
    """A request that was sent."""

    to: Place | None
    headers: str


class Line:
    """What is at the other end: it answers with a redirect if it has one, and notes what it gets."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.location: str | None = None

    def take(self, to: Place | None, headers: object) -> tuple[int, dict[str, str]]:
        """Note a request; give the status and headers of the answer."""
        self.sent.append(Sent(to, str(headers)))
        location, self.location = self.location, None
        return (200, {}) if location is None else (307, {"Location": location})


class RequestsLine(Line, HTTPAdapter):
    """Mounted in place of requests' own adapter; it makes the pool that would have been used."""

    def __init__(self) -> None:
        Line.__init__(self)
        HTTPAdapter.__init__(self)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Answer."""
        pool = self.get_connection_with_tls_context(request, verify=True)
        status, headers = self.take(place(pool.scheme, pool.host, pool.port), request.headers)
        raw = urllib3.HTTPResponse(body=b"", status=status, headers=headers, preload_content=False)
        return self.build_response(request, raw)


class HttpxLine(Line):
    """What a mock transport calls."""

    def __init__(self, client: Any) -> None:
        super().__init__()
        self.client = client

    def __call__(self, request: Any) -> Any:
        """Answer."""
        url = request.url
        to = place(url.raw_scheme.decode(), url.raw_host.decode(), url.port)
        status, headers = self.take(to, request.headers.raw)
        return self.client.Response(status, headers=headers)


class Urllib3Line(Line, urllib3.PoolManager):
    """A manager that makes the pool and does not use it."""

    def __init__(self) -> None:
        Line.__init__(self)
        urllib3.PoolManager.__init__(self)

    def urlopen(self, method: str, url: str, *args: Any, **kw: Any) -> Any:
        """Answer."""
        parsed = parse_url(url)
        self.clear()  # pools are found without regard to case, which matters in a zone
        pool = self.connection_from_host(parsed.host, port=parsed.port, scheme=parsed.scheme)
        status, headers = self.take(place(pool.scheme, pool.host, pool.port), kw["headers"])
        return urllib3.HTTPResponse(body=b"", status=status, headers=headers, request_url=url)


Get = Callable[[str], object]


def requests_line(base: str) -> tuple[Line, Get]:
    """Open a session of requests'."""
    line = RequestsLine()
    session = basestream_requests.BaseUrlSession(base, **KEYS)
    session.trust_env = False
    for prefix in ("http://", "https://"):
        session.mount(prefix, line)
    session.headers.update(HEADERS)
    return line, session.get


def httpx_line(base: str) -> tuple[Line, Get]:
    """Open a session of httpx's."""
    line = HttpxLine(httpx)
    transport = httpx.MockTransport(line)
    session = basestream_httpx.BaseUrlSession(
        base, transport=transport, headers=HEADERS, follow_redirects=True, trust_env=False, **KEYS
    )
    return line, session.get


def httpx2_line(base: str) -> tuple[Line, Get]:
    """Open a session of httpx2's."""
    line = HttpxLine(httpx2)
    transport = httpx2.MockTransport(line)
    session = basestream_httpx2.BaseUrlSession(
        base, transport=transport, headers=HEADERS, follow_redirects=True, trust_env=False, **KEYS
    )
    return line, session.get


def urllib3_line(base: str) -> tuple[Line, Get]:
    """Open a session of urllib3's."""
    line = Urllib3Line()
    return line, basestream_urllib3.BaseUrlSession(base, line, headers=HEADERS, **KEYS).get


LINES: dict[str, Callable[[str], tuple[Line, Get]]] = {
    "requests": requests_line,
    "httpx": httpx_line,
    "httpx2": httpx2_line,
    "urllib3": urllib3_line,
}
