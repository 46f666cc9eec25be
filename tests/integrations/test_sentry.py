"""sentry-sdk: its integrations for http.client, httpx and httpx2, on sessions of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from basestream.testing import Exchange, RecordingServer
from drivers import Driver
from integrations.common import UPLOAD, framed


class Watched:
    """What sentry and the server have seen."""

    def __init__(self, server: RecordingServer) -> None:
        command = [sys.executable, "-m", "integrations.sentry_app", server.url]
        self.done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, cwd="tests"
        )
        self.url = server.url
        self.exchanges = server.exchanges

    def by(self, driver: Driver) -> Any:
        """Give what sentry has seen of a backend."""
        assert (0, "") == (self.done.returncode, self.done.stderr)
        return json.loads(self.done.stdout)[str(driver)]

    def of(self, driver: Driver) -> list[Exchange]:
        """Give the backend's requests."""
        return [exchange for exchange in self.exchanges if exchange.target.startswith(f"/v1/{driver}/")]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with RecordingServer() as server:
        yield Watched(server)


def test_a_span_has_the_joined_url(driver: Driver, watched: Watched) -> None:
    """U1: one for each request, with the URL that was requested."""
    base = f"{watched.url}/v1/{driver}"
    assert [
        ["http.client", f"GET {base}/users", "OK"],
        ["http.client", f"PUT {base}/blob", "OK"],
    ] == watched.by(driver)["spans"]


def test_the_upload_is_as_without_it(driver: Driver, watched: Watched) -> None:
    """W1: sized and exact, with the header that hands on the trace."""
    get, put, _ = watched.of(driver)
    assert UPLOAD == framed(put)
    assert [1, 1] == [len(exchange.header("sentry-trace")) for exchange in (get, put)]


def test_a_wrong_body_is_reported_as_what_it_is(driver: Driver, watched: Watched) -> None:
    """S3, S9: under its own name, and the request was not completed."""
    assert "BodyTooShort" == watched.by(driver)["errors"][-1]
    assert not watched.of(driver)[2].complete
