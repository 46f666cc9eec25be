"""truststore: the certificates of the system instead of certifi's, on every client."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from basestream.testing import RecordingServer
from drivers import Caller, Driver
from integrations.common import UPLOAD, framed, lines, one_shot

truststore: Any = import_module("truststore")
trustme: Any = import_module("trustme")


@pytest.fixture(scope="module")
def authority() -> Any:
    return trustme.CA()


@pytest.fixture
def tls_server(authority: Any) -> Iterator[RecordingServer]:
    """A server with a certificate that no authority of certifi's has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with RecordingServer(tls=context) as server:
        yield server


@pytest.fixture
def _known_to_the_system(authority: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system trusts it: OpenSSL reads this variable, and so does truststore on Linux."""
    path = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@contextmanager
def passed_on(driver: Driver, base: str) -> Generator[Caller, None, None]:
    """Hand its context to a session, in the client's own words."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if driver.client == "urllib3":
        with driver.session(base, ssl_context=context) as api:
            yield api
    elif driver.client == "requests":

        class Adapter(driver.native.adapters.HTTPAdapter):  # type: ignore[misc,name-defined]  # found at run time
            def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
                parent: Any = super()
                parent.init_poolmanager(*args, **kwargs, ssl_context=context)

        with driver.session(base) as api:
            api.session.mount("https://", Adapter())
            yield api
    else:
        with driver.session(base, verify=context) as api:
            yield api


@contextmanager
def injected(driver: Driver, base: str) -> Generator[Caller, None, None]:
    """Let it replace the class of all contexts."""
    truststore.inject_into_ssl()
    try:
        with driver.session(base, **({"verify": True} if driver.follows else {})) as api:
            yield api
    finally:
        truststore.extract_from_ssl()


WAYS: list[Callable[[Driver, str], AbstractContextManager[Caller]]] = [passed_on, injected]


@pytest.mark.usefixtures("_known_to_the_system")
@pytest.mark.parametrize("way", WAYS)
def test_what_the_system_trusts(
    driver: Driver, tls_server: RecordingServer, way: Callable[[Driver, str], AbstractContextManager[Caller]]
) -> None:
    """U1, W1: over TLS that it has verified, joined, sized and exact."""
    with way(driver, tls_server.url + "/v1") as api:
        api.get("users")
        api.put("blob", one_shot())

    assert ["GET /v1/users", "PUT /v1/blob"] == lines(tls_server)
    assert UPLOAD == framed(tls_server.exchanges[1])


@pytest.mark.parametrize("way", WAYS)
def test_what_it_does_not_trust(
    driver: Driver, tls_server: RecordingServer, way: Callable[[Driver, str], AbstractContextManager[Caller]]
) -> None:
    """It does verify: without the authority no request arrives."""
    with way(driver, tls_server.url + "/v1") as api, pytest.raises(Exception, match=r"(?i)certificate"):
        api.get("users")

    assert [] == tls_server.exchanges
