"""What the sync and the async session do alike: carrying the core's decisions out on httpx2's own objects.

What this module does not know: how URLs are joined, which credentials may travel, how a body is cut into
blocks, and whether anybody waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx2

import basestream
from basestream.backend import check_framing

from ._base import Httpx2Base
from ._bodies import TRANSPORT, AsyncBody, SyncBody


class Hop:
    """Where a request went last: it travels in the request's extensions, which a redirect hands on."""

    url: str | None = None
    answer: str | None = None
    """Credentials of `GuessAuth` that are for the one request-target."""


@dataclass
class Plan:
    """How a request is to be built, and whether the client's own credentials may go there."""

    arguments: dict[str, Any]
    url: httpx2.URL
    home: bool
    body: Any = None


class Httpx2Rules(Httpx2Base):
    """What both sessions do alike with a request."""

    def planned(self, url: Any, body: type[SyncBody | AsyncBody], given: Mapping[str, Any]) -> Plan:
        """Put the core's decisions into the arguments of ``build_request``."""
        client = cast("httpx2.Client", self)
        target = self.joined_url(url)
        extensions: dict[str, Any] = {**(given.get("extensions") or {}), "basestream": Hop()}
        plan = Plan({**given, "extensions": extensions}, self.parsed_url(target), self.is_home(target))
        if given.get("files"):
            self.check_parts(given["files"])
        for name in ("content", "data"):
            if isinstance(given.get(name), basestream.SizedStream):
                stream = plan.body = plan.arguments[name] = body(given[name], TRANSPORT)
                if self.abort == "reset":
                    extensions["trace"] = body.traced(extensions.get("trace"))
                headers = plan.arguments["headers"] = httpx2.Headers(given.get("headers"))
                check_framing([*client.headers.multi_items(), *headers.multi_items()], stream.size)
                headers["Content-Length"] = str(stream.size)
        # httpx2 replaces a URL's query by the params; here both reach the server (U19).
        own = client.params if plan.home else None
        if own or given.get("params"):
            params = httpx2.QueryParams(own).merge(given.get("params"))
            query = b"&".join(part for part in (plan.url.query, str(params).encode("ascii")) if part)
            plan.url = plan.url.copy_with(query=query)
        plan.arguments.update(url=plan.url, params=None)
        return plan

    def finished(self, request: httpx2.Request, plan: Plan, given: Mapping[str, Any]) -> httpx2.Request:
        """Complete a request that httpx2 has built."""
        request.url = plan.url  # without what the client's own params have made of it
        if plan.body is not None:
            request.stream = plan.body
        if not plan.home:
            client, headers = cast("httpx2.Client", self), httpx2.Headers(given.get("headers"))
            secret = self.credential_policy().headers
            names = [name for name in client.headers if name in secret and name not in headers]
            for name in names:
                del request.headers[name]
            if "cookie" not in headers and any(not cookie.domain for cookie in client.cookies.jar):
                self.replace_cookies(request, given.get("cookies"))
                names.append("cookies without a domain")
            self.note_withheld(str(plan.url), [*names, *(["params"] if client.params else [])])
        return request

    def replace_cookies(self, request: httpx2.Request, given: Any = None) -> None:
        """Send a stranger the call's cookies and those that name a domain (P2)."""
        cookies = httpx2.Cookies()
        cookies.update(given)
        for cookie in cast("httpx2.Client", self).cookies.jar:
            if cookie.domain:
                cookies.jar.set_cookie(cookie)
        request.headers.pop("Cookie", None)
        cookies.set_cookie_header(request)

    def sending_arguments(self, request: httpx2.Request, given: dict[str, Any]) -> dict[str, Any]:
        """Withhold the client's auth from a stranger (P2); manual redirects come here too."""
        default = given.get("auth", httpx2.USE_CLIENT_DEFAULT) is httpx2.USE_CLIENT_DEFAULT
        if not default or cast("httpx2.Client", self).auth is None or self.is_home(str(request.url)):
            return given
        self.note_withheld(str(request.url), ["auth"])
        return {**given, "auth": None}

    def on_hop(self, request: httpx2.Request) -> None:
        """Remove what a redirect must not carry on (P2)."""
        hop, url = request.extensions.get("basestream"), str(request.url)
        if isinstance(hop, Hop):
            previous, hop.url = hop.url, url
            if previous not in (None, url) and request.headers.get("authorization") == hop.answer:
                request.headers.pop("authorization", None)  # RFC 7616 section 3.4: another uri is wrong
            if previous is not None and self.strips(previous, url):
                for name in self.credential_policy().headers:
                    request.headers.pop(name, None)
                self.replace_cookies(request)
