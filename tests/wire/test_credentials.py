"""P1 to P3, seen from the other side: what reaches a second server on another origin."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import basestream
from basestream.testing import Exchange, RecordingServer
from drivers import Caller, Driver
from support import installed

SECRETS = ("s3cret", "c00kie", "k3y", "p4ram")


@pytest.fixture
def home(driver: Driver, server: RecordingServer) -> Iterator[Caller]:
    with session_with_secrets(driver, server.url + "/v1") as home:
        yield home


def session_with_secrets(driver: Driver, base: str | None, **kwargs: Any) -> Any:
    """Open a session that has every kind of credential its client knows."""

    class Opened:
        def __enter__(self) -> Caller:
            options: dict[str, Any] = {"credential_headers": ("x-api-key",), **kwargs}
            self.context = driver.session(base, **options)
            api = self.context.__enter__()
            api.session.headers.update({"X-Api-Key": "k3y", "X-Harmless": "fine"})
            api.session.auth = ("me", "s3cret")
            if driver.client == "urllib3":
                api.session.headers["Cookie"] = "a=c00kie"
            else:
                api.session.params = {"token": "p4ram"}
                api.session.cookies.set("a", "c00kie")
            return api

        def __exit__(self, *details: Any) -> None:
            self.context.__exit__(*details)

    return Opened()


def names(exchange: Exchange) -> set[str]:
    """The credentials that an exchange shows."""
    shown = {name for name in ("authorization", "cookie", "x-api-key") if exchange.header(name)}
    return shown | ({"params"} if "p4ram" in exchange.target else set())


def all_names(driver: Driver) -> set[str]:
    return {"authorization", "cookie", "x-api-key"} | (set() if driver.client == "urllib3" else {"params"})


def test_at_home_everything_is_sent(driver: Driver, home: Caller, server: RecordingServer) -> None:
    """P2: relative references and absolute URLs of the base's origin get the session's credentials."""
    home.get("users")
    home.get(server.url + "/elsewhere")

    assert [all_names(driver)] * 2 == [names(exchange) for exchange in server.exchanges]


def test_a_stranger_gets_nothing(home: Caller, stranger: RecordingServer) -> None:
    """P2: an absolute URL of another origin gets none of the session's credentials, and the rest of its headers."""
    home.get(stranger.url + "/x?q=1")

    [exchange] = stranger.exchanges
    assert (set(), "/x?q=1", ["fine"]) == (names(exchange), exchange.target, exchange.header("x-harmless"))


@pytest.mark.parametrize("status", [302, 303, 307, 308])
def test_a_redirect_to_a_stranger_carries_nothing(
    home: Caller, server: RecordingServer, stranger: RecordingServer, status: int
) -> None:
    """P2: a redirect from home to another origin loses the named headers and cookies without a domain."""
    home.get(f"/redirect/{status}?to={stranger.url}/landed")

    assert [set()] == [names(exchange) for exchange in stranger.exchanges]


def test_a_redirect_among_strangers_loses_what_the_call_has_set(
    home: Caller, stranger: RecordingServer
) -> None:
    """P2: at a hop between two strangers the named headers go, whoever set them."""
    with RecordingServer() as third:
        home.get(f"{stranger.url}/redirect/307?to={third.url}/landed", headers={"X-Api-Key": "call"})

        assert ["call"] == stranger.exchanges[0].header("x-api-key")
        assert [] == third.exchanges[0].header("x-api-key")


def test_a_redirect_on_the_same_stranger_keeps_what_the_call_has_set(
    home: Caller, stranger: RecordingServer
) -> None:
    """P2: a hop that stays on its origin changes nothing."""
    home.get(f"{stranger.url}/redirect/307?to=/landed", headers={"X-Api-Key": "call"})

    assert [["call"], ["call"]] == [exchange.header("x-api-key") for exchange in stranger.exchanges]


def test_what_the_call_passes_is_sent(driver: Driver, home: Caller, stranger: RecordingServer) -> None:
    """P2: headers, auth, params and cookies of the call itself reach the stranger, and only they."""
    home.get(stranger.url + "/a", headers={"Authorization": "mine", "X-Api-Key": "mine", "Cookie": "b=mine"})
    if driver.client != "urllib3":
        home.get(stranger.url + "/b", params={"q": "1"}, auth=("you", "other"))

    first = stranger.exchanges[0]
    assert [["mine"], ["mine"], ["b=mine"]] == [
        first.header(n) for n in ("authorization", "x-api-key", "cookie")
    ]
    if driver.client != "urllib3":
        second = stranger.exchanges[1]
        assert ("/b?q=1", ["Basic eW91Om90aGVy"]) == (second.target, second.header("authorization"))


