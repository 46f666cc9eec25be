"""What a session is made of: its arguments, its base URL and its hooks, for the sync and the async one alike.

What this module does not know: what happens to a request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, ClassVar, cast

import httpx2

import basestream
from basestream.backend import Abort, Reach, SendCredentials, SessionRules, URLTypes

from . import _errors

Hooks = dict[str, list[Callable[..., Any]]]


class Httpx2Base(SessionRules):
    """The part of both sessions that stands beside httpx2's own class."""

    client_errors: ClassVar[Mapping[type[basestream.InvalidURL], type[basestream.InvalidURL]]] = {
        basestream.InvalidURL: _errors.InvalidURL,
        basestream.OutOfReachURL: _errors.OutOfReachURL,
        basestream.MissingBaseURL: _errors.MissingBaseURL,
    }
    _base_url_seen = httpx2.URL("")
    _user_hooks: Hooks
    _on_request: Callable[..., Any]
    _on_response: Callable[..., Any]

    def __init__(
        self,
        base_url: httpx2.URL | URLTypes | None = None,
        *,
        reach: Reach | None = None,
        send_credentials: SendCredentials | None = None,
        credential_headers: Collection[str] | None = None,
        abort: Abort | None = None,
        event_hooks: Mapping[str, list[Callable[..., Any]]] | None = None,
        **kwargs: Any,
    ) -> None:
        ours: Hooks = {"request": [self._on_request], "response": [self._on_response]}
        cast("Any", super()).__init__(event_hooks=ours, **kwargs)  # of the client's class beside
        self.event_hooks = dict(event_hooks or {})
        self.parsed_url: Callable[[str], httpx2.URL] = lru_cache(256)(httpx2.URL)
        """Gives the client's URL; remembers some, for parsing costs more than the rest of a small request."""
        self.set_rules(base_url, reach, send_credentials, credential_headers, abort)

    def client_text(self, url: object) -> object:
        """Give the text of an `httpx2.URL`."""
        return str(url) if isinstance(url, httpx2.URL) else url

    def client_form(self, url: str) -> str:
        """Write a URL as httpx2 does."""
        return str(httpx2.URL(url))

    def client_error(self, error: basestream.InvalidURL) -> basestream.InvalidURL:
        """Give the error as the one httpx2 raises for the same text."""
        return _errors.as_refused(super().client_error(error))

    @property
    def base_url(self) -> httpx2.URL:
        """The base, an empty URL if there is none. Assign another at any time; it is checked then."""
        return self._base_url_seen

    @base_url.setter
    def base_url(self, url: httpx2.URL | str | None) -> None:
        self._base_url_seen = httpx2.URL(url or "")

    @property
    def event_hooks(self) -> Hooks:
        """The user's hooks; ours runs after them and is not among them."""
        return self._user_hooks

    @event_hooks.setter
    def event_hooks(self, event_hooks: Mapping[str, list[Callable[..., Any]]]) -> None:
        self._user_hooks = {name: list(event_hooks.get(name, ())) for name in ("request", "response")}
