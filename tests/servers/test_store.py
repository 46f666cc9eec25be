"""An object store that answers as S3 does: moto behind a wrapper that refuses what S3 refuses; URLs are presigned."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from basestream import BodySourceError, BodyTooShort, SizedStream
from drivers import Driver
from s3.like_s3 import bucket, presigned, stored
from servers.cells import record
from servers.chunked import put_chunked
from servers.traits import NOT_CALLED, WHOLE
from servers.uploads import BIG, body, cut_short

pytestmark = pytest.mark.filterwarnings("default")  # those of boto3 and moto are theirs
NAME = "moto-as-S3"
NUMBERS = count()


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A client of an object store with one bucket."""
    with bucket() as client:
        yield client


@pytest.fixture
def key() -> str:
    """A name that no other test has."""
    return f"object {next(NUMBERS)} +%é"


def test_a_body_of_the_right_size_is_stored(store: Any, driver: Driver, key: str) -> None:
    """W1, S3, U8: every byte of it, below the very name that was signed."""
    with driver.session() as api:
        assert 200 == api.put(presigned(store, key), SizedStream(BIG, body)).status
    assert b"".join(body()) == stored(store, key)
    record(NAME, "sized", driver, WHOLE)


@pytest.mark.parametrize("error", [OSError, None], ids=["OSError", "short"])
def test_nothing_is_stored_of_an_upload_that_is_cut_short(
    store: Any, driver: Driver, key: str, error: type[OSError] | None
) -> None:
    """W4, S3, W3: there is no such object, and the next upload is stored."""
    following = f"{key} next"
    with driver.session() as api:
        with pytest.raises(BodyTooShort if error is None else BodySourceError):
            api.put(presigned(store, key), SizedStream(BIG, cut_short(200_000, None, error)))
        assert 200 == api.put(presigned(store, following), SizedStream(BIG, body)).status
    assert (None, b"".join(body())) == (stored(store, key), stored(store, following))
    record(NAME, "aborted", driver, NOT_CALLED)


def test_a_body_without_a_length_is_refused(store: Any, driver: Driver, key: str) -> None:
    """W1, the reason for it: the answer to a chunked body is 501."""
    assert 501 == put_chunked(driver, presigned(store, key))
    assert stored(store, key) is None
    record(NAME, "chunked", driver, "501")
