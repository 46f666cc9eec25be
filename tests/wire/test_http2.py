"""S3, S6, S8, W1, W3 to W5 over HTTP/2, which the httpx family speaks: by prior knowledge, without TLS."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.util import find_spec
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

import pytest

import basestream
from basestream import SizedStream
from drivers import DRIVERS, Caller, Driver
from support import anonymous

FAMILY = [driver for driver in DRIVERS if driver.client.startswith("httpx")]
if not FAMILY or not find_spec("h2"):
    pytest.skip("neither httpx nor httpx2 is under test, or there is no h2", allow_module_level=True)

import h2.exceptions  # noqa: E402  (it is there)

from wire.h2_server import H2Server, Stream  # noqa: E402  (it imports h2)

BIG = 300_000  # more than one block, and more than one window of flow control
BLOCK = bytes(range(250)) * 200
DATA = BLOCK * 6
HTTP2: dict[str, Any] = {"http1": False, "http2": True, "verify": False}  # no certificates are read in vain


@pytest.fixture(params=FAMILY, ids=str)
def driver(request: pytest.FixtureRequest) -> Driver:
    driver: Driver = request.param
    return driver


@pytest.fixture
def server() -> Iterator[H2Server]:
    with H2Server() as server:
        yield server


@pytest.fixture
def api(driver: Driver, server: H2Server) -> Iterator[Caller]:
    with driver.session(server.url + "/v1", **HTTP2) as api:
        yield api


def failing(error: Callable[[], BaseException]) -> Iterator[bytes]:
    yield from [BLOCK] * 4
    raise error()


def framing(stream: Stream) -> tuple[list[str], list[str]]:
    return stream.header("content-length"), stream.header("transfer-encoding")


@pytest.mark.parametrize("size", [0, 10, BIG])
def test_a_body_arrives_whole_and_sized(api: Caller, server: H2Server, size: int) -> None:
    """W1: one content-length, no other framing but the stream's own, and the very bytes."""
    for source in (DATA[:size], [DATA[:size]], iter([DATA[:size]])):
        assert 200 == api.put("blob", SizedStream(size, source)).status

    assert [("/v1/blob", DATA[:size], True)] * 3 == [
        (stream.path, stream.body, stream.ended) for stream in server.streams
    ]
    assert [([str(size)], [])] * 3 == [framing(stream) for stream in server.streams]
    assert 1 == len(server.ended)


WRONG: list[Any] = [
    pytest.param(lambda: [*[BLOCK] * 6, b"y"], basestream.BodyTooLong, id="long-own-chunk"),
    pytest.param(lambda: [*[BLOCK] * 5, BLOCK + b"y"], basestream.BodyTooLong, id="long-crossing"),
    pytest.param(lambda: [*[BLOCK] * 5, BLOCK[1:]], basestream.BodyTooShort, id="short"),
    pytest.param(lambda: [*[BLOCK] * 5], basestream.BodyTooShort, id="short-by-a-block"),
    pytest.param(lambda: failing(ValueError), ValueError, id="ValueError"),
    pytest.param(lambda: failing(KeyboardInterrupt), KeyboardInterrupt, id="KeyboardInterrupt"),
    *[
        pytest.param(lambda error=error: failing(error), basestream.BodySourceError, id=error.__name__)
        for error in (
            OSError,
            BrokenPipeError,
            ConnectionResetError,
            TimeoutError,
            http.client.HTTPException,
            h2.exceptions.ProtocolError,
            h2.exceptions.FlowControlError,
        )
    ],
]


def assert_only_the_other_is_complete(server: H2Server) -> None:
    """S3, W3: two streams of one connection: the first never ends, the second is right."""
    server.wait_closed()
    wrong, after = server.streams
    assert ("/v1/wrong", False) == (wrong.path, wrong.ended)
    assert len(wrong.body) < BIG
    assert ("/v1/after", True) == (after.path, after.ended)
    assert wrong.connection == after.connection
    assert ["fin"] == server.ended


@pytest.mark.parametrize(("source", "error"), WRONG)
def test_a_wrong_body_never_completes(
    driver: Driver, server: H2Server, source: Callable[[], Any], error: type[BaseException]
) -> None:
    """S3, S9, W3: the error reaches the caller, the stream never ends, and the connection serves the next request."""
    with driver.session(server.url + "/v1", **HTTP2) as api:
        with pytest.raises(error):
            api.put("wrong", SizedStream(BIG, source()))
        assert 200 == api.get("after").status

    assert_only_the_other_is_complete(server)


