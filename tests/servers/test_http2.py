"""W3 on HTTP/2, with servers that others have written, over TLS."""

from __future__ import annotations

import pytest

from drivers import DRIVERS, Driver
from servers.cells import record
from servers.certificates import Certificates
from servers.process import Server
from servers.uploads import cut_in_the_middle, upload

MULTIPLEXING = [driver for driver in DRIVERS if driver.client.startswith("httpx")]


@pytest.mark.parametrize("driver", MULTIPLEXING, ids=str)
def test_a_body_of_the_right_size_arrives(
    http2_app: Server, driver: Driver, certificates: Certificates
) -> None:
    """W1, S3: the application is told the size, which HTTP/2 does not need, and gets every byte."""
    with certificates.session(driver, http2_app.url, http2=True) as api:
        for _ in range(3):
            record(http2_app.name, "sized", driver, upload(http2_app, api).outcome)
        assert "HTTP/2" == api.get(http2_app.path()).native.http_version


@pytest.mark.parametrize("error", [OSError, None], ids=["OSError", "short"])
@pytest.mark.parametrize("driver", MULTIPLEXING, ids=str)
def test_an_upload_that_is_cut_short(
    http2_app: Server, driver: Driver, certificates: Certificates, error: type[OSError] | None
) -> None:
    """W3, S3: a stream that never ends is no body to any application; the next upload on the connection is whole."""
    path = http2_app.path()
    with certificates.session(driver, http2_app.url, http2=True) as api:
        cut_in_the_middle(http2_app, api, path, error)
        upload(http2_app, api)

    assert http2_app.traits.over_http2 == http2_app.outcome(path)
    record(http2_app.name, "aborted over HTTP/2", driver, http2_app.outcome(path))
