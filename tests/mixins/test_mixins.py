"""U20, U21: the session classes that users mix with ours, the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import httpx
import httpx2
import pytest
import requests
import urllib3

import basestream_httpx
import basestream_httpx2
import basestream_requests
import basestream_urllib3
from basestream.testing import RecordingServer
from basestream_requests import BaseUrlSession, BodyConsumed, SizedStream

FuturesSession: Any = import_module("requests_futures.sessions").FuturesSession
CacheMixin: Any = import_module("requests_cache").CacheMixin
CachedSession: Any = import_module("requests_cache").CachedSession
OAuth1: Any = import_module("requests_oauthlib").OAuth1
OAuth2Session: Any = import_module("requests_oauthlib").OAuth2Session
AuthlibSession: Any = import_module("authlib.integrations.requests_client").OAuth2Session
AuthlibClient: Any = import_module("authlib.integrations.httpx_client").OAuth2Client
AuthorizedSession: Any = import_module("google.auth.transport.requests").AuthorizedSession
Credentials: Any = import_module("google.auth.credentials").Credentials

BODY = b"x" * 300_000


class Counting(BaseUrlSession):
    """A session whose hook is not idempotent: a second call would show on the wire."""

    def create_url(self, url: str) -> str:
        """Join once more below the base."""
        return super().create_url("once/" + url)


def mixed(*bases: Any) -> Any:
    """Derive a class from ours and from one whose package has no types, or others than ours."""
    return type("Mixed", bases, {})


def targets(server: RecordingServer) -> list[str]:
    return [exchange.target for exchange in server.exchanges]


def chunks() -> Iterator[bytes]:
    yield BODY[:1000]
    yield BODY[1000:]


# --- FuturesSession -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [mixed(Counting, FuturesSession), mixed(FuturesSession, Counting)])
def test_futures_join_once_in_either_order(cls: Any, server: RecordingServer) -> None:
    """U20: the mark on the URL survives the way to another thread."""
    with cls(base_url=server.url + "/v1") as session:
        futures = [session.put(f"n/{number}", data=SizedStream(len(BODY), chunks)) for number in range(8)]
        assert {200} == {future.result().status_code for future in futures}

    assert sorted(f"/v1/once/n/{number}" for number in range(8)) == sorted(targets(server))
    assert {BODY} == {exchange.body for exchange in server.exchanges}


# --- requests-cache -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [mixed(CacheMixin, Counting), mixed(Counting, CacheMixin, requests.Session)])
def test_a_cache_answers_the_second_time(cls: Any, server: RecordingServer) -> None:
    """U21: the cache sees joined URLs; a body of known size passes it by, or is read and replayed."""
    with cls(
        base_url=server.url + "/v1", cache_name="memory", backend="memory", allowable_methods=("GET", "PUT")
    ) as session:
        assert [False, True] == [session.get("users").from_cache for _ in range(2)]
        answer = session.put("blob", data=SizedStream(len(BODY), chunks))

    assert 200 == answer.status_code
    assert ["/v1/once/users", "/v1/once/blob"] == targets(server)
    assert BODY == server.exchanges[1].body


# --- OAuth ----------------------------------------------------------------------------------------------------------

TOKEN = {"access_token": "secret", "token_type": "Bearer", "expires_at": 2**33}


@pytest.fixture
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.mark.usefixtures("_plain_http")
@pytest.mark.parametrize(
    "cls", [mixed(Counting, OAuth2Session), mixed(Counting, AuthlibSession), mixed(AuthlibSession, Counting)]
)
def test_oauth_puts_the_token_into_a_header(cls: Any, server: RecordingServer) -> None:
    """U21: joined once, with the token, and the body of known size is exact."""
    with cls(token=TOKEN) as session:
        session.base_url = server.url + "/v1"
        session.get("users")
        session.put("blob", data=SizedStream(len(BODY), chunks))

    assert ["/v1/once/users", "/v1/once/blob"] == targets(server)
    assert [["Bearer secret"]] * 2 == [exchange.header("authorization") for exchange in server.exchanges]
    assert BODY == server.exchanges[1].body


@pytest.mark.usefixtures("_plain_http")
def test_oauth_puts_the_token_into_the_query(server: RecordingServer) -> None:
    """U20: oauthlib makes the URL anew, so that the mark on it is lost; the other mark holds."""
    client = import_module("oauthlib.oauth2").WebApplicationClient("id", default_token_placement="query")
    with mixed(Counting, OAuth2Session)(base_url=server.url + "/v1", client=client, token=TOKEN) as session:
        session.get("users?q=1")

    assert ["/v1/once/users?q=1&access_token=secret"] == targets(server)


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "application/octet-stream"}], ids=["no type", "type"]
)
@pytest.mark.parametrize("make", [lambda: chunks, lambda: chunks()], ids=["replayable", "one-shot"])
def test_oauth_1_looks_for_a_form(server: RecordingServer, headers: dict[str, str], make: Any) -> None:
    """S6: in a body without a type, which begins a pass; name the type, or pass what can be read again."""
    with BaseUrlSession(server.url + "/v1") as session:
        session.auth = OAuth1("key", "secret")
        source = make()
        if source is not chunks and not headers:
            with pytest.raises(BodyConsumed):
                session.put("blob", data=SizedStream(len(BODY), source), headers=headers)
            return
        session.put("blob", data=SizedStream(len(BODY), source), headers=headers)

    assert BODY == server.exchanges[0].body
    assert "oauth_signature=" in server.exchanges[0].header("authorization")[0]


def test_oauth_in_front_of_ours_says_what_is_wrong(server: RecordingServer) -> None:
    """U21: it wants an absolute URL, and has not got one yet."""
    error = import_module("oauthlib.oauth2").InsecureTransportError
    with mixed(OAuth2Session, Counting)(token=TOKEN) as session:
        session.base_url = server.url
        with pytest.raises(error):
            session.get("users")

    assert [] == targets(server)


# --- google-auth ----------------------------------------------------------------------------------------------------


class Renewed(Credentials):  # type: ignore[misc]  # imported by name, hence Any
    """Credentials whose first token is stale."""

    refreshed = 0

    @property
    def valid(self) -> bool:
        """Give what the library asks before each request."""
        return True

    def refresh(self, request: object) -> None:
        """Make a new token."""
        self.refreshed += 1
        self.token = f"token-{self.refreshed}"


def stale() -> Any:
    credentials: Any = Renewed()
    credentials.token = "token-0"
    return credentials


@pytest.mark.parametrize("cls", [mixed(Counting, AuthorizedSession), mixed(AuthorizedSession, Counting)])
def test_a_stale_token_is_renewed_and_the_url_joined_once(cls: Any, server: RecordingServer) -> None:
    """U20, S8: what is sent again is the same target and the same body, with the new token."""
    with cls(credentials=stale()) as session:
        session.base_url = server.url + "/v1"
        answer = session.put("flaky/401?times=1", data=SizedStream(len(BODY), chunks))

    assert 200 == answer.status_code
    assert ["/v1/once/flaky/401?times=1"] * 2 == targets(server)
    assert ["Bearer token-0", "Bearer token-1"] == [e.header("authorization")[0] for e in server.exchanges]
    assert [BODY, BODY] == [exchange.body for exchange in server.exchanges]


def test_a_stale_token_and_a_body_that_cannot_be_sent_again(server: RecordingServer) -> None:
    """S6: not an empty body with a fresh token, but an error."""
    cls = mixed(Counting, AuthorizedSession)
    with cls(base_url=server.url + "/v1", credentials=stale()) as session, pytest.raises(BodyConsumed):
        session.put("flaky/401?times=1", data=SizedStream(len(BODY), chunks()))

    assert 1 == len(server.exchanges)


# --- httpx's own kin ------------------------------------------------------------------------------------------------


def test_authlibs_client(server: RecordingServer) -> None:
    """U21: Authlib's client is an ``httpx2.Client`` (an ``httpx.Client`` before its 1.7)."""
    ours: Any = basestream_httpx2 if issubclass(AuthlibClient, httpx2.Client) else basestream_httpx
    with mixed(ours.BaseUrlSession, AuthlibClient)(base_url=server.url + "/v1", token=TOKEN) as session:
        session.get("users")
        session.put("blob", content=SizedStream(len(BODY), chunks))

    assert ["/v1/users", "/v1/blob"] == targets(server)
    assert [["Bearer secret"]] * 2 == [exchange.header("authorization") for exchange in server.exchanges]
    assert BODY == server.exchanges[1].body