def test_cookies_of_the_call_and_of_a_domain_are_sent(
    driver: Driver, home: Caller, stranger: RecordingServer
) -> None:
    """P2: only cookies that name no domain are withheld."""
    if driver.client == "urllib3":
        pytest.skip("urllib3 has no cookie jar")
    home.session.cookies.set("d", "domain", domain="127.0.0.1", path="/")
    build = home.session.request if driver.client == "requests" else None
    if build:
        home.run(build("GET", stranger.url + "/x", cookies={"b": "mine"}))
    else:
        request = home.session.build_request("GET", stranger.url + "/x", cookies={"b": "mine"})
        home.run(home.session.send(request))

    [cookie] = stranger.exchanges[0].header("cookie")
    assert {"b=mine", "d=domain"} == set(cookie.split("; "))


def test_a_redirect_keeps_cookies_of_a_domain(
    driver: Driver, home: Caller, server: RecordingServer, stranger: RecordingServer
) -> None:
    """P2: a redirect to another origin loses cookies without a domain, and keeps those that name its host."""
    if driver.client == "urllib3":
        pytest.skip("urllib3 has no cookie jar")
    home.session.cookies.set("d", "domain", domain="127.0.0.1", path="/")
    home.get(f"/redirect/307?to={stranger.url}/landed")

    assert [["d=domain"]] == [exchange.header("cookie") for exchange in stranger.exchanges]


def test_include_sends_what_the_bare_client_sends(
    driver: Driver, server: RecordingServer, stranger: RecordingServer
) -> None:
    """P2: ``send_credentials="include"`` is the bare client: everything to an absolute URL."""
    with session_with_secrets(driver, server.url, send_credentials="include") as api:
        api.get(stranger.url + "/x")
        api.get(f"/redirect/307?to={stranger.url}/landed")

    direct, redirected = stranger.exchanges
    assert all_names(driver) == names(direct)
    assert ["k3y"] == redirected.header("x-api-key")
    assert [] == redirected.header("authorization")


def test_a_trusted_origin_is_home(driver: Driver, server: RecordingServer, stranger: RecordingServer) -> None:
    """P2: further origins may have the session's credentials; a third may not."""
    with (
        RecordingServer() as third,
        session_with_secrets(driver, server.url, send_credentials=[stranger.url + "/"]) as api,
    ):
        api.get(stranger.url + "/x")
        api.get(third.url + "/x")
        assert [set()] == [names(exchange) for exchange in third.exchanges]

    assert [all_names(driver)] == [names(exchange) for exchange in stranger.exchanges]


def test_without_a_base_nothing_is_withheld(
    driver: Driver, server: RecordingServer, stranger: RecordingServer
) -> None:
    """P2: without a base there is no home."""
    with session_with_secrets(driver, None) as api:
        api.get(server.url + "/x")
        api.get(stranger.url + "/x")

    assert all_names(driver) == names(server.exchanges[0]) == names(stranger.exchanges[0])


def test_userinfo_of_the_base_authenticates_at_home_alone(
    driver: Driver, server: RecordingServer, stranger: RecordingServer
) -> None:
    """U22, P2: percent-encoded userinfo is Basic authentication at home; a stranger never sees it."""
    with driver.session(server.url.replace("://", "://us%40er:p%3Aw@") + "/v1") as api:
        api.get("users")
        api.get(stranger.url + "/x")
        api.get(f"/redirect/307?to={stranger.url}/landed")

    assert ["Basic dXNAZXI6cDp3"] == server.exchanges[0].header("authorization")
    assert "/v1/users" == server.exchanges[0].target
    assert [[], []] == [exchange.header("authorization") for exchange in stranger.exchanges]


def test_userinfo_of_an_absolute_url_authenticates_there(
    driver: Driver, home: Caller, stranger: RecordingServer
) -> None:
    """P2: what the URL of the call itself says is the call's."""
    home.get(stranger.url.replace("://", "://you:other@") + "/x")

    assert ["Basic eW91Om90aGVy"] == stranger.exchanges[0].header("authorization")


