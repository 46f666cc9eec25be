"""A1 where it is a client's own: pickles, proxies, bare clients, and how a request is sent again."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest

from basestream import AuthError, BodyConsumed, SizedStream
from basestream.testing import Exchange, RecordingServer
from drivers import Driver

SIZE = 600_000
DATA = bytes(range(240)) * (SIZE // 240)
BASIC = "basic?user=me&password=secret"
DIGEST = "digest?user=me&password=secret"


def chunks() -> Iterator[bytes]:
    for start in range(0, SIZE, 1000):
        yield DATA[start : start + 1000]


def only(*clients: str) -> Any:
    """Skip the backends of other clients."""

    def checked(driver: Driver) -> None:
        if driver.client not in clients:
            pytest.skip(f"only for {' and '.join(clients)}")

    return checked


def statuses(server: RecordingServer) -> list[int | None]:
    server.wait_idle()
    return [exchange.status for exchange in server.exchanges]


def guessing(driver: Driver) -> Any:
    return driver.guess_auth("me", "secret")


def test_a_copy_remembers_nothing(driver: Driver, server: RecordingServer) -> None:
    """A1: pickles and copies have the name and the password, and ask anew."""
    auth = guessing(driver)
    with driver.session(server.url) as api:
        for again in (auth, auth, copy.deepcopy(auth), pickle.loads(pickle.dumps(auth))):  # noqa: S301  (ours)
            api.session.auth = again
            assert 200 == api.get(DIGEST).status

    assert [401, 200, 200, 401, 200, 401, 200] == statuses(server)


def test_a_redirect_that_makes_it_a_get_is_answered_as_one(driver: Driver, server: RecordingServer) -> None:
    """A1: what is sent again is the request that was refused, not the one that led there."""
    with driver.session(server.url) as api:
        api.session.auth = guessing(driver)
        reply = api.put("redirect/303?to=/" + quote(DIGEST), SizedStream(SIZE, chunks()))

    assert 200 == reply.status
    seen = [(exchange.method, exchange.status, exchange.size) for exchange in server.exchanges]
    assert [("PUT", 303, SIZE), ("GET", 401, 0), ("GET", 200, 0)] == seen


def test_the_history_of_a_response_has_the_refusals(driver: Driver, server: RecordingServer) -> None:
    """A1: as with the client's own auth."""
    only("requests", "httpx", "httpx2")(driver)
    with driver.session(server.url) as api:
        api.session.auth = guessing(driver)
        native = api.get(DIGEST).native

    assert [401] == [response.status_code for response in native.history]
    assert native.request.headers["Authorization"].startswith("Digest ")


def test_a_response_that_nobody_gets_is_closed(driver: Driver, server: RecordingServer) -> None:
    """A1: an open socket would be a ResourceWarning, which is an error here; the session goes on."""
    offer = quote('Digest realm="kit", nonce="{nonce}", qop="auth-int"')
    options = {"urllib3": {"preload_content": False}, "requests": {"stream": True}}.get(driver.client, {})
    with driver.session(server.url) as api:
        api.session.auth = guessing(driver)
        with pytest.raises(AuthError, match="auth-int"):
            api.get(f"guarded?user=me&password=secret&field={offer}", **options)
        assert 200 == api.get("after").status


# --- requests and httpx without a session of ours -----------------------------------------------------------


BODIES: dict[str, tuple[Callable[[], Any], type[Exception] | None]] = {
    "bytes": (lambda: DATA, None),
    "file": (lambda: io.BytesIO(DATA), None),
    "file-from-here": (lambda: _at(io.BytesIO(b"xyz" + DATA), 3), None),
    "replayable": (lambda: SizedStream(SIZE, chunks), None),
    "one-shot": (lambda: SizedStream(SIZE, chunks()), BodyConsumed),
    "generator": (chunks, BodyConsumed),
    "pipe": (lambda: _Pipe(DATA), BodyConsumed),
}


class _Pipe:
    """Something to read, and nothing else."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.len = len(data)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


def _at(file: io.BytesIO, position: int) -> io.BytesIO:
    file.seek(position)
    return file


@pytest.mark.parametrize("kind", BODIES)
def test_a_bare_requests_session_sends_the_same_body_again(
    driver: Driver, server: RecordingServer, kind: str
) -> None:
    """S6, A1: or says why not, before there is another request."""
    only("requests")(driver)
    make, error = BODIES[kind]
    with driver.native.Session() as session:
        session.auth = guessing(driver)
        if error is None:
            assert 200 == session.put(f"{server.url}/{DIGEST}", data=make()).status_code
        else:
            with pytest.raises(error, match="GET first"):
                session.put(f"{server.url}/{DIGEST}", data=make())

    assert [DATA] * (1 if error else 2) == [exchange.body for exchange in server.exchanges]


def test_a_bare_httpx_client_sends_the_same_body_again(driver: Driver, server: RecordingServer) -> None:
    """S6, A1: through the client's own auth flow."""
    only("httpx", "httpx2")(driver)
    if driver.asynchronous:
        pytest.skip("bare async clients take no sync body")
    with driver.native.Client(auth=guessing(driver)) as client:
        assert 200 == client.put(f"{server.url}/{DIGEST}", content=SizedStream(SIZE, chunks)).status_code

    assert [DATA] * 2 == [exchange.body for exchange in server.exchanges]


