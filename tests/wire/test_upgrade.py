"""P2: the one hop to another origin that may keep credentials, from http on 80 to https on 443 of the same host.

A test cannot bind these ports, so each session is asked for its decision; test_credentials.py shows on the
wire that a session does what it has decided.
"""

from __future__ import annotations

from typing import Any

import pytest

from drivers import Driver

HOME = "https://home.example/v1"

HOPS = [
    # id, from, to, strips
    ("upgrade", "http://h/a", "https://h/b", False),
    ("upgrade-ports-written", "http://h:80/", "https://h:443/", False),
    ("upgrade-from-another-port", "http://h:8080/", "https://h/", True),
    ("upgrade-to-another-port", "http://h/", "https://h:8443/", True),
    ("upgrade-to-another-host", "http://h/", "https://g/", True),
    ("upgrade-to-a-subdomain", "http://h/", "https://www.h/", True),
    ("downgrade", "https://h/", "http://h/", True),
    ("downgrade-from-home", "https://home.example/v1", "http://home.example/v1", True),
    ("other-host", "https://h/", "https://g/", True),
    ("other-host-from-home", "https://home.example/v1/x", "https://evil.example/", True),
    ("other-port", "https://h/", "https://h:8443/", True),
    ("same-origin", "https://h/a", "https://h/b?q", False),
    ("same-origin-port-written", "https://h:443/a", "https://h/b", False),
    ("same-origin-case", "https://h/", "HTTPS://H/", False),
    ("home", "https://home.example/v1/a", "https://home.example/elsewhere", False),
    ("back-home", "https://h/", "https://home.example/x", False),
    ("home-upgraded", "http://home.example/v1", "https://home.example/v1", False),
    ("unreadable", "https://h/", "https://h:x/", True),
    ("unreadable-before", "https://h@g@h/", "https://h/", True),
]


@pytest.mark.parametrize(("previous", "url", "strips"), [pytest.param(*hop[1:], id=hop[0]) for hop in HOPS])
def test_what_a_hop_keeps(driver: Driver, previous: str, url: str, strips: bool) -> None:
    """P2, P3. Credentials survive on the same origin, on the way home and by the upgrade; nowhere else."""
    with driver.session(HOME) as api:
        assert strips is api.session.strips(previous, url)


def test_an_upgrade_of_an_http_base(driver: Driver) -> None:
    """P2. A base on http keeps its credentials when the server sends it to https, and has them at home again."""
    with driver.session("http://h/v1") as api:
        assert not api.session.strips("http://h/v1/x", "https://h/v1/x")
        assert not api.session.strips("https://h/v1/x", "http://h/v1/x")  # home again
        assert api.session.strips("https://h/v1/x", "http://h:8080/v1/x")


def test_a_trusted_origin_keeps(driver: Driver) -> None:
    """P2. A hop to an origin that is trusted by name loses nothing, from wherever; its downgrade does."""
    with driver.session(HOME, send_credentials=["https://cdn.example"]) as api:
        assert not api.session.strips("https://h/", "https://cdn.example/x")
        assert api.session.strips("https://cdn.example/", "http://cdn.example/")


@pytest.mark.parametrize(
    ("base", "options"),
    [pytest.param(None, {}, id="no-base"), pytest.param(HOME, {"send_credentials": "include"}, id="include")],
)
@pytest.mark.parametrize("url", ["http://h/", "https://evil.example/"])
def test_where_nothing_is_withheld_nothing_is_stripped(
    driver: Driver, base: str | None, options: dict[str, Any], url: str
) -> None:
    """P2. Without a base, and under ``include``, the decision is the client's own."""
    with driver.session(base, **options) as api:
        assert not api.session.strips("https://h/", url)
