"""`httpx2.Client` and `httpx2.AsyncClient` with a base URL and bodies of known size.

What this module does not know: anything but when to wait. It uses httpx2's public extension points alone:
``build_request``, ``send`` and the ``event_hooks`` (U22).
"""

from __future__ import annotations

from typing import Any

import httpx2

from basestream import BodySourceError

from ._bodies import AsyncBody, SyncBody
from ._rules import Httpx2Rules


class BaseUrlSession(Httpx2Rules, httpx2.Client):
    """An `httpx2.Client` whose references are joined to a base URL, and which sends bodies of known size.

    Args:
        base_url: ``scheme://host[:port][/path]``, with or without a slash at its end; None for that of the class.
        reach: What references may name: ``"any"`` URL (the default), the base's ``"origin"``, or what is under
            the ``"base"``. This and what follows may be attributes of a subclass too.
        send_credentials: Where the client's own auth, params, cookies without a domain and credential headers
            may go besides the base's origin: nowhere (``"same-origin"``, the default), everywhere as with a bare
            client (``"include"``), or to the origins given.
        credential_headers: Names of headers that are credentials besides Authorization, Cookie and
            Proxy-Authorization.
        abort: How an upload over plain HTTP that is cut short ends: in a ``"reset"`` (the default), which no
            server takes for the end of a body, or in a plain ``"close"``.
        event_hooks: As for the bare client.
        kwargs: Anything else the bare client takes.

    Raises:
        InvalidURL: The base cannot be used.
        ValueError: ``reach``, ``send_credentials`` or ``abort`` is no known word.

    Example:
        >>> session = BaseUrlSession("https://api.example.com/v1")
        >>> str(session.build_request("GET", "users/1").url)
        'https://api.example.com/v1/users/1'
    """

    def build_request(self, method: str, url: Any, **kwargs: Any) -> httpx2.Request:
        """Join the URL and build the request, with the arguments of the bare client's method."""
        plan = self.planned(url, SyncBody, kwargs)
        return self.finished(super().build_request(method, **plan.arguments), plan, kwargs)

    def send(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        """Send a request; at each hop a body of known size is checked first, as far as its first block goes."""
        arguments = self.sending_arguments(request, kwargs)
        body = request.stream
        if not isinstance(body, SyncBody):
            return super().send(request, **arguments)
        try:
            return super().send(request, **arguments)
        except BodySourceError as error:
            raise error from error.source_error  # httpcore's pool has raised it "from None"
        finally:
            body.end()

    def _on_request(self, request: httpx2.Request) -> None:
        for hook in self.event_hooks["request"]:
            hook(request)
        self.on_hop(request)
        if isinstance(request.stream, SyncBody):
            request.stream.prime()

    def _on_response(self, response: httpx2.Response) -> None:
        for hook in self.event_hooks["response"]:
            hook(response)


class AsyncBaseUrlSession(Httpx2Rules, httpx2.AsyncClient):
    """An `httpx2.AsyncClient` like `BaseUrlSession`, with the same arguments; it sends async sources too.

    Raises:
        InvalidURL: The base cannot be used.
        ValueError: ``reach``, ``send_credentials`` or ``abort`` is no known word.

    Example:
        >>> session = AsyncBaseUrlSession("https://api.example.com/v1")
        >>> str(session.build_request("GET", "users/1").url)
        'https://api.example.com/v1/users/1'
    """

    def build_request(self, method: str, url: Any, **kwargs: Any) -> httpx2.Request:
        """Join the URL and build the request, with the arguments of the bare client's method."""
        plan = self.planned(url, AsyncBody, kwargs)
        return self.finished(super().build_request(method, **plan.arguments), plan, kwargs)

    async def send(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        """Send a request; at each hop a body of known size is checked first, as far as its first block goes."""
        arguments = self.sending_arguments(request, kwargs)
        body = request.stream
        if not isinstance(body, AsyncBody):
            return await super().send(request, **arguments)
        try:
            return await super().send(request, **arguments)
        except BodySourceError as error:
            raise error from error.source_error  # httpcore's pool has raised it "from None"
        finally:
            await body.end()

    async def _on_request(self, request: httpx2.Request) -> None:
        for hook in self.event_hooks["request"]:
            await hook(request)
        self.on_hop(request)
        if isinstance(request.stream, AsyncBody):
            await request.stream.prime()

    async def _on_response(self, response: httpx2.Response) -> None:
        for hook in self.event_hooks["response"]:
            await hook(response)
