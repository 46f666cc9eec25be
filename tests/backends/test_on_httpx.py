"""What the httpx family alone can do: built requests, streaming responses, event hooks, manual redirects."""

from __future__ import annotations

import pickle
import socket
from importlib import import_module
from typing import Any

import pytest

from basestream import BodyTooShort, InvalidURL, SizedStream
from basestream.testing import RecordingServer
from drivers import DRIVERS, Driver

FAMILY = [driver for driver in DRIVERS if driver.client.startswith("httpx")]
if not FAMILY:
    pytest.skip("neither httpx nor httpx2 is under test", allow_module_level=True)


@pytest.fixture(params=FAMILY, ids=str)
def driver(request: pytest.FixtureRequest) -> Driver:
    driver: Driver = request.param
    return driver


def test_build_and_send_join_once(driver: Driver, server: RecordingServer) -> None:
    """U20, U22: ``build_request`` joins and pulls nothing; ``send`` does not join."""
    pulled: list[int] = []

    def source() -> Any:
        pulled.append(1)
        yield b"hello"

    with driver.session(server.url + "/v1") as api:
        request = api.session.build_request("PUT", "x", content=SizedStream(5, source))
        assert [] == pulled
        api.run(api.session.send(request))
        api.run(api.session.send(request))

    assert [("/v1/x", b"hello")] * 2 == [(exchange.target, exchange.body) for exchange in server.exchanges]


def test_data_is_a_body_too(driver: Driver, server: RecordingServer) -> None:
    """U21: httpx still takes ``data=`` for a raw body, with its own warning."""
    with driver.session(server.url) as api, pytest.warns(DeprecationWarning, match="content="):
        api.run(api.session.put("x", data=SizedStream(5, b"hello")))

    assert (b"hello", "content-length") == (server.exchanges[0].body, server.exchanges[0].framing)


def test_a_streamed_response(driver: Driver, server: RecordingServer) -> None:
    """U20: ``stream`` joins once and sends the body."""
    with driver.session(server.url + "/v1") as api:
        if driver.asynchronous:

            async def streamed() -> bytes:
                async with api.session.stream("PUT", "x", content=SizedStream(5, b"hello")) as response:
                    return b"".join([part async for part in response.aiter_bytes()])

            api.run(streamed())
        else:
            with api.session.stream("PUT", "x", content=SizedStream(5, b"hello")) as response:
                response.read()

    assert [("/v1/x", b"hello")] == [(exchange.target, exchange.body) for exchange in server.exchanges]


def hook(driver: Driver, seen: list[str], name: str) -> Any:
    if driver.asynchronous:

        async def waited(message: Any) -> None:
            seen.append(name)

        return waited

    def called(message: Any) -> None:
        seen.append(name)

    return called


def test_event_hooks_are_the_users_own(driver: Driver, server: RecordingServer) -> None:
    """U22: hooks given, assigned and appended all run; the getter shows no other."""
    seen: list[str] = []
    given = {"request": [hook(driver, seen, "given")]}
    with driver.session(server.url, event_hooks=given) as api:
        assert given["request"] == api.session.event_hooks["request"]
        assert [] == api.session.event_hooks["response"]
        api.get("x")
        api.session.event_hooks["response"].append(hook(driver, seen, "appended"))
        api.get("x")
        api.session.event_hooks = {"response": [hook(driver, seen, "assigned")]}
        api.get("x")

    assert ["given", "given", "appended", "assigned"] == seen


def test_ours_survives_an_assignment(
    driver: Driver, server: RecordingServer, stranger: RecordingServer
) -> None:
    """U22, P2: redirects are still judged after ``event_hooks`` was assigned."""
    with driver.session(server.url, headers={"X-Key": "k3y"}, credential_headers=["X-Key"]) as api:
        api.session.event_hooks = {}
        api.get(f"/redirect/307?to={stranger.url}/landed")

    assert [["k3y"], []] == [each.exchanges[0].header("x-key") for each in (server, stranger)]


def test_a_redirect_followed_by_hand(
    driver: Driver, server: RecordingServer, stranger: RecordingServer
) -> None:
    """P2: ``send(response.next_request)`` would add the client's auth again, for the stranger."""
    with driver.session(
        server.url,
        follow=False,
        headers={"X-Key": "k3y"},
        credential_headers=["X-Key"],
        auth=("me", "secret"),
    ) as api:
        response = api.run(api.session.get(f"/redirect/307?to={stranger.url}/landed"))
        api.run(api.session.send(response.next_request))

    assert ["Basic bWU6c2VjcmV0"] == server.exchanges[0].header("authorization")
    landed = stranger.exchanges[0]
    assert [[], []] == [landed.header("authorization"), landed.header("x-key")]


def test_a_request_made_by_hand_is_the_bare_clients(driver: Driver, server: RecordingServer) -> None:
    """U22: a request object of the bare class is sent as it stands."""
    with driver.session("https://api.invalid/v1") as api:
        api.run(api.session.send(driver.native.Request("GET", server.url + "/x")))

    assert ["/x"] == [exchange.target for exchange in server.exchanges]


