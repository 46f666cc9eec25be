"""C1: a pipe to a presigned URL of an object store, by `basestream put` and by curl."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basestream.testing import RecordingServer
from cli_support import runs
from s3.like_s3 import bucket, presigned, stored
from support import CLIENTS

pytestmark = pytest.mark.filterwarnings("default")  # those of boto3 and moto are theirs
BACKENDS = [client for client in CLIENTS if runs(client)]
SIZE = 1_000_000

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A client of an object store with one bucket."""
    with bucket() as client:
        yield client


def run(command: list[str], data: bytes) -> tuple[int, str, str]:
    """Pipe bytes into a command."""
    done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def put(url: str, backend: str, *options: str) -> list[str]:
    """Give our command line."""
    return [sys.executable, "-m", "basestream", "put", url, "--backend", backend, *options]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("key", ["a key/with +%é", "plain"])
def test_pipe(backend: str, key: str, store: Any) -> None:
    """C1. A pipe of known size is stored, byte for byte; the signed URL is sent as it is."""
    data = os.urandom(SIZE)
    assert run(put(presigned(store, key), backend, "--size", str(SIZE)), data) == (0, "", "")
    assert stored(store, key) == data


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("given", [SIZE - 1, SIZE + 1], ids=["short", "long"])
def test_pipe_of_another_size(backend: str, given: int, store: Any) -> None:
    """S3, W4. A pipe of another size stores nothing."""
    key = f"{backend}-{given}"
    assert run(put(presigned(store, key), backend, "--size", str(SIZE)), bytes(given))[0] == 3
    assert stored(store, key) is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_file(backend: str, store: Any, tmp_path: Path) -> None:
    """C1. So is a file, an empty one too."""
    path = tmp_path / "file"
    for data in (os.urandom(SIZE), b""):
        path.write_bytes(data)
        assert run(put(presigned(store, backend), backend, str(path)), b"") == (0, "", "")
        assert stored(store, backend) == data


@needs_curl
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="curl -T -"),
        pytest.param(["-H", f"Content-Length: {SIZE}"], id="curl -T - -H Content-Length"),
    ],
)
def test_curl_is_refused(headers: list[str], store: Any) -> None:
    """curl sends a pipe chunked, with a Content-Length of the user's beside it if there is one: S3 answers 501."""
    command = ["curl", "-sS", "--fail", "-T", "-", *headers, presigned(store, "curl")]
    code, _, error = run(command, bytes(SIZE))

    assert (code, "501" in error) == (22, True)
    assert stored(store, "curl") is None


@needs_curl
def test_curl_with_a_length_that_is_too_small() -> None:
    """Told to send no Transfer-Encoding, curl puts the surplus on the wire as a second request, and ends with 0."""
    headers = ["-H", "Content-Length: 100", "-H", "Transfer-Encoding:"]
    surplus = b"DELETE /everything HTTP/1.1\r\nHost: h\r\n\r\n"
    with RecordingServer() as server:
        code, _, _ = run(
            ["curl", "-sS", "--fail", "-T", "-", *headers, server.url + "/x"], bytes(100) + surplus
        )
        server.wait_idle()

        assert code == 0
        assert [exchange.method for exchange in server.exchanges] == ["PUT", "DELETE"]
        assert [exchange.complete for exchange in server.exchanges] == [True, True]
