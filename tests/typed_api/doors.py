"""What `basestream.backend` and `basestream.testing` say of their types; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any, Literal

from typing_extensions import assert_type

from basestream import InvalidURL, SizedStream, backend, testing
from basestream.testing.pytest_rows import conformance_test


class Session(backend.SessionRules):
    """An adapter's, over a client of its own."""

    def __init__(self, base_url: backend.URLTypes | None = None) -> None:
        self.set_rules(base_url, None, None, None)

    def client_text(self, url: object) -> object:
        """Give text."""
        return super().client_text(url)


class Connection(backend.GuardedConnection):
    """Beside one of ``http.client``."""


class Driver(testing.Driver):
    """A third party's."""

    params_keyword = "query"

    def body(self, size: int, source: Any, *, readable: bool = False, **options: Any) -> Any:
        """Give its own body."""
        return super().body(size, source, readable=readable, **options)


def registry() -> None:
    """Backends by name."""
    assert_type(backend.available(), list[str])
    assert_type(backend.load("requests"), ModuleType)
    assert_type(backend.missing_client("requests", ImportError()), ImportError)
    backend.load(testing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def rules(session: Session) -> None:
    """What an adapter's session inherits."""
    assert_type(session.create_url("users"), str)
    assert_type(session.joined_url(b"users"), str)
    assert_type(session.is_home("http://a"), bool)
    assert_type(session.strips("http://a", "http://b"), bool)
    assert_type(session.client_error(InvalidURL("no")), InvalidURL)
    assert_type(session.client_form("http://a"), str)
    assert_type(session.reach, Literal["any", "origin", "base"])
    assert_type(session.reach, backend.Reach)
    assert_type(session.abort, backend.Abort)
    assert_type(session.send_credentials, backend.SendCredentials)
    assert_type(session.credential_headers, Collection[str])
    session.abort = "quiet"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]


def uploads(stream: SizedStream) -> None:
    """The face for a sync client."""
    limits = backend.Limits(block=1024, views=True)
    transport = backend.Transport(limits, frozenset({"client"}))
    assert_type(transport.limits, backend.Limits)
    assert_type(transport.packages, frozenset[str])
    assert_type(limits.patience, float)
    upload = backend.Upload(stream, transport, reset_on_abort=False)
    assert_type(upload.size, int)
    assert_type(iter(upload), Iterator[bytes])
    assert_type(upload.prime(), None)
    assert_type(upload.end(), None)
    assert_type(backend.consumed("generator").args, tuple[Any, ...])
    backend.check_framing([("Content-Length", "5")], 5)
    backend.check_framing({"Content-Length": "5"}, 5)  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    backend.Upload(b"x", transport)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def async_uploads(stream: SizedStream) -> None:
    """The face for an async client."""
    upload = backend.AsyncUpload(stream, backend.Transport())
    assert_type(upload.__aiter__(), AsyncIterator[bytes])
    await upload.prime()
    await upload.end()


def guards() -> None:
    """Loud aborts."""
    guard = backend.AbortGuard()
    guard.attach(None)
    guard.arm()
    guard.disarm()
    guard.leave()
    guard.attach("socket")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def auth() -> None:
    """Challenges in, credentials out."""
    authenticator = backend.Authenticator("me", "secret")
    asked = backend.Asked("GET", "http://a/b", "/b", None)
    flow = backend.AuthFlow(authenticator, "http://a", backend.PROXY_FIELDS)
    assert_type(flow.first(asked), str | None)
    assert_type(flow.after(401, asked, {"WWW-Authenticate": ["Basic"]}.get), str | None)
    assert_type(flow.fields.status, int)
    assert_type(asked._replace(authorization="x").authorization, str | None)
    assert_type(backend.basic("me", "secret"), str)
    assert_type(backend.is_for_one_target("Digest"), bool)
    assert_type(backend.merged_cookies(None, "a=b"), str | None)
    flow.after(401, asked, {"WWW-Authenticate": 7}.get)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def servers() -> None:
    """The recording server, and what it has recorded."""
    with testing.RecordingServer(record_limit=1024) as server:
        assert_type(server, testing.RecordingServer)
        assert_type(server.url, str)
        assert_type(server.exchanges, list[testing.Exchange])
        assert_type(server.connections, list[testing.Connection])
        assert_type(server.wait_idle(), None)
    [exchange] = server.exchanges
    assert_type(exchange.header("content-length"), list[str])
    assert_type(exchange.headers, list[tuple[str, str]])
    assert_type(exchange.body, bytes)
    assert_type(exchange.status, int | None)
    [connection] = server.connections
    assert_type(connection.ended, Literal["open", "fin", "reset", "closed-by-server"])
    exchange.size = 5  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    testing.RecordingServer("localhost")  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue]


def kit(module: ModuleType) -> None:
    """A third party's ten lines, and what is below them."""
    profile = testing.Profile(lacks={"retries": "never"})
    driver = Driver(module, profile=profile, asynchronous=True)
    assert_type(testing.scenarios(), tuple[testing.Scenario, ...])
    assert_type(testing.check(driver, testing.scenarios()[0]), Literal["conforms", "declared"])
    assert_type(driver.session("http://a"), AbstractContextManager[testing.Caller])
    with driver.session("http://a") as caller:
        assert_type(caller.get("x"), testing.Reply)
        assert_type(caller.put("x", b"y").status, int)
        assert_type(caller.request("GET", "x").body, bytes)
    assert_type(testing.CAPABILITIES, Mapping[str, str])
    test: Callable[..., None] = conformance_test(driver, deadline=3)
    test()
    testing.Profile(lacks={"retries"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Driver("module")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def rows(stage: testing.Stage) -> None:
    """What a row plays on."""
    with testing.raises(ValueError) as raised:
        assert_type(stage.base, str)
    assert_type(raised.error, BaseException)
    assert_type(stage.server, testing.RecordingServer)
    assert_type(stage.exchanges(complete=True), list[testing.Exchange])
    assert_type(stage.session(), AbstractContextManager[testing.Caller])
    testing.raises("ValueError")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
