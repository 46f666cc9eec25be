"""P1 to P3 where they are a client's own: its cookies, its netrc, its way to write a host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import basestream
from basestream.testing import RecordingServer
from drivers import Caller, Driver
from support import installed


@pytest.fixture
def home(driver: Driver, server: RecordingServer) -> Iterator[Caller]:
    with driver.session(server.url + "/v1") as home:
        yield home


def test_cookies_of_the_call_and_of_a_domain_are_sent(
    driver: Driver, home: Caller, stranger: RecordingServer
) -> None:
    """P2: only cookies that name no domain are withheld."""
    if driver.client == "urllib3":
        pytest.skip("urllib3 has no cookie jar")
    home.session.cookies.set("a", "c00kie")
    home.session.cookies.set("d", "domain", domain="127.0.0.1", path="/")
    build = home.session.request if driver.client == "requests" else None
    if build:
        home.run(build("GET", stranger.url + "/x", cookies={"b": "mine"}))
    else:
        request = home.session.build_request("GET", stranger.url + "/x", cookies={"b": "mine"})
        home.run(home.session.send(request))

    [cookie] = stranger.exchanges[0].header("cookie")
    assert {"b=mine", "d=domain"} == set(cookie.split("; "))


def test_include_strips_what_the_bare_client_strips(
    driver: Driver, server: RecordingServer, stranger: RecordingServer
) -> None:
    """P2: ``send_credentials="include"`` is the bare client, which drops Authorization at a redirect."""
    with driver.session(server.url, send_credentials="include") as api:
        api.session.auth = ("me", "secret")
        api.get(f"/redirect/307?to={stranger.url}/landed")

    assert [[]] == [exchange.header("authorization") for exchange in stranger.exchanges]


def test_userinfo_of_an_absolute_url_wins(home: Caller, stranger: RecordingServer) -> None:
    """P2: at a stranger, where the session's own auth is withheld anyway."""
    home.session.auth = ("me", "secret")
    home.get(stranger.url.replace("://", "://you:other@") + "/x")

    assert ["Basic eW91Om90aGVy"] == stranger.exchanges[0].header("authorization")


def test_reach_compares_hosts_as_the_client_writes_them(driver: Driver) -> None:
    """P1, P3: an international name and its encoded form are one host to a client that encodes it so."""
    if not installed("idna"):
        pytest.skip("urllib3 alone brings no idna: it refuses such a base when it is set")
    with driver.session("https://bücher.invalid/v1", reach="origin") as api:
        same = api.session.create_url("https://BÜCHER.invalid/x")
        with pytest.raises(basestream.OutOfReachURL):
            api.session.create_url("https://bucher.invalid/x")

    assert "https://BÜCHER.invalid/x" == same


def test_netrc_of_the_strangers_host_is_still_used(
    driver: Driver, home: Caller, stranger: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P2: what netrc says of a host belongs to that host, not to the session."""
    if driver.client != "requests":
        pytest.skip("only requests reads netrc by itself")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login you password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    home.session.auth = ("me", "secret")
    home.get(stranger.url + "/x")

    assert ["Basic eW91Om90aGVy"] == stranger.exchanges[0].header("authorization")
