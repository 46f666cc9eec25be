"""pytest-recording: the marks of vcrpy, in a test suite of a user's own."""

from __future__ import annotations

import pytest

from basestream.testing import RecordingServer
from integrations.common import lines

pytest_plugins = ["pytester"]

SUITE = """
import pytest
from basestream_requests import BaseUrlSession, SizedStream


@pytest.mark.vcr(match_on=["method", "uri", "body"])
def test_upload():
    with BaseUrlSession("{base}") as api:
        assert api.get("users").status_code == 200
        assert api.put("blob", data=SizedStream(3, iter([b"abc"]))).status_code == 200
"""


def test_a_suite_is_recorded_and_played(
    pytester: pytest.Pytester, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run reaches the server; the second, which may not record, needs none."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # the other plugins take seconds
    pytester.makepyfile(SUITE.format(base=server.url + "/v1"))
    for mode in ("once", "none"):
        options = ("-p", "pytest_recording.plugin", f"--record-mode={mode}", "--block-network")
        pytester.runpytest_inprocess(*options).assert_outcomes(passed=1)

    assert ["GET /v1/users", "PUT /v1/blob"] == lines(server)
    assert b"abc" == server.exchanges[1].body