@pytest.mark.parametrize("name", ["WriteError", "ReadError", "RemoteProtocolError", "LocalProtocolError"])
@pytest.mark.parametrize("package", ["httpx", "httpcore"])
def test_the_clients_own_errors_from_a_source_are_not_taken_for_its_own(
    driver: Driver, server: H2Server, package: str, name: str
) -> None:
    """S9: a download that fails while it is passed on leaves the upload's connection alone."""
    native = __import__(driver.client.replace("httpx", package))
    error = getattr(native, name)("gone")
    with driver.session(server.url + "/v1", **HTTP2) as api:
        with pytest.raises(basestream.BodySourceError) as caught:
            api.put("wrong", SizedStream(BIG, failing(lambda: error)))
        assert 200 == api.get("after").status

    assert caught.value.__cause__ is error
    assert_only_the_other_is_complete(server)


def test_a_wrong_body_of_one_block_opens_no_stream(api: Caller, server: H2Server) -> None:
    """S4: what fits into the first block is checked before anything is sent, on a connection in use, too."""
    api.get("before")
    with pytest.raises(basestream.BodyTooLong):
        api.put("wrong", SizedStream(10, [b"x" * 10, b"y"]))
    api.get("after")

    assert ["/v1/before", "/v1/after"] == [stream.path for stream in server.streams]


def test_a_replayable_body_is_sent_again_whole(api: Caller, server: H2Server) -> None:
    """S8: the second attempt is byte-identical."""
    assert 200 == api.put("redirect-307", SizedStream(BIG, lambda: [BLOCK] * 6)).status

    assert ["/v1/redirect-307", "/landed"] == [stream.path for stream in server.streams]
    assert [DATA, DATA] == [stream.body for stream in server.streams]
    assert [([str(BIG)], [])] * 2 == [framing(stream) for stream in server.streams]


def test_a_one_shot_body_says_why_it_is_not_sent_again(api: Caller, server: H2Server) -> None:
    """S6: never an empty body: an error, and no second stream."""
    with pytest.raises(basestream.BodyConsumed, match="redirect"):
        api.put("redirect-307", SizedStream(BIG, iter([BLOCK] * 6)))
    api.get("after")

    assert ["/v1/redirect-307", "/v1/after"] == [stream.path for stream in server.streams]


def test_a_connection_that_the_server_gives_up(api: Caller, server: H2Server) -> None:
    """S6, S8: after GOAWAY the client sends again by itself, on a new connection: the whole body, or an error."""
    api.get("before")  # httpx understands GOAWAY from the second stream on
    assert 200 == api.put("goaway", SizedStream(BIG, lambda: [BLOCK] * 6)).status

    first, again = server.streams[1:]
    assert [(0, DATA), (1, DATA)] == [(stream.connection, stream.body) for stream in (first, again)]


def test_a_connection_that_the_server_gives_up_under_a_one_shot_body(api: Caller, server: H2Server) -> None:
    """S6: what was read once is not sent again, and what follows is right."""
    api.get("before")
    with pytest.raises(basestream.BodyConsumed, match="retry"):
        api.put("goaway", SizedStream(BIG, iter([BLOCK] * 6)))
    assert 200 == api.get("after").status

    assert ["/v1/before", "/v1/goaway", "/v1/after"] == [
        stream.path for stream in server.streams if stream.ended
    ]
    assert all(stream.body in (b"", DATA) for stream in server.streams)


def test_an_early_answer_is_given_to_the_caller(api: Caller, server: H2Server) -> None:
    """W5: a 413 before the body was read is the response, and the connection goes on."""
    assert 413 == api.put("early-413", SizedStream(BIG, [BLOCK] * 6)).status
    assert 200 == api.get("after").status

    assert 1 == len(server.ended)


