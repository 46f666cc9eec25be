"""vcrpy: it records every client's requests, reads the body, and answers from its cassette."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from basestream import BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from drivers import Driver
from integrations.common import EITHER, UPLOAD, framed, lines, too_short

vcr: Any = import_module("vcr")

ON_BODY = ["method", "uri", "body"]


def cassette(path: Path, mode: str) -> Any:
    return vcr.use_cassette(str(path / "tape.yaml"), record_mode=mode, match_on=ON_BODY)


@pytest.mark.parametrize("body", EITHER)
def test_a_tape_is_recorded_and_played(
    driver: Driver, server: RecordingServer, tmp_path: Path, body: Callable[[], SizedStream]
) -> None:
    """S6, W1: the server gets the exact body while it is recorded, and nothing when it is played."""
    for mode in ("once", "none"):
        with cassette(tmp_path, mode) as tape, driver.session(server.url + "/v1") as api:
            assert 200 == api.get("users").status
            assert 200 == api.put("blob", body()).status
        assert [server.url + "/v1/users", server.url + "/v1/blob"] == [
            request.uri for request in tape.requests
        ]

    assert ["GET /v1/users", "PUT /v1/blob"] == lines(server)
    assert UPLOAD == framed(server.exchanges[1])


def test_another_body_is_not_on_the_tape(driver: Driver, server: RecordingServer, tmp_path: Path) -> None:
    """With ``match_on`` body, bodies are compared, not only sizes."""
    with cassette(tmp_path, "once"), driver.session(server.url + "/v1") as api:
        api.put("blob", SizedStream(3, iter([b"abc"])))
    refused = vcr.errors.CannotOverwriteExistingCassetteException
    with cassette(tmp_path, "none"), driver.session(server.url + "/v1") as api:
        with pytest.raises(refused):
            api.put("blob", SizedStream(3, iter([b"xyz"])))
        assert 200 == api.put("blob", SizedStream(3, iter([b"abc"]))).status

    assert 1 == len(server.exchanges)


def test_a_wrong_body_is_not_recorded(driver: Driver, server: RecordingServer, tmp_path: Path) -> None:
    """S3: no complete request, and nothing on the tape."""
    with cassette(tmp_path, "once") as tape, driver.session(server.url + "/v1") as api:
        with pytest.raises(BodyTooShort):
            api.put("blob", too_short())
        assert 0 == len(tape)

    server.wait_idle()
    assert [] == [exchange.target for exchange in server.exchanges if exchange.complete]
