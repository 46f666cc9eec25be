"""The classes that basestream stands beside, driven by the same rows: requests_toolbelt's, and the bare clients.

They declare nothing but what depends on timing: what the table shows for them is what they do. Each is used as its
users do it: a base is put in front with a slash where the client has none, and a body is the source itself, with
``Content-Length`` named where the client takes that.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple, cast

from basestream import testing
from basestream.testing import Profile
from drivers import HTTPX_ON_ASYNCIO, PLAIN_TLS

ON_ASYNCIO = Profile(varies=HTTPX_ON_ASYNCIO.varies)
"""With us or without, the answer is lost now and then."""


POLICY = frozenset({"credential_headers", "send_credentials"})
AUTH = {
    "toolbelt": ("requests_toolbelt.auth.guess", "GuessAuth"),
    "requests": ("requests.auth", "HTTPDigestAuth"),
    "httpx": ("httpx", "DigestAuth"),
    "httpx2": ("httpx2", "DigestAuth"),
}

IN_THREADS = Profile(varies={"guess-auth-at-once": "DigestAuth counts without a lock"})


class Body(NamedTuple):
    """A size, and what a bare client would be given."""

    size: int
    source: Any


def plain(source: Any) -> Any:
    """Make of a source of ours what a bare client takes: call a factory, iterate a list."""
    made: Any = source() if callable(source) else source
    return iter(made) if hasattr(made, "append") else made


class Foreign(testing.Driver):
    """A driver of sessions that know no policy for credentials: they are opened without what ours are told."""

    def session(self, *args: Any, cls: Any = None, **options: Any) -> AbstractContextManager[testing.Caller]:
        """Open one."""
        known = {name: value for name, value in options.items() if name not in POLICY}
        return super().session(*args, cls=cls, **known)

    def guess_auth(self, username: Any, password: Any) -> Any:
        """Make what comes nearest: the toolbelt's own ``GuessAuth``, or the client's Digest."""
        module, name = AUTH[self.backend.__name__.removeprefix("bare ")]
        return getattr(importlib.import_module(module), name)(username, password)


class Toolbelt(Foreign):
    """``BaseUrlSession``, ``StreamingIterator`` and ``GuessAuth`` of requests_toolbelt."""

    def body(self, size: int, source: Any, **options: Any) -> Any:
        """Make its own stream; it knows no option of ours."""
        options.pop("readable")
        kind: Any = importlib.import_module("requests_toolbelt.streaming_iterator").StreamingIterator
        source = plain(source)
        return kind(size, iter([source]) if isinstance(source, (bytes, bytearray)) else source, **options)


class Bare(Foreign):
    """A client without us."""

    def body(self, size: int, source: Any, **options: Any) -> Any:
        """Keep size and source together until the request is made."""
        options.pop("readable")
        if options:
            raise TypeError(f"no such option: {', '.join(options)}")
        return Body(size, plain(source))

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Name the size where the client does not refuse it together with a generator."""
        arguments = dict(given)
        body: object = arguments.get("body")
        if isinstance(body, Body):
            arguments["body"] = in_async(body.source) if self.asynchronous else body.source
            if (
                self.backend.BODY_KEYWORD != "data"
            ):  # requests would send both framing headers, and a broken body
                arguments["headers"] = {"Content-Length": str(body.size), **arguments.get("headers", {})}
        return super().arguments(arguments)


def in_async(source: Any) -> Any:
    """Give what an async client takes."""
    if isinstance(source, (bytes, bytearray)):
        return bytes(source)

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in source:
            yield chunk

    return chunks()


def _backend(name: str, keyword: str, session: type[Any]) -> ModuleType:
    made = SimpleNamespace(
        __name__=name, BODY_KEYWORD=keyword, BaseUrlSession=session, AsyncBaseUrlSession=session
    )
    return cast("ModuleType", made)


def _with_slash(cls: Any) -> type[Any]:
    """Derive a session that puts a base in front of what is no URL, as scripts do."""

    def start(self: Any, base_url: str = "", **options: Any) -> None:
        cls.__init__(self, **options)
        self.base_url = base_url

    def request(self: Any, method: str, url: Any, **kwargs: Any) -> Any:
        absolute = str(url).startswith(("http://", "https://"))
        return cls.request(self, method, url if absolute else f"{self.base_url}/{url}", **kwargs)

    return type("Concatenating", (cls,), {"__init__": start, "request": request})


def _with_base(cls: Any) -> type[Any]:
    """Derive a client that takes its base by position, as the kit gives it."""

    def start(self: Any, base_url: str = "", **options: Any) -> None:
        cls.__init__(self, base_url=base_url, **options)

    return type("Based", (cls,), {"__init__": start})


def foreign() -> Iterator[testing.Driver]:
    """Give the drivers, each of which needs its client."""
    requests: Any = importlib.import_module("requests")
    urllib3: Any = importlib.import_module("urllib3")
    toolbelt: Any = importlib.import_module("requests_toolbelt.sessions")
    yield Toolbelt(_backend("toolbelt", "data", toolbelt.BaseUrlSession))
    yield Bare(_backend("bare requests", "data", _with_slash(requests.Session)))
    for package in ("httpx", "httpx2"):
        client: Any = importlib.import_module(package)
        options = {"follow_redirects": True, "verify": PLAIN_TLS}
        backend = _backend(f"bare {package}", "content", _with_base(client.Client))
        yield Bare(backend, options=options, profile=IN_THREADS)
        backend = _backend(f"bare {package}", "content", _with_base(client.AsyncClient))
        yield Bare(backend, asynchronous=True, options=options, profile=ON_ASYNCIO)
    yield Bare(_backend("bare urllib3", "body", _with_slash(urllib3.PoolManager)))
