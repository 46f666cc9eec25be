"""What requests alone can do: prepared requests, pickling, mixins, certificates."""

from __future__ import annotations

import copy
import io
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from basestream import BodyConsumed, BodyError, BodyTooShort, FramingError, InvalidURL, SizedStream
from basestream.testing import RecordingServer
from support import under_test

if not under_test("requests"):
    pytest.skip("requests is not under test", allow_module_level=True)

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.auth import HTTPDigestAuth
from urllib3 import HTTPConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection
from urllib3.poolmanager import pool_classes_by_scheme

from basestream_requests import BaseUrlSession
from basestream_requests._session import JoinedURL


class Pickled(BaseUrlSession):
    """At the top of a module, where pickle finds it."""


def test_prepare_and_send_join_once(server: RecordingServer) -> None:
    """U20: ``prepare_request`` joins, ``send`` does not, and the caller's request is left alone."""
    request = requests.Request("GET", "users")
    with BaseUrlSession(server.url + "/v1") as session:
        for _ in range(3):
            prepared = session.prepare_request(request)
            assert type(prepared.url) is str
            session.send(prepared)

    assert "users" == request.url
    assert ["/v1/users"] * 3 == [exchange.target for exchange in server.exchanges]


def test_an_override_that_joins_itself_does_no_harm(server: RecordingServer) -> None:
    """U20: code for older sessions calls ``create_url`` in ``prepare_request``; joining twice changes nothing."""

    class Old(BaseUrlSession):
        def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
            request.url = self.create_url(str(request.url))
            return super().prepare_request(request)

    with Old(server.url + "/v1") as session:
        session.get("users")

    assert ["/v1/users"] == [exchange.target for exchange in server.exchanges]


def test_a_prepared_body_is_pulled_when_it_is_sent(server: RecordingServer) -> None:
    """U22: preparing pulls nothing of the source; sending does, again for each sending (S6)."""
    pulled: list[int] = []

    def source() -> Any:
        pulled.append(1)
        yield b"hello"

    with BaseUrlSession(server.url) as session:
        prepared = session.prepare_request(requests.Request("PUT", "x", data=SizedStream(5, source)))
        assert [] == pulled
        session.send(prepared)
        session.send(prepared)

    assert [b"hello", b"hello"] == [exchange.body for exchange in server.exchanges]


def pickled(session: Any) -> Any:
    return pickle.loads(pickle.dumps(session))  # noqa: S301  (our own bytes)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, pickled])
def test_a_session_is_copied_and_pickled_with_its_rules(server: RecordingServer, clone: Any) -> None:
    """U21: base, reach and credentials survive, a base of the class included."""
    rules: Any = {"send_credentials": [server.url], "credential_headers": ("x-key",), "abort": "close"}
    session = Pickled(server.url + "/v1", reach="base", **rules)
    other = clone(session)

    assert "close" == other.abort
    assert (session.base_url, "base", ("x-key",)) == (other.base_url, other.reach, other.credential_headers)
    with other:
        other.get("users")
    with pytest.raises(InvalidURL):
        other.get("/outside")
    session.close()

    assert ["/v1/users"] == [exchange.target for exchange in server.exchanges]


def test_a_mark_pickles_as_plain_text() -> None:
    """U20: what marks a joined URL does not leave the process."""
    with BaseUrlSession("https://api.invalid") as session:
        marked = JoinedURL("https://api.invalid/x", session)

    again = pickle.loads(pickle.dumps(marked))  # noqa: S301  (our own bytes)
    assert ("https://api.invalid/x", str) == (again, type(again))


def test_a_url_joined_by_another_session_is_checked_again(server: RecordingServer) -> None:
    """U20, P1: the mark names its owner: it does not open another session's reach."""
    with BaseUrlSession(server.url) as one, BaseUrlSession("https://api.invalid", reach="origin") as other:
        request = requests.Request("GET", JoinedURL(server.url + "/x", one))
        with pytest.raises(InvalidURL):
            other.prepare_request(request)


class InAnotherThread(requests.Session):
    """What FuturesSession does: the request runs elsewhere."""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(super().request, *args, **kwargs).result()


class Rebuilt(requests.Session):
    """What OAuth2Session does: the URL is made anew, with a token in its query."""

    def request(self, method: str, url: Any, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, str.__str__(url) + "?token=1", *args, **kwargs)


