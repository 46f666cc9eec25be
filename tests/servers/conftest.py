"""Collected where all the servers are installed: ``nox -s servers`` (each runs in a process of its own)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from servers.certificates import Certificates, issue
from servers.nginx import ABSENT, NGINX
from servers.process import Server, running
from servers.traits import BEHIND, TRAITS

PACKAGES = (
    "gunicorn",
    "werkzeug",
    "cheroot",
    "waitress",
    "granian",
    "uvicorn",
    "hypercorn",
    "httpbin",
    "moto",
    "trustme",
)

there = sys.platform != "win32" and all(map(find_spec, PACKAGES))  # gunicorn is for POSIX
collect_ignore_glob = [] if there else ["test_*.py"]


def run(name: str, factory: pytest.TempPathFactory, certificates: Certificates | None) -> Iterator[Server]:
    """Run a server, or skip the tests of one that stands behind nginx where there is none."""
    if name in BEHIND and NGINX is None:
        pytest.skip(ABSENT)
    with running(name, factory.mktemp(name), certificates.pair if certificates else None) as server:
        yield server


@pytest.fixture(scope="session", params=TRAITS)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn."""
    yield from run(request.param, tmp_path_factory, None)


@pytest.fixture(scope="session", params=[name for name, traits in TRAITS.items() if traits.over_tls])
def tls_app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Server]:
    """Each server that has TLS."""
    yield from run(request.param, tmp_path_factory, certificates)


@pytest.fixture(scope="session", params=[name for name, traits in TRAITS.items() if traits.over_http2])
def http2_app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Server]:
    """Each server that has HTTP/2."""
    yield from run(request.param, tmp_path_factory, certificates)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate for the servers, and who has issued it."""
    return issue(tmp_path_factory.mktemp("certificates"))
