"""S3, S9, W2, W3: wrong bodies on bare clients, and errors of a client's own kind in a session of it.

What must never happen: that the caller is told all is well, that a server sees a complete request, that bytes
beyond the size are executed as a request, that a wrong body is sent again, that the next request meets the rest.
"""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from basestream import BodySourceError, BodyTooLong, BodyTooShort, SizedStream, StreamingIterator
from basestream.testing import RecordingServer
from drivers import Driver

SIZE = 300_000  # several blocks: a connection is open when the fault shows
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

Chunks = Callable[[], Iterator[bytes]]


class Row(NamedTuple):
    """A wrong body."""

    name: str
    error: type[BaseException]
    chunks: Chunks
    size: int = SIZE
    early: str = ""


def of(*chunks: bytes) -> Chunks:
    return lambda: iter(chunks)


def failing(error: BaseException, after: int = SIZE) -> Chunks:
    def chunks() -> Iterator[bytes]:
        yield from [b"x" * 1000] * (after // 1000)
        raise error

    return chunks


SHORT = of(b"x" * (SIZE - 1))
EARLY = "early/200"
ROWS = [
    Row("long-own-chunk", BodyTooLong, of(b"x" * SIZE, SMUGGLED)),
    Row("long-crossing", BodyTooLong, of(b"x" * (SIZE - 1), b"x" + SMUGGLED)),
    Row("short", BodyTooShort, SHORT),
    Row("short-early", BodyTooShort, SHORT, early=EARLY),
    Row("empty", BodyTooShort, of()),
    Row("empty-early", BodyTooShort, of(), early=EARLY),
    Row("ValueError", ValueError, failing(ValueError("mine"))),
    Row("OSError", BodySourceError, failing(OSError("disk"))),
    Row("ConnectionResetError", BodySourceError, failing(ConnectionResetError("source"))),
    Row("BrokenPipeError", BodySourceError, failing(BrokenPipeError("source"))),
    Row("ConnectionResetError-early", BodySourceError, failing(ConnectionResetError("source")), early=EARLY),
    Row("BrokenPipeError-early", BodySourceError, failing(BrokenPipeError("source")), early=EARLY),
    Row("size-0-surplus", BodyTooLong, of(SMUGGLED), size=0),
    Row("IncompleteRead", BodySourceError, failing(http.client.IncompleteRead(b""))),
    Row("half-way", BodySourceError, failing(OSError("disk"), SIZE // 2)),
]

KINDS: dict[str, Callable[[Chunks], Any]] = {
    "one-shot": lambda chunks: chunks(),
    "replayable": lambda chunks: chunks,
}


def assert_nothing_but_after(server: RecordingServer, size: int) -> None:
    server.wait_idle()
    complete = [exchange for exchange in server.exchanges if exchange.complete]
    wrong = [exchange for exchange in server.exchanges if not exchange.complete]
    assert ["/v1/after"] == [exchange.target for exchange in complete]
    assert len(wrong) <= 1  # not sent again
    assert all(exchange.size < size for exchange in wrong)
    assert not {exchange.connection for exchange in wrong} & {exchange.connection for exchange in complete}


def own_errors(driver: Driver) -> list[Exception]:
    native: Any = driver.native
    if driver.client == "requests":
        return [native.exceptions.ChunkedEncodingError("gone"), native.exceptions.ConnectionError("gone")]
    if driver.client == "urllib3":
        return [native.exceptions.ProtocolError("gone"), native.exceptions.IncompleteRead(1, 2)]
    core: Any = __import__(driver.client.replace("httpx", "httpcore"))
    return [native.WriteError("gone"), core.WriteError("gone"), core.ReadError("gone")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(3))
def test_errors_of_the_client_s_own_kind(
    driver: Driver, server: RecordingServer, kind: str, number: int
) -> None:
    """S9: a download that breaks while it is passed on is not taken for a fault of the upload's connection."""
    errors = own_errors(driver)
    if number >= len(errors):
        pytest.skip("the client has two")
    with driver.patient_session(server.url + "/v1") as api:
        with pytest.raises(BodySourceError) as caught:
            api.put("blob", SizedStream(SIZE, KINDS[kind](failing(errors[number], SIZE // 2))))
        assert 200 == api.get("after").status

    assert caught.value.__cause__ is errors[number]
    assert_nothing_but_after(server, SIZE)


# --- without a session ----------------------------------------------------------------------------------------------


def put_bare(driver: Driver, url: str, stream: SizedStream) -> Any:
    native: Any = driver.native
    if driver.client == "requests":
        return native.put(url, data=stream)
    if driver.client == "urllib3":
        policy = native.Retry(3, allowed_methods=None)
        return native.PoolManager().request("PUT", url, body=stream, headers=stream.headers, retries=policy)
    if not driver.asynchronous:
        return native.put(url, content=stream)

    async def put() -> Any:
        async with native.AsyncClient() as client:
            return await client.put(url, content=stream.aio(), headers=stream.headers)

    return asyncio.run(put())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_body_on_a_bare_client(driver: Driver, server: RecordingServer, kind: str, row: Row) -> None:
    """S3, S9, W2: the stream itself holds the last block back, whoever sends it."""
    if row.size == 0 and driver.client == "requests":
        pytest.skip("requests takes a body of length 0 for none, and sends none")
    with pytest.raises(row.error):
        put_bare(
            driver, f"{server.url}/v1/{row.early or 'blob'}", SizedStream(row.size, KINDS[kind](row.chunks))
        )

    server.wait_idle()
    complete = [exchange.target for exchange in server.exchanges if exchange.complete]
    # Of size 0 the head is the whole request, and no bare client asks the source before it sends that (W2).
    assert (["/v1/blob"] if row.size == 0 else []) == complete
    assert len(server.exchanges) <= 1


@pytest.mark.parametrize("row", [row for row in ROWS if row.size], ids=lambda row: row.name)
def test_a_wrong_body_of_the_toolbelt_s_kind(driver: Driver, server: RecordingServer, row: Row) -> None:
    """S3: the face with ``read`` is as exact, in a session and without one."""
    with driver.session(server.url + "/v1") as api:
        with pytest.raises(row.error):
            api.put(row.early or "blob", StreamingIterator(row.size, row.chunks()))
        assert 200 == api.get("after").status
    with pytest.raises(row.error):
        put_bare(driver, f"{server.url}/v1/{row.early or 'blob'}", StreamingIterator(row.size, row.chunks()))

    server.wait_idle()
    assert ["/v1/after"] == [exchange.target for exchange in server.exchanges if exchange.complete]