def test_no_socket_is_set_to_end_in_a_reset(driver: Driver, server: H2Server) -> None:
    """W4: other streams live on the connection: at no moment would a close reset them."""
    sockets: list[Any] = []
    seen: list[bytes] = []

    def look(event: str, info: Any) -> None:
        if event == "connection.connect_tcp.complete":
            sockets.append(info["return_value"].get_extra_info("socket"))
        seen.extend(socket.getsockopt(SOL_SOCKET, SO_LINGER, 8) for socket in sockets)

    async def look_async(event: str, info: Any) -> None:
        look(event, info)

    trace = {"trace": look_async if driver.asynchronous else look}
    with driver.session(server.url + "/v1", **HTTP2) as api:
        with pytest.raises(basestream.BodyTooShort):
            api.put("wrong", SizedStream(BIG, [BLOCK] * 5), extensions=trace)
        look("the upload is over", None)
        api.put("after", SizedStream(BIG, DATA), extensions=trace)

    assert ({bytes(8)}, 1) == (set(seen), len(sockets))
    assert_only_the_other_is_complete(server)


def test_an_abort_leaves_the_stream_beside_it_alone(driver: Driver, server: H2Server) -> None:
    """W3: an upload is half way when another one on its connection is cut short; it arrives whole."""
    with driver.session(server.url + "/v1", **HTTP2) as api:
        api.get("before")  # with what the server answers the client learns how many streams it may open
        (together_async if driver.asynchronous else together)(api)

    server.wait_closed()
    _, right, wrong = server.streams
    assert ("/v1/right", True, DATA) == (right.path, right.ended, right.body)
    assert ("/v1/wrong", False) == (wrong.path, wrong.ended)
    assert ["fin"] == server.ended


def together(api: Caller) -> None:
    half_way, aborted = threading.Event(), threading.Event()
    answers: list[int] = []

    def paused() -> Iterator[bytes]:
        yield from [BLOCK] * 4
        half_way.set()
        assert aborted.wait(10)
        yield from [BLOCK] * 2

    def upload() -> None:
        answers.append(api.put("right", SizedStream(BIG, paused)).status)

    thread = threading.Thread(target=upload)
    thread.start()
    try:
        assert half_way.wait(10)
        with pytest.raises(basestream.BodyTooShort):
            api.put("wrong", SizedStream(BIG, [BLOCK] * 5))
    finally:
        aborted.set()
        thread.join()
    assert [200] == answers


def together_async(api: Caller) -> None:
    half_way, aborted = asyncio.Event(), asyncio.Event()

    async def paused() -> AsyncIterator[bytes]:
        yield BLOCK * 4
        half_way.set()
        await aborted.wait()
        yield BLOCK * 2

    async def wrong() -> None:
        await half_way.wait()
        with pytest.raises(basestream.BodyTooShort):
            await api.session.put("wrong", content=SizedStream(BIG, [BLOCK] * 5))
        aborted.set()

    async def both() -> None:
        right: asyncio.Task[Any] = asyncio.create_task(
            api.session.put("right", content=SizedStream(BIG, paused))
        )
        await asyncio.gather(right, wrong())
        assert 200 == right.result().status_code

    api.run(both())


def test_a_task_that_is_cancelled(driver: Driver, server: H2Server) -> None:
    """S9, W3: the upload of a cancelled task never ends, and the connection serves the next request."""
    if not driver.asynchronous:
        pytest.skip("only tasks can be cancelled")

    async def cancelled(api: Caller) -> None:
        half_way = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield BLOCK * 4
            half_way.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(api.session.put("wrong", content=SizedStream(BIG, endless)))
        await half_way.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with driver.session(server.url + "/v1", **HTTP2) as api:
        api.run(cancelled(api))
        assert 200 == api.get("after").status

    assert_only_the_other_is_complete(server)


def test_as_it_is_negotiated_over_tls(driver: Driver) -> None:
    """S3, W1, W3: with ``http2=True`` alone, against a server that offers HTTP/2, nothing is different."""
    context = anonymous(server=True)
    context.set_alpn_protocols(["h2"])
    with H2Server(context) as server:
        with driver.session(server.url + "/v1", http2=True, verify=anonymous(server=False)) as api:
            with pytest.raises(basestream.BodyTooLong):
                api.put("wrong", SizedStream(BIG, [*[BLOCK] * 6, b"y"]))
            assert 200 == api.put("after", SizedStream(BIG, [BLOCK] * 6)).status

        assert_only_the_other_is_complete(server)
        assert (DATA, ([str(BIG)], [])) == (server.streams[1].body, framing(server.streams[1]))
