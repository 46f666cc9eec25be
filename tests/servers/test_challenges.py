"""A1: servers that others have written, and large bodies, on every backend."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basestream import BodyConsumed, SizedStream
from basestream.testing import RecordingServer
from drivers import Driver
from servers.nginx import ABSENT, NGINX, Site, nginx
from serving import served

SIZE = 64 * 1024 * 1024
BLOCK = bytes(range(256)) * 256
SHA256 = hashlib.sha256(BLOCK * (SIZE // len(BLOCK))).hexdigest()


def blocks() -> Iterator[bytes]:
    for _ in range(SIZE // len(BLOCK)):
        yield BLOCK


@pytest.fixture(scope="module")
def httpbin() -> Iterator[str]:
    """httpbin, whose Basic and Digest are not ours; below it is werkzeug's server."""
    application: Any = importlib.import_module("httpbin").app
    with served(application) as url:
        yield url


@pytest.fixture(scope="module")
def folder_of_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """nginx's URL, and the folder that it writes to."""
    if NGINX is None:
        pytest.skip(ABSENT)
    folder = tmp_path_factory.mktemp("nginx")
    with nginx(folder, Site(user=("me", "secret"))) as port:
        yield f"http://127.0.0.1:{port}", folder / "root"


HTTPBIN = [
    pytest.param("basic-auth/me/secret", id="basic"),
    pytest.param("digest-auth/auth/me/secret/MD5", id="MD5"),
    pytest.param("digest-auth/auth/me/secret/SHA-256", id="SHA-256"),
    pytest.param("digest-auth/auth/me/secret/SHA-512", id="SHA-512"),
    pytest.param("digest-auth/undefined/me/secret/SHA-256", id="any-qop"),
]


@pytest.mark.parametrize("path", HTTPBIN)
def test_httpbin_lets_us_in(driver: Driver, httpbin: str, path: str) -> None:
    """A1: right credentials, again and again; wrong ones are a 401."""
    with driver.session(httpbin) as api:
        api.session.auth = driver.guess_auth("me", "secret")
        right = [api.get(path).status for _ in range(3)]
        api.session.auth = driver.guess_auth("me", "wrong")
        wrong = api.get(path).status

    assert ([200, 200, 200], 401) == (right, wrong)


@pytest.mark.parametrize("stale_after", ["1", "2", "never"])
def test_httpbin_lets_nonces_grow_stale(driver: Driver, httpbin: str, stale_after: str) -> None:
    """A1: by the cookies that come with the challenge and go with the answer."""
    if "cookies" in driver.profile.lacks:
        pytest.skip("the client has no cookie jar")
    with driver.session(httpbin) as api:
        api.session.auth = driver.guess_auth("me", "secret")
        path = f"digest-auth/auth/me/secret/SHA-256/{stale_after}"
        assert [200] * 4 == [api.get(path).status for _ in range(4)]


def test_nginx_takes_a_large_file(driver: Driver, folder_of_nginx: tuple[str, Path]) -> None:
    """A1, W5: nginx refuses before it has read the body; it gets the whole of it with the answer."""
    url, root = folder_of_nginx
    name = f"{driver}.bin"
    with driver.session(url) as api:
        assert 401 == api.get("").status
        api.session.auth = driver.guess_auth("me", "secret")
        statuses = [api.put(name, SizedStream(SIZE, blocks)).status for _ in range(2)]

    assert [201, 204] == statuses
    assert SHA256 == hashlib.sha256((root / name).read_bytes()).hexdigest()


def test_nginx_takes_a_one_shot_body_after_a_get(driver: Driver, folder_of_nginx: tuple[str, Path]) -> None:
    """S6, A1: at first the error says what to do, and that works."""
    url, root = folder_of_nginx
    name = f"{driver}-once.bin"
    with driver.session(url) as api:
        api.session.auth = driver.guess_auth("me", "secret")
        with pytest.raises(BodyConsumed, match="GET first"):
            api.put(name, SizedStream(SIZE, blocks()))
        assert not (root / name).exists()
        assert 200 == api.get("").status
        assert 201 == api.put(name, SizedStream(SIZE, blocks())).status

    assert SHA256 == hashlib.sha256((root / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_64_mib_arrive_whole_once_for_each_attempt(driver: Driver, scheme: str) -> None:
    """S8, A1: a replayable source; each request, refused or accepted, has the whole body once."""
    with RecordingServer(record_limit=1024) as server, driver.session(server.url) as api:
        api.session.auth = driver.guess_auth("me", "secret")
        path = f"{scheme}?user=me&password=secret"
        statuses = [api.put(path, SizedStream(SIZE, blocks)).status for _ in range(2)]
        server.wait_idle()

        assert [200, 200] == statuses
        assert [401, 200, 200] == [exchange.status for exchange in server.exchanges]
        assert {(SIZE, SHA256)} == {(exchange.size, exchange.sha256) for exchange in server.exchanges}