def test_extensions_of_the_call_are_kept(driver: Driver, server: RecordingServer) -> None:
    """U22: what the call passes as ``extensions`` reaches the transport."""
    with driver.session(server.url) as api:
        request = api.session.build_request(
            "GET", "x", extensions={"sni_hostname": "other", "timeout": {"read": 3}}
        )

    assert ("other", {"read": 3}) == (request.extensions["sni_hostname"], request.extensions["timeout"])


def test_the_base_is_the_clients_own_class(driver: Driver) -> None:
    """U21: ``base_url`` reads as a URL of the client, with no slash added."""
    url = driver.native.URL
    with driver.session("https://api.invalid/v1") as api:
        assert url("https://api.invalid/v1") == api.session.base_url
    with driver.session() as api:
        assert url("") == api.session.base_url


def test_a_body_that_its_transport_holds_on_to_is_closed(driver: Driver) -> None:
    """S10: what a pass has opened is closed when the exchange is over, whoever still holds the iterator."""
    native: Any = driver.native
    held: list[Any] = []
    closed: list[bool] = []

    class Source:
        def __iter__(self) -> Any:
            return iter([b"x" * 200_000] * 2)

        def close(self) -> None:
            closed.append(True)

    class Transport(native.AsyncBaseTransport if driver.asynchronous else native.BaseTransport):  # type: ignore[misc]  # chosen at run time
        def handle_request(self, request: Any) -> Any:
            held.append(iter(request.stream))
            next(held[0])
            return native.Response(413)

        async def handle_async_request(self, request: Any) -> Any:
            held.append(aiter(request.stream))
            await anext(held[0])
            return native.Response(413)

    with driver.session("https://api.invalid", transport=Transport()) as api:
        assert 413 == api.put("x", SizedStream(400_000, Source)).status

    assert [True] == closed


def test_a_body_can_be_read_into_memory(driver: Driver, server: RecordingServer) -> None:
    """S1: mocks and digest schemes read the request's content; what is sent then is what was read."""
    with driver.session(server.url) as api:
        request = api.session.build_request("PUT", "x", content=SizedStream(5, iter([b"he", b"llo"])))
        content = api.run(request.aread()) if driver.asynchronous else request.read()
        api.run(api.session.send(request))

    assert (b"hello", b"hello") == (content, server.exchanges[0].body)


@pytest.mark.parametrize("ref", ["http:x", "https:", "//host/x", "http:///x"])
def test_a_url_without_a_host_is_refused_as_httpx_refuses_it(driver: Driver, ref: str) -> None:
    """U9, U10, U16: ours, httpx's ``InvalidURL``, and the ``UnsupportedProtocol`` that the bare client raises."""
    native: Any = driver.native
    with driver.session("https://api.invalid") as api, pytest.raises(InvalidURL) as caught:
        api.get(ref)

    assert isinstance(caught.value, native.InvalidURL)
    assert isinstance(caught.value, native.UnsupportedProtocol)
    assert isinstance(caught.value, native.HTTPError)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
    assert (type(caught.value), str(caught.value), ref) == (type(again), str(again), again.url)


def test_the_user_s_trace_still_runs(driver: Driver, server: RecordingServer) -> None:
    """W4: ours is chained with it, for uploads; without one it is alone."""
    events: list[str] = []

    def trace(event: str, info: Any) -> None:
        events.append(event)

    async def async_trace(event: str, info: Any) -> None:
        events.append(event)

    given = {"trace": async_trace if driver.asynchronous else trace}
    with driver.session(server.url) as api, pytest.raises(BodyTooShort):
        api.put("x", SizedStream(300_000, [b"x" * 200_000]), extensions=given)

    server.wait_closed()
    assert ["reset"] == [connection.ended for connection in server.connections]
    assert {"connection.connect_tcp.complete", "http11.send_request_body.failed"} <= set(events)


def test_a_connection_after_one_that_broke(driver: Driver) -> None:
    """W4: a redirect from http to https, after the body was cut short by an early answer: TLS stays as it is."""

    class Opened:
        def __init__(self, connection: socket.socket) -> None:
            self.get_extra_info = {"socket": connection}.get

    bodies: Any = import_module(f"{driver.module.__name__}._bodies")
    body = bodies.AsyncBody if driver.asynchronous else bodies.SyncBody
    trace = body.traced(None)
    with socket.socket() as plain, socket.socket() as secure, driver.session() as api:
        for event, connection in [
            ("connection.connect_tcp.complete", plain),
            ("http11.send_request_body.started", None),
            ("http11.send_request_body.failed", None),
            ("connection.connect_tcp.complete", secure),
            ("connection.start_tls.complete", secure),
        ]:
            api.run(trace(event, {"return_value": connection and Opened(connection)}))
        options = [each.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER) for each in (plain, secure)]

    assert [1, 0] == options