def test_withholding_is_logged_by_name_once(
    home: Caller, stranger: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    """P3: once for an origin as a warning, later for debugging, and never a value."""
    with caplog.at_level(logging.DEBUG, logger="basestream"):
        home.get(stranger.url + "/x")
        home.get(stranger.url + "/x")

    records = [record for record in caplog.records if record.name == "basestream"]
    origins = {record.levelno for record in records}
    assert {logging.WARNING, logging.DEBUG} == origins
    warned = " ".join(record.getMessage() for record in records if record.levelno == logging.WARNING)
    assert "cookie" in warned
    assert all(stranger.url in record.getMessage() for record in records)
    assert "x-api-key" in " ".join(record.getMessage() for record in records).lower()
    assert not any(secret in record.getMessage() for secret in SECRETS for record in records)


REACHES = [
    pytest.param("origin", "users", None, id="origin-relative"),
    pytest.param("origin", "/users", None, id="origin-root"),
    pytest.param("origin", "{home}/x", None, id="origin-absolute"),
    pytest.param("origin", "{stranger}/x", "another origin", id="origin-stranger"),
    pytest.param("origin", "http://localhost.invalid/", "another origin", id="origin-other-host"),
    pytest.param("base", "users", None, id="base-relative"),
    pytest.param("base", "", None, id="base-itself"),
    pytest.param("base", "/v1/users", None, id="base-rooted"),
    pytest.param("base", "{home}/v1/x", None, id="base-absolute"),
    pytest.param("base", "/users", "outside", id="base-root"),
    pytest.param("base", "../x", "outside", id="base-climb"),
    pytest.param("base", "/v10", "outside", id="base-segment-boundary"),
    pytest.param("base", "a/..%2fx", "outside", id="base-encoded-slash"),
    pytest.param("base", "a/..%5Cx", "outside", id="base-encoded-backslash"),
    pytest.param("base", "a/..;/x", "outside", id="base-semicolon"),
    pytest.param("base", "{home}/v1/../x", "outside", id="base-absolute-climb"),
    pytest.param("base", "{home}/v1/%2e%2e/x", "outside", id="base-absolute-encoded-climb"),
    pytest.param("base", "{stranger}/v1/x", "another origin", id="base-stranger"),
]


@pytest.mark.parametrize(("reach", "ref", "says"), REACHES)
def test_reach_limits_what_a_reference_may_name(
    driver: Driver, server: RecordingServer, stranger: RecordingServer, reach: Any, ref: str, says: str | None
) -> None:
    """P1: outside of the reach there is an error, and nothing reaches the wire."""
    ref = ref.format(home=server.url, stranger=stranger.url)
    with driver.session(server.url + "/v1", reach=reach) as api:
        if says is None:
            assert 200 == api.get(ref).status
            return
        with pytest.raises(basestream.OutOfReachURL, match=says):
            api.get(ref)

    assert [] == [*server.connections, *stranger.connections]


def test_reach_compares_hosts_as_the_client_writes_them(driver: Driver) -> None:
    """P1, P3: an international name and its encoded form are one host to a client that encodes it so."""
    if not installed("idna"):
        pytest.skip("urllib3 alone brings no idna: it refuses such a base when it is set")
    with driver.session("https://bücher.invalid/v1", reach="origin") as api:
        same = api.session.create_url("https://BÜCHER.invalid/x")
        with pytest.raises(basestream.OutOfReachURL):
            api.session.create_url("https://bucher.invalid/x")

    assert "https://BÜCHER.invalid/x" == same


def test_reach_needs_a_base(driver: Driver) -> None:
    """P1: a limit without a base would mean nothing; so does an unknown word."""
    with pytest.raises(ValueError, match="needs a base"):
        driver.session_class(reach="origin")
    with pytest.raises(ValueError, match="reach must be"):
        driver.session_class("https://api.invalid", reach="scope")


def test_reach_still_needs_the_base_when_it_is_taken_away(driver: Driver) -> None:
    """P1: a limit fails closed."""
    with driver.session("https://api.invalid", reach="origin") as api:
        api.session.base_url = None
        with pytest.raises(ValueError, match="needs a base"):
            api.get("https://api.invalid/x")


@pytest.mark.parametrize("word", ["same", "Include", ""])
def test_send_credentials_is_checked(driver: Driver, word: Any) -> None:
    """P2: an unknown word or a trusted origin that is none is refused."""
    with pytest.raises(ValueError, match="send_credentials"):
        driver.session_class("https://api.invalid", send_credentials=word)
    with pytest.raises(ValueError, match="no origin"):
        driver.session_class("https://api.invalid", send_credentials=["https://cdn.invalid/path"])
    with pytest.raises(TypeError, match="collection of names"):
        driver.session_class("https://api.invalid", credential_headers="x-api-key")


def test_netrc_of_the_strangers_host_is_still_used(
    driver: Driver, home: Caller, stranger: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P2: what netrc says of a host belongs to that host, not to the session."""
    if driver.client != "requests":
        pytest.skip("only requests reads netrc by itself")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login you password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    home.get(stranger.url + "/x")

    assert ["Basic eW91Om90aGVy"] == stranger.exchanges[0].header("authorization")


def test_the_rules_may_be_attributes_of_a_class(
    driver: Driver, server: RecordingServer, stranger: RecordingServer
) -> None:
    """U21, P1, P2: a subclass sets its rules, arguments win over them, and a wrong one is refused."""
    base: Any = driver.session_class
    strict = type("Strict", (base,), {"reach": "base", "credential_headers": ("x-api-key",)})
    with driver.session(server.url + "/v1", cls=strict) as api:
        with pytest.raises(basestream.OutOfReachURL):
            api.get("/outside")
        assert ("base", ("x-api-key",)) == (api.session.reach, api.session.credential_headers)
    with driver.session(server.url + "/v1", cls=strict, reach="any") as api:
        api.session.headers["X-Api-Key"] = "k3y"
        api.get(stranger.url + "/x")
    with pytest.raises(ValueError, match="reach must be"):
        type("Wrong", (base,), {"reach": "scope"})(server.url)

    assert [[]] == [exchange.header("x-api-key") for exchange in stranger.exchanges]