# --- names ----------------------------------------------------------------------------------------------------------

# What takes the place of the client's own of that name, on purpose (U22); base_url means the same on httpx.
HTTPX = {"base_url", "build_request", "event_hooks", "send"}
INTENDED: dict[type[Any], set[str]] = {
    basestream_requests.BaseUrlSession: {"request", "prepare_request", "send", "rebuild_auth"},
    basestream_httpx.BaseUrlSession: HTTPX,
    basestream_httpx.AsyncBaseUrlSession: HTTPX,
    basestream_httpx2.BaseUrlSession: HTTPX,
    basestream_httpx2.AsyncBaseUrlSession: HTTPX,
    basestream_urllib3.BaseUrlSession: {"request", "urlopen", "headers", "clear"},
}

# The bare client first, then what its users derive from.
OTHERS: dict[type[Any], list[Callable[[], Any]]] = {
    basestream_requests.BaseUrlSession: [
        requests.Session,
        FuturesSession,
        OAuth2Session,
        AuthlibSession,
        lambda: CachedSession(backend="memory"),
        lambda: AuthorizedSession(stale()),
    ],
    basestream_httpx.BaseUrlSession: [httpx.Client, AuthlibClient],
    basestream_httpx.AsyncBaseUrlSession: [httpx.AsyncClient],
    basestream_httpx2.BaseUrlSession: [httpx2.Client, AuthlibClient],
    basestream_httpx2.AsyncBaseUrlSession: [httpx2.AsyncClient],
    basestream_urllib3.BaseUrlSession: [urllib3.PoolManager],
}


@pytest.mark.parametrize(
    "ours", OTHERS, ids=lambda ours: f"{ours.__module__.partition('.')[0]}-{ours.__name__}"
)
def test_no_name_of_ours_is_taken(ours: Any) -> None:
    """U21: what a client or a mixin has or sets is never one of our names, private ones included."""
    others: list[Any] = [make() for make in OTHERS[ours]]
    classes: list[type[Any]] = [cls for cls in ours.__mro__ if cls.__module__.startswith("basestream")]
    own = {name for cls in classes for name in vars(cls)}
    own |= ours("http://127.0.0.1").__dict__.keys() - others[0].__dict__.keys()
    own = {name for name in own if not name.startswith("__")} - INTENDED[ours]
    assert {"reach", "send_credentials", "create_url", "_base_seen"} <= own  # or nothing would be compared

    assert [set[str]()] * len(others) == [own & set(dir(other)) for other in others]