def test_a_prepared_request_can_be_sent_twice(driver: Driver, server: RecordingServer) -> None:
    """A1: each sending is answered for itself."""
    only("requests")(driver)
    with driver.session(server.url) as api:
        api.session.auth = guessing(driver)
        prepared = api.session.prepare_request(driver.native.Request("GET", DIGEST))
        codes: list[int] = []
        for _ in range(2):
            server.clear()
            codes += [api.session.send(prepared).status_code]

    assert [200, 200] == codes


def test_a_response_without_headers_beneath_is_read_too(driver: Driver) -> None:
    """A1: mocks make responses of their own."""
    only("requests")(driver)
    native: Any = driver.native

    class Mock(native.adapters.BaseAdapter):  # type: ignore[misc]  # found at run time
        def __init__(self) -> None:
            self.seen: list[str | None] = []

        def send(self, request: Any, **kwargs: Any) -> Any:
            self.seen.append(request.headers.get("Authorization"))
            response = native.Response()
            response.status_code = 200 if self.seen[-1] else 401
            response.headers["WWW-Authenticate"] = 'Negotiate, Basic realm="x"'
            response.raw, response.url, response.request = io.BytesIO(), request.url, request
            response.connection = self
            return response

        def close(self) -> None:
            pass

    mock = Mock()
    with native.Session() as session:
        session.mount("mock://", mock)
        session.auth = guessing(driver)
        assert 200 == session.get("mock://api/x").status_code

    assert [None, "Basic bWU6c2VjcmV0"] == mock.seen


# --- proxies ------------------------------------------------------------------------------------------------


@contextmanager
def through_proxy(driver: Driver, proxy: RecordingServer, auth: Any) -> Generator[Any, None, None]:
    """Open a session for a server that only the proxy could reach."""
    if driver.client == "urllib3":
        with (
            driver.native.ProxyManager(proxy.url) as manager,
            driver.session("http://api.invalid", manager) as api,
        ):
            api.session.auth = auth
            yield api
    else:
        with driver.session("http://api.invalid") as api:
            api.session.proxies = {"http": proxy.url}
            api.session.auth = auth
            yield api


def proxy_auth(driver: Driver, *server: str) -> Any:
    names = server or (None, None)
    return driver.module.GuessProxyAuth(*names, "me", "secret")


def credentials(exchanges: list[Exchange]) -> list[list[str]]:
    return [
        [header.partition(" ")[0] for header in exchange.header("proxy-authorization")]
        for exchange in exchanges
    ]


@pytest.mark.parametrize("path", [BASIC, DIGEST], ids=["basic", "digest"])
def test_a_proxy_is_answered(driver: Driver, server: RecordingServer, path: str) -> None:
    """A1: with a body that is sent again, on requests for plain HTTP."""
    only("requests", "urllib3")(driver)
    with through_proxy(driver, server, proxy_auth(driver)) as api:
        reply = api.put(f"{path}&proxy=1", SizedStream(SIZE, chunks))

    assert 200 == reply.status
    assert [407, 200] == statuses(server)
    assert [[], [path.partition("?")[0].title()]] == credentials(server.exchanges)
    assert [DATA, DATA] == [exchange.body for exchange in server.exchanges]
    assert {"http://api.invalid/"} == {exchange.target[:19] for exchange in server.exchanges}
    assert [[], []] == [exchange.header("authorization") for exchange in server.exchanges]


def test_a_proxy_and_a_server_are_answered(driver: Driver, server: RecordingServer) -> None:
    """A1: each with what is its own."""
    only("requests", "urllib3")(driver)
    offer = quote('Basic realm="kit"')
    with through_proxy(driver, server, proxy_auth(driver, "you", "other")) as api:
        assert 200 == api.get(BASIC + "&proxy=1").status
        assert 200 == api.get(f"guarded?user=you&password=other&accept=Basic&field={offer}").status

    assert 401 in statuses(server)
    assert {"Basic bWU6c2VjcmV0"} == {
        value for exchange in server.exchanges for value in exchange.header("proxy-authorization")
    }
    assert {"Basic eW91Om90aGVy"} == {
        value for exchange in server.exchanges for value in exchange.header("authorization")
    }


def test_a_server_that_plays_the_proxy_gets_nothing(driver: Driver, server: RecordingServer) -> None:
    """A1: a 407 on a direct connection is no proxy's."""
    only("requests", "urllib3")(driver)
    with driver.session(server.url) as api:
        api.session.auth = proxy_auth(driver)
        assert 407 == api.get(BASIC + "&proxy=1").status

    assert [407] == statuses(server)


def test_a_proxy_is_remembered_by_urllib3(driver: Driver, server: RecordingServer) -> None:
    """A1: whose manager is known beforehand; requests tells an auth object of no proxy."""
    only("urllib3")(driver)
    with through_proxy(driver, server, proxy_auth(driver)) as api:
        for _ in range(3):
            assert 200 == api.get(DIGEST + "&proxy=1").status

    assert [407, 200, 200, 200] == statuses(server)


def test_proxy_credentials_are_checked(driver: Driver) -> None:
    """A1: as those of a server are."""
    only("requests", "urllib3")(driver)
    for given, error in (
        ((None, None, "", "x"), ValueError),
        (("me", None, "me", "x"), TypeError),
        ((), TypeError),
    ):
        with pytest.raises(error):
            driver.module.GuessProxyAuth(*given)
