"""Servers behind a Unix socket: requests-unixsocket2, ``uds=`` of httpx and httpx2, a pool class of urllib3."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from urllib3.connection import HTTPConnection

from basestream import BodyConsumed, BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from drivers import Caller, Driver
from integrations.common import EITHER, UPLOAD, framed, lines, one_shot, replayable, too_short
from integrations.unix_relay import unix_socket

UnixAdapter: Any = import_module("requests_unixsocket.adapters").UnixAdapter


def manager(path: str) -> urllib3.PoolManager:
    """Make a manager all of whose connections go to one socket."""

    class Connection(HTTPConnection):
        def connect(self) -> None:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.connect(path)

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls: Any = Connection

    made = urllib3.PoolManager()
    made.pool_classes_by_scheme = {**made.pool_classes_by_scheme, "http": Pool}
    return made


@contextmanager
def session(driver: Driver, path: str) -> Generator[Caller, None, None]:
    """Open a session whose base is behind a socket; with requests the socket is the host."""
    if driver.client == "requests":
        with driver.session(f"http+unix://{quote(path, safe='')}/v1") as api:
            api.session.mount("http+unix://", UnixAdapter())
            yield api
    elif driver.client == "urllib3":
        with driver.session("http://localhost/v1", manager(path)) as api:
            yield api
    else:
        transport = driver.native.AsyncHTTPTransport if driver.asynchronous else driver.native.HTTPTransport
        with driver.session("http://localhost/v1", transport=transport(uds=path)) as api:
            yield api


@pytest.mark.parametrize("body", EITHER)
def test_references_are_joined(
    driver: Driver, server: RecordingServer, body: Callable[[], SizedStream]
) -> None:
    """U2, U8, U17, W1: any scheme has a path under its base and a root, where ``urljoin`` gives up."""
    with unix_socket(server) as path, session(driver, path) as api:
        api.get("users")
        api.get("/health")
        api.put("blob", body())

    assert ["GET /v1/users", "GET /health", "PUT /v1/blob"] == lines(server)
    assert UPLOAD == framed(server.exchanges[2])


def test_a_body_is_sent_again(driver: Driver, server: RecordingServer) -> None:
    """S6, S8: a redirect of the same host. requests joins its target by ``urljoin``, which knows no http+unix."""
    with unix_socket(server) as path, session(driver, path) as api:
        if driver.client == "requests":
            with pytest.raises(driver.native.exceptions.InvalidSchema, match="for '/v1/landed'"):
                api.put("redirect/307?to=/v1/landed", replayable())
            return
        api.put("redirect/307?to=/v1/landed", replayable())
        with pytest.raises(BodyConsumed):
            api.put("redirect/307?to=/v1/landed", one_shot())

    assert [UPLOAD] * 3 == [framed(exchange) for exchange in server.exchanges]


def test_a_wrong_body_never_completes(driver: Driver, server: RecordingServer) -> None:
    """S3, W3: and the next request is right."""
    with unix_socket(server) as path, session(driver, path) as api:
        with pytest.raises(BodyTooShort):
            api.put("blob", too_short())
        assert 200 == api.get("after").status

    server.wait_idle()
    assert ["/v1/after"] == [exchange.target for exchange in server.exchanges if exchange.complete]
