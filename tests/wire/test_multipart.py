"""S2, S3: a stream as a part of a multipart form: where the client can read one, else an error that says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from basestream import BodyTooLong, BodyTooShort, SizedStream, StreamingIterator
from basestream.testing import RecordingServer
from drivers import Caller, Driver

DATA = b"".join(b"%d," % number for number in range(20_000))


@pytest.fixture
def api(driver: Driver, server: RecordingServer) -> Iterator[Caller]:
    with driver.session(server.url + "/v1") as api:
        yield api


def post(api: Caller, part: Any) -> Any:
    return api.request("POST", "form", **{"fields" if api.driver.client == "urllib3" else "files": part})


def shapes(stream: Any) -> list[Any]:
    part = ("name.bin", stream, "application/octet-stream")
    return [{"file": part}, [("file", part)], {"file": ("name.bin", stream)}]


def test_a_part_with_read(api: Caller, server: RecordingServer) -> None:
    """S1: a ``StreamingIterator`` is a file to requests and httpx; urllib3 wants bytes, and is told so."""
    for number in range(3):
        parts = shapes(StreamingIterator(len(DATA), iter([DATA])))[number]
        if api.driver.client == "urllib3":
            with pytest.raises(
                TypeError, match=r"part of a multipart form here: pass its bytes, stream\.read\(\)"
            ):
                post(api, parts)
        else:
            post(api, parts)

    assert all(
        DATA in exchange.body and exchange.framing == "content-length" for exchange in server.exchanges
    )
    assert (0 if api.driver.client == "urllib3" else 3) == len(server.exchanges)


def test_a_part_without_read(api: Caller, server: RecordingServer) -> None:
    """S1: no client can read a ``SizedStream`` part; it is refused before anything is sent, with the remedy."""
    for parts in [*shapes(SizedStream(len(DATA), [DATA])), {"file": SizedStream(len(DATA), [DATA])}]:
        with pytest.raises(TypeError, match="part of a multipart form"):
            post(api, parts)

    assert [] == server.connections


@pytest.mark.parametrize(("wrong_by", "error"), [(1, BodyTooShort), (-1, BodyTooLong)])
def test_a_part_of_the_wrong_size(
    api: Caller, server: RecordingServer, wrong_by: int, error: type[Exception]
) -> None:
    """S3: a wrong part never becomes part of a complete request either."""
    if api.driver.client == "urllib3":
        pytest.skip("urllib3 takes no stream as a part")
    stream = StreamingIterator(len(DATA) + wrong_by, iter([DATA]))
    with pytest.raises(error):
        post(api, {"file": ("name.bin", stream)})

    server.wait_idle()
    assert [] == [exchange.target for exchange in server.exchanges if exchange.complete]


def test_other_parts_are_the_client_s_own_matter(api: Caller, server: RecordingServer) -> None:
    """U22: bytes pass as with the bare client."""
    post(api, {"file": ("name.bin", b"hello")})
    if api.driver.client == "urllib3":
        post(api, [api.driver.native.fields.RequestField.from_tuples("file", ("name.bin", b"hello"))])
    if api.driver.client == "requests":
        post(api, iter([("file", b"hello")]))

    assert [True] * len(server.exchanges) == [b"hello" in exchange.body for exchange in server.exchanges]
