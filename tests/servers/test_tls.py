"""W4 under TLS: what a server hands to its application; basestream cannot make an abort loud there."""

from __future__ import annotations

import pytest

from drivers import Driver
from servers.cells import record
from servers.certificates import Certificates
from servers.process import Server
from servers.uploads import cut_in_the_middle, upload


def test_a_body_of_the_right_size_arrives(
    tls_app: Server, driver: Driver, certificates: Certificates
) -> None:
    """W1, S3: the application is told the size and gets every byte, from a session that checks the certificate."""
    with certificates.session(driver, tls_app.url) as api:
        for _ in range(2):
            record(tls_app.name, "sized", driver, upload(tls_app, api).outcome)


@pytest.mark.parametrize("error", [OSError, None], ids=["OSError", "short"])
def test_an_upload_that_is_cut_short(
    tls_app: Server, driver: Driver, certificates: Certificates, error: type[OSError] | None
) -> None:
    """W4, a declared limit, S3, W3: an application that does not compare lengths may take it for whole; the next
    upload is answered rightly."""
    path = tls_app.path()
    with certificates.session(driver, tls_app.url) as api:
        cut_in_the_middle(tls_app, api, path, error)
        upload(tls_app, api)

    assert tls_app.traits.over_tls == tls_app.outcome(path)
    record(tls_app.name, "aborted over TLS", driver, tls_app.outcome(path))
