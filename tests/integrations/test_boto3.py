"""boto3: presigned URLs of an object store that answers as S3 does, and our bodies in boto3's own uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from basestream import BodyConsumed, BodyTooShort, SizedStream, StreamingIterator
from basestream.testing import RecordingServer
from drivers import Driver
from integrations.common import BODY, EITHER, SIZE, chunks, lines, too_short
from s3.like_s3 import bucket, presigned, stored

KEYS = ["plain", "a key/with +%é"]


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A client of an object store with one bucket."""
    with bucket() as client:
        yield client


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("body", EITHER)
def test_a_presigned_upload(
    driver: Driver, server: RecordingServer, store: Any, key: str, body: Callable[[], SizedStream]
) -> None:
    """U8, W1, P2: the absolute URL is used as it is, sized; the session's own token goes to the API alone."""
    with driver.session(server.url + "/v1") as api:
        api.session.headers["Authorization"] = "Bearer secret"
        api.get("uploads/new")
        answer = api.put(presigned(store, f"{driver}-{key}"), body())

    assert (200, BODY) == (answer.status, stored(store, f"{driver}-{key}"))
    assert ["GET /v1/uploads/new"] == lines(server)
    assert ["Bearer secret"] == server.exchanges[0].header("authorization")


def test_a_presigned_upload_of_the_wrong_size(driver: Driver, store: Any) -> None:
    """S3, W4: there is no such object afterwards."""
    with driver.session() as api, pytest.raises(BodyTooShort):
        api.put(presigned(store, f"{driver}-short"), too_short())

    assert stored(store, f"{driver}-short") is None


def test_what_the_store_says_to_chunks(driver: Driver, store: Any) -> None:
    """The same generator without a size is 501, NotImplemented."""

    async def achunks() -> Any:
        yield BODY

    with driver.session() as api:
        answer = api.put(presigned(store, "chunks"), achunks() if driver.asynchronous else chunks())

    assert (501, True) == (answer.status, b"NotImplemented" in answer.body)


def test_upload_fileobj(store: Any) -> None:
    """S7: boto3 reads a ``StreamingIterator`` as a file, and copies what it reads, so that a generator will do."""
    store.upload_fileobj(StreamingIterator(SIZE, chunks()), "bucket", "fileobj")

    assert BODY == stored(store, "fileobj")


def test_put_object(store: Any) -> None:
    """S6, S8: boto3 reads the body for a checksum, and again to send it, so that a generator will not do."""
    store.put_object(Bucket="bucket", Key="object", Body=StreamingIterator(SIZE, chunks))
    with pytest.raises(BodyConsumed):
        store.put_object(Bucket="bucket", Key="once", Body=StreamingIterator(SIZE, chunks()))

    assert BODY == stored(store, "object")
    assert stored(store, "once") is None


def test_a_body_without_read(store: Any) -> None:
    """S1: boto3 wants a file; it refuses a ``SizedStream`` before it sends anything."""
    refused = import_module("botocore.exceptions").ParamValidationError
    with pytest.raises(refused, match="Invalid type for parameter Body"):
        store.put_object(Bucket="bucket", Key="x", Body=SizedStream(SIZE, chunks))