@pytest.mark.parametrize(
    ("mixin", "target"), [(InAnotherThread, "/v1/x/once"), (Rebuilt, "/v1/x/once?token=1")]
)
def test_mixins_between_us_and_requests(server: RecordingServer, mixin: Any, target: str) -> None:
    """U20, U21: a mixin that changes thread and one that rebuilds the URL both join once."""

    class Session(BaseUrlSession, mixin):  # type: ignore[misc]  # the mixin is a parameter
        def create_url(self, url: str) -> str:
            return super().create_url(url) + "/once"

    with Session(server.url + "/v1") as session:
        session.get("x")

    assert [target] == [exchange.target for exchange in server.exchanges]


def test_a_client_certificate_is_withheld_from_a_stranger(
    server: RecordingServer, stranger: RecordingServer
) -> None:
    """P2: the session's ``cert`` goes home only; one passed by the call goes where the call goes."""
    seen: list[Any] = []

    class Adapter(HTTPAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(kwargs.get("cert"))
            return super().send(request, *args, **{**kwargs, "cert": None})

    with BaseUrlSession(server.url) as session:
        session.cert = "/home.pem"
        session.mount("http://", Adapter())
        session.get("x")
        session.get(stranger.url + "/x")
        session.get(stranger.url + "/x", cert="/call.pem")
        session.get(f"/redirect/307?to={stranger.url}/landed")

    assert ["/home.pem", None, "/call.pem", "/home.pem", None] == seen


def test_params_that_are_no_mapping(server: RecordingServer, stranger: RecordingServer) -> None:
    """P2: pairs and text as the call's params reach the stranger as they do with requests."""
    with BaseUrlSession(server.url) as session:
        session.params = {"token": "secret"}
        session.get(stranger.url + "/a", params=[("q", "1")])
        session.get(stranger.url + "/b", params="q=1")

    assert ["/a?q=1", "/b?q=1"] == [exchange.target for exchange in stranger.exchanges]


def test_header_values_in_bytes(server: RecordingServer) -> None:
    """W1: requests takes header values as bytes; a contradiction is still seen."""
    with BaseUrlSession(server.url) as session:
        session.headers["X-None"] = None  # type: ignore[assignment]  # requests takes None for "not sent"
        session.put("x", data=SizedStream(5, b"hello"), headers={"Content-Length": b"5"})
        with pytest.raises(FramingError):
            session.put("x", data=SizedStream(5, b"hello"), headers={"Content-Length": b"6"})

    assert 1 == len(server.exchanges)


def test_a_one_shot_body_at_a_digest_challenge(server: RecordingServer) -> None:
    """S6: requests' own digest auth sends again behind the session's back; the body says that it cannot."""
    url = server.url + "/digest?user=me&password=secret&algorithm=MD5"
    with BaseUrlSession(server.url) as session:
        session.auth = HTTPDigestAuth("me", "secret")
        with pytest.raises(BodyConsumed, match="challenge"):
            session.put(url, data=SizedStream(5, iter([b"hello"])))
        assert 200 == session.put(url, data=SizedStream(5, [b"hello"])).status_code


def test_arguments_by_position(server: RecordingServer) -> None:
    """U21: ``request(method, url, params, data)`` by position, as requests allows."""
    with BaseUrlSession(server.url) as session:
        session.request("PUT", "x", {"q": "1"}, SizedStream(5, b"hello"))

    [exchange] = server.exchanges
    assert ("/x?q=1", b"hello", "content-length") == (exchange.target, exchange.body, exchange.framing)


def test_a_request_prepared_inside_a_body_is_joined(server: RecordingServer) -> None:
    """U20: the mark that `request` leaves is used up by its own preparation, not by one inside the body."""
    with BaseUrlSession(server.url + "/v1") as session:

        def chunks() -> Any:
            yield b"x" * 70_000
            session.send(session.prepare_request(requests.Request("GET", "inner")))
            yield b"y"

        session.put("outer", data=SizedStream(70_001, chunks()))

    assert {"/v1/outer", "/v1/inner"} == {exchange.target for exchange in server.exchanges}


def test_a_body_that_its_adapter_holds_on_to_is_closed() -> None:
    """S10: what a pass has opened is closed when the exchange is over, whoever still holds the iterator."""
    held: list[Any] = []
    closed: list[bool] = []

    class Source:
        def __iter__(self) -> Any:
            return iter([b"x" * 100_000] * 2)

        def close(self) -> None:
            closed.append(True)

    class Holding(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            held.append(iter(cast("Any", request.body)))
            next(held[0])
            response = requests.Response()
            response.status_code, response.url, response.request = 413, str(request.url), request
            response.raw = io.BytesIO()
            return response

        def close(self) -> None:
            """Nothing to close."""

    with BaseUrlSession("https://api.invalid") as session:
        session.mount("https://", Holding())
        session.put("x", data=SizedStream(200_000, Source))

    assert [True] == closed
    with pytest.raises(BodyError, match="over"):
        next(held[0])


def test_a_scheme_of_somebodys_adapter() -> None:
    """U8: an absolute URL of another scheme reaches the adapter that is mounted for it."""
    seen: list[str | None] = []

    class Mock(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            seen.append(request.url)
            response = requests.Response()
            response.status_code, response.url, response.request = 200, str(request.url), request
            response.raw = io.BytesIO()
            return response

        def close(self) -> None:
            """Nothing to close."""

    with BaseUrlSession("mock://host/v1") as session:
        session.mount("mock://", Mock())
        session.get("users")
        session.get("mock://other/x")

    assert ["mock://host/v1/users", "mock://other/x"] == seen


def test_an_unprepared_request_is_refused_as_requests_refuses_it() -> None:
    """U22: ``send`` of a `requests.Request` is requests' own error."""
    with BaseUrlSession() as session, pytest.raises(ValueError, match="PreparedRequests"):
        session.send(cast("Any", requests.Request("GET", "https://api.invalid/")))


def cut_short(session: BaseUrlSession) -> None:
    with session, pytest.raises(BodyTooShort):
        session.put("x", data=SizedStream(300_000, [b"x" * 200_000]))


def endings(server: RecordingServer) -> list[str]:
    server.wait_closed()
    return [connection.ended for connection in server.connections]


def test_what_the_adapter_was_given_is_kept() -> None:
    """W4: ours takes the place of requests' own adapter, with its retries; pickling gives it back."""

    class Patient(requests.Session):
        def __init__(self) -> None:
            super().__init__()
            self.mount("http://", HTTPAdapter(max_retries=7))

    class Mixed(BaseUrlSession, Patient):
        pass

    with Mixed() as session, BaseUrlSession() as plain:
        adapter: Any = session.get_adapter("http://api.invalid")
        again: Any = pickle.loads(pickle.dumps(plain)).get_adapter("http://api.invalid")  # noqa: S301  (our own)
        assert 7 == adapter.max_retries.total
        assert type(adapter) is type(again) is not HTTPAdapter


def test_an_adapter_of_the_user_s_decides_itself(server: RecordingServer) -> None:
    """W4: one that is mounted, by a class or later, stays; the abort is a plain close then."""

    class Own(HTTPAdapter):
        pass

    class Mounting(requests.Session):
        def __init__(self) -> None:
            super().__init__()
            self.mount("http://", Own())

    class Mixed(BaseUrlSession, Mounting):
        pass

    session = BaseUrlSession(server.url)
    session.mount("http://", HTTPAdapter())
    cut_short(session)
    cut_short(Mixed(server.url))

    assert ["fin", "fin"] == endings(server)


def test_an_upload_through_a_proxy_ends_in_a_reset(server: RecordingServer) -> None:
    """W4: it is the proxy that must not take it for whole."""
    session = BaseUrlSession("http://api.invalid/v1")
    session.proxies = {"http": server.url}
    cut_short(session)

    assert ["reset"] == endings(server)


def test_a_manager_with_classes_of_its_own_keeps_them(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W4: a manager for SOCKS has other pools, which must not be replaced."""
    own = dict(pool_classes_by_scheme)

    def proxy_manager_for(self: Any, proxy: str, **kwargs: Any) -> Any:
        manager = ProxyManager(proxy)
        manager.pool_classes_by_scheme = own
        return manager

    monkeypatch.setattr(HTTPAdapter, "proxy_manager_for", proxy_manager_for)
    session = BaseUrlSession("http://api.invalid/v1")
    session.proxies = {"http": server.url}
    cut_short(session)

    assert ["fin"] == endings(server)


def test_a_recorder_s_connections_are_used(server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """W4: vcrpy puts its class in the place of urllib3's; ours must not hide it."""
    made: list[Any] = []

    class Recording(HTTPConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            made.append(self)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(HTTPConnectionPool, "ConnectionCls", Recording)
    with BaseUrlSession(server.url) as session:
        session.get("x")

    assert 1 == len(made)
