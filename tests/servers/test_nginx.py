"""nginx as a file store, by its module for WebDAV: what is on its disk after an upload."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from basestream import BodySourceError, BodyTooShort, SizedStream
from drivers import Driver
from servers.cells import record
from servers.certificates import Certificates
from servers.chunked import SIZE, put_chunked
from servers.nginx import ABSENT, NGINX, Site, nginx
from servers.traits import NOT_CALLED, WHOLE
from servers.uploads import BIG, body, cut_short, too_large

NAME = "nginx-dav"
SHA256 = hashlib.sha256(b"".join(body())).hexdigest()


@dataclass(frozen=True)
class Store:
    """Where it listens, and the folder that it writes to."""

    url: str
    root: Path
    certificates: Certificates

    @property
    def over_tls(self) -> str:
        """How a column of the table ends."""
        return " over TLS" if self.url.startswith("https") else ""

    def stored(self) -> list[str]:
        """Give the names of the files that were put."""
        return [path.name for path in self.root.iterdir() if path.name != "index.html"]


@pytest.fixture(scope="module", params=["http", "https"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Store]:
    """A folder behind nginx, which takes up to 4 MiB."""
    if NGINX is None:
        pytest.skip(ABSENT)
    folder = tmp_path_factory.mktemp(NAME)
    site = Site(pair=certificates.pair if request.param == "https" else None, limit="4m")
    with nginx(folder, site) as port:
        yield Store(f"{site.scheme}://127.0.0.1:{port}", folder / "root", certificates)


@pytest.fixture(autouse=True)
def empty(store: Store) -> None:
    """Begin each test with an empty folder."""
    for name in store.stored():
        (store.root / name).unlink()


def test_a_body_of_the_right_size_is_stored(store: Store, driver: Driver) -> None:
    """W1, S3: every byte is on the disk, from a new connection and from a reused one."""
    with store.certificates.session(driver, store.url) as api:
        assert [201, 204] == [api.put("file", SizedStream(BIG, body)).status for _ in range(2)]

    assert SHA256 == hashlib.sha256((store.root / "file").read_bytes()).hexdigest()
    record(NAME, "sized", driver, WHOLE)


@pytest.mark.parametrize("error", [OSError, None], ids=["OSError", "short"])
def test_nothing_is_stored_of_an_upload_that_is_cut_short(
    store: Store, driver: Driver, error: type[OSError] | None
) -> None:
    """W4, S3, W3: plain and over TLS; the next upload is stored."""
    with store.certificates.session(driver, store.url) as api:
        with pytest.raises(BodyTooShort if error is None else BodySourceError):
            api.put("cut", SizedStream(BIG, cut_short(200_000, None, error)))
        assert 201 == api.put("next", SizedStream(BIG, body)).status

    assert ["next"] == store.stored()
    record(NAME, f"aborted{store.over_tls}", driver, NOT_CALLED)


def test_a_body_over_the_limit(store: Store, driver: Driver) -> None:
    """W5: ``client_max_body_size`` is answered before the body was read; nginx reads on, and the answer arrives."""
    with store.certificates.session(driver, store.url) as api:
        reply = api.put("large", too_large())
        assert 201 == api.put("next", SizedStream(BIG, body)).status

    assert (413, True) == (reply.status, b"413 Request Entity Too Large" in reply.body)
    assert ["next"] == store.stored()
    record(NAME, f"early 413{store.over_tls}", driver, "413")


def test_a_body_without_a_length(store: Store, driver: Driver) -> None:
    """For contrast: nginx takes a chunked body itself."""
    if store.url.startswith("https"):
        pytest.skip("the bare clients are not told whom to trust")
    assert 201 == put_chunked(driver, f"{store.url}/chunked")
    assert b"".join(body(SIZE)) == (store.root / "chunked").read_bytes()
    record(NAME, "chunked", driver, WHOLE)
