"""S3, S4, S6, S8 to S12, W1, W3: what a body does on the wire, through the sessions of every backend."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import basestream
from basestream import SizedStream, StreamingIterator
from basestream.testing import RecordingServer
from drivers import Caller, Driver

BIG = 300_000  # more than one block, so that a connection is open when the end is noticed


@pytest.fixture
def api(driver: Driver, server: RecordingServer) -> Iterator[Caller]:
    with driver.session(server.url + "/v1") as api:
        yield api


def chunks(total: int, size: int = 1000) -> Iterator[bytes]:
    for start in range(0, total, size):
        yield bytes([start % 251]) * min(size, total - start)


def failing(error: BaseException, after: int) -> Iterator[bytes]:
    yield from chunks(after)
    raise error


DATA = b"".join(chunks(BIG))


def test_a_path_arrives_and_is_closed(api: Caller, server: RecordingServer, tmp_path: Path) -> None:
    """S1: ``from_path`` opens late and closes; an open file would be a ResourceWarning, which is an error here."""
    path = tmp_path / "data"
    path.write_bytes(DATA)
    for kind in (SizedStream, StreamingIterator):
        api.put("blob", kind.from_path(path))

    assert [DATA, DATA] == [exchange.body for exchange in server.exchanges]


@pytest.mark.parametrize("status", [302, 303])
def test_a_redirect_that_makes_it_a_get_leaves_the_body_behind(
    driver: Driver, api: Caller, server: RecordingServer, status: int
) -> None:
    """S6: a body that is not needed again is not asked for again."""
    if driver.client == "urllib3" and status == 302:
        pytest.skip("urllib3 keeps the method at 302")
    api.put(f"/redirect/{status}?to=/v1/landed", SizedStream(BIG, chunks(BIG)))

    landed = server.exchanges[1]
    assert ("GET", "none", b"") == (landed.method, landed.framing, landed.body)


FRAMING = [
    pytest.param({"Transfer-Encoding": "chunked"}, id="transfer-encoding"),
    pytest.param({"content-length": "299999"}, id="other-length"),
]


@pytest.mark.parametrize("where", ["call", "session"])
@pytest.mark.parametrize("headers", FRAMING)
def test_headers_that_contradict_the_body_are_refused(
    api: Caller, server: RecordingServer, headers: dict[str, str], where: str
) -> None:
    """W1: exactly one framing, or an error before anything is sent."""
    if where == "session":
        api.session.headers.update(headers)
    with pytest.raises(basestream.FramingError, match="contradicts"):
        api.put("x", SizedStream(BIG, chunks(BIG)), headers=headers if where == "call" else {})

    assert [] == server.connections


def test_progress_is_reported_as_the_client_takes_the_blocks(api: Caller, server: RecordingServer) -> None:
    """S10: from 0 to the size, and again from 0 at the second attempt."""
    seen: list[tuple[int, int]] = []
    stream = SizedStream(BIG, lambda: chunks(BIG), on_progress=lambda now, total: seen.append((now, total)))
    api.put("/redirect/307?to=/v1/landed", stream)

    sent = [now for now, total in seen if total == BIG]
    half = len(sent) // 2
    assert sent[:half] == sent[half:] == sorted(sent[:half])
    assert (0, BIG) == (sent[0], sent[half - 1])


def test_an_early_answer_outlives_a_reset(driver: Driver, api: Caller, server: RecordingServer) -> None:
    """W5: where the server has not read on, its answer is still the response; on asyncio it may be lost."""
    statuses: list[int] = []
    with contextlib.suppress(*([driver.native.TransportError] if driver.asynchronous else [])):
        statuses.append(api.put("/early/413?rst=1", SizedStream(2 * BIG, lambda: chunks(2 * BIG))).status)

    assert [413] * (len(statuses) if driver.asynchronous else 1) == statuses


def test_what_was_opened_is_closed_when_the_exchange_is_over(api: Caller, server: RecordingServer) -> None:
    """S10: a source that was not read to its end is closed, whether the client reports an answer or an error."""
    opened: list[bool] = []
    closed: list[bool] = []

    class Endless:
        def __init__(self) -> None:
            opened.append(True)

        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b"x" * 65_536

        def close(self) -> None:
            closed.append(True)

    with contextlib.suppress(Exception):  # a reset: some clients still read the answer, others raise
        api.put("/early/413?rst=1", SizedStream(2**40, Endless))

    assert opened == closed != []  # urllib3 2.0 tries a reset again by itself


def test_a_stream_partly_read_by_hand_is_not_sent_in_part(api: Caller, server: RecordingServer) -> None:
    """S6: a session always sends the whole body: from the start again, or an error."""
    again = StreamingIterator(BIG, lambda: chunks(BIG))
    once = StreamingIterator(BIG, chunks(BIG))
    assert again.read(5) == once.read(5) == DATA[:5]
    api.put("again", again)
    with pytest.raises(basestream.BodyConsumed):
        api.put("once", once)

    assert [DATA] == [exchange.body for exchange in server.exchanges]


def test_an_async_source_needs_an_async_session(driver: Driver, api: Caller, server: RecordingServer) -> None:
    """S13: an async session sends it; a sync one says so before anything is sent."""

    async def source() -> Any:
        for chunk in chunks(BIG):
            yield chunk

    if driver.asynchronous:
        api.put("x", SizedStream(BIG, source))
        assert DATA == server.exchanges[0].body
        return
    for given in (source, source(), lambda: source()):
        with pytest.raises(TypeError, match="asynchronous"):
            api.put("x", SizedStream(BIG, given))

    assert [] == server.connections
