"""S6, S8: a body that is needed again in ways that are a client's own: challenges, and sending again by hand."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from basestream import BodyConsumed, SizedStream
from basestream.testing import Exchange, RecordingServer, Reply
from drivers import Caller, Driver

SIZE = 600_000  # more than the buffers of a socket pair hold: a connection can break in the middle
DATA = bytes(range(240)) * (SIZE // 240)

Send = Callable[[Caller, SizedStream], Reply]


def source() -> Generator[bytes, None, None]:
    for start in range(0, SIZE, 1000):
        yield DATA[start : start + 1000]


def redirected(target: str) -> Send:
    return lambda api, stream: api.put(target, stream)


def with_digest(api: Caller, stream: SizedStream) -> Reply:
    native = api.driver.native
    kind = native.auth.HTTPDigestAuth if api.driver.client == "requests" else native.DigestAuth
    return api.put("digest?user=me&password=secret", stream, auth=kind("me", "secret"))


def with_basic(api: Caller, stream: SizedStream) -> Reply:
    """Answer a challenge, as scheme-guessing classes do; urllib3 has no such hook, and its users ask again."""
    target, answer = "basic?user=me&password=secret", "Basic " + b64encode(b"me:secret").decode()
    if api.driver.client == "urllib3":
        refused = api.put(target, stream)
        assert 401 == refused.status
        return api.put(target, stream, headers={"Authorization": answer})
    auth = (
        requests_challenge(api, answer) if api.driver.client == "requests" else httpx_challenge(api, answer)
    )
    return api.put(target, stream, auth=auth)


def requests_challenge(api: Caller, answer: str) -> Any:
    def on_401(response: Any, **kwargs: Any) -> Any:
        if response.status_code != 401:
            return response
        _ = response.content  # the connection is free then
        again = response.request.copy()
        again.headers["Authorization"] = answer
        return response.connection.send(again, **kwargs)

    def auth(request: Any) -> Any:
        request.register_hook("response", on_401)
        return request

    return auth


def httpx_challenge(api: Caller, answer: str) -> Any:
    class Challenged(api.driver.native.Auth):  # type: ignore[name-defined,misc]  # chosen at run time
        def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
            response = yield request
            if response.status_code == 401:
                request.headers["Authorization"] = answer
                yield request

    return Challenged()


def again(target: str) -> Send:
    """Let the client's policy send again, or do what its users do: httpx has no policy for a sent request."""

    def send(api: Caller, stream: SizedStream) -> Reply:
        if api.driver.is_patient:
            return api.put(target, stream)
        try:
            reply = api.put(target, stream)
        except api.driver.native.TransportError:
            reply = None
        assert reply is None or reply.status == 503
        return api.put(target, stream)

    return send


CASES: dict[str, Send] = {
    "307-early-reset": redirected("redirect-early/307?to=/v1/landed&after=100000"),
    "digest": with_digest,
    "basic": with_basic,
    "reset": again("reset?times=1&after=100000"),
    "close": again("close?times=1&after=100000"),
    "503": again("flaky/503?times=1"),
}


@contextmanager
def sending(driver: Driver, server: RecordingServer, case: str) -> Generator[Caller, None, None]:
    if case == "digest" and driver.client == "urllib3":
        pytest.skip("urllib3 has no Digest")
    with driver.patient_session(server.url + "/v1") as api:
        yield api


def complete(server: RecordingServer) -> list[Exchange]:
    server.wait_idle()
    return [exchange for exchange in server.exchanges if exchange.complete]


@pytest.mark.parametrize("case", [case for case in CASES if case != "307-early-reset"])
def test_a_replayable_body_arrives_again_byte_by_byte(
    driver: Driver, server: RecordingServer, case: str
) -> None:
    """S8, W1: also when the first attempt was cut off in the middle; sized each time."""
    with sending(driver, server, case) as api:
        reply = CASES[case](api, SizedStream(SIZE, source))

    assert 200 == reply.status
    assert DATA == complete(server)[-1].body
    assert {DATA} == {exchange.body for exchange in complete(server)}
    assert len(server.exchanges) >= 2
    assert {("content-length", str(SIZE))} == {
        (exchange.framing, *exchange.header("content-length")) for exchange in server.exchanges
    }


def test_a_redirect_that_breaks_the_connection(driver: Driver, server: RecordingServer) -> None:
    """S8, W5: followed by whoever can still read it; on asyncio a broken connection takes its answer along."""
    replies: list[Reply] = []
    may_happen = suppress(*([driver.native.TransportError] if driver.asynchronous else []))
    with driver.patient_session(server.url + "/v1") as api, may_happen:
        replies.append(CASES["307-early-reset"](api, SizedStream(SIZE, source)))

    assert replies or driver.asynchronous
    assert [DATA] * len(replies) == [exchange.body for exchange in complete(server)]


@pytest.mark.parametrize("case", CASES)
def test_a_one_shot_body_says_why_not(driver: Driver, server: RecordingServer, case: str) -> None:
    """S6: no second complete request, and no empty one: an error that names the remedy."""
    expected: list[type[Exception]] = [BodyConsumed]
    if driver.asynchronous and case == "307-early-reset":
        expected.append(driver.native.TransportError)
    with sending(driver, server, case) as api, pytest.raises(tuple(expected), match=r"from_path\(\)|^$"):
        CASES[case](api, SizedStream(SIZE, source()))

    assert {DATA} >= {exchange.body for exchange in complete(server)}
    assert len(complete(server)) <= 1
