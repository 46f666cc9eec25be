"""U14, U17, U20, U21 where they are a client's own: its URL classes, its limits, its names."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import basestream
from basestream.testing import RecordingServer
from drivers import Driver


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_not_joined(
    driver: Driver, server: RecordingServer, stranger: RecordingServer, status: int
) -> None:
    """U20: where a redirect leads is the server's word, to the same host and to another."""
    calls: list[str] = []

    def create_url(url: str) -> str:
        calls.append(url)
        return server.url + url

    with driver.session(server.url + "/v1") as api:
        api.session.create_url = create_url
        api.get(f"/redirect/{status}?to=/landed")
        api.get(f"/redirect/{status}?to={stranger.url}/landed")

    assert 2 == len(calls)
    assert "/landed" == server.exchanges[1].target
    assert ["/landed"] == [exchange.target for exchange in stranger.exchanges]


def test_an_override_that_gives_the_clients_url_class_is_read(
    driver: Driver, server: RecordingServer
) -> None:
    """U14: what an override gives back may be what the caller could have passed; anything else is an error."""
    answers: list[Any] = [(server.url + "/bytes").encode()]
    if driver.client.startswith("httpx"):
        answers.append(driver.native.URL(server.url + "/url"))

    def create_url(self: Any, url: str) -> Any:
        return answers.pop()

    cls = type("Odd", (driver.session_class,), {"create_url": create_url})
    with driver.session(cls=cls) as api:
        for _ in answers:
            api.get("x")
        answers.append(None)
        with pytest.raises(TypeError):
            api.get("x")


def test_a_base_that_the_client_cannot_read_is_refused_at_once(driver: Driver) -> None:
    """U17: what the core lets pass and the client does not is an error when the base is set, in our words."""
    with pytest.raises(basestream.InvalidURL, match="base URL"):
        driver.session_class("https://" + "a" * 64 + "ü.invalid/")


def test_the_base_in_the_clients_own_url_class(driver: Driver, server: RecordingServer) -> None:
    """U14: a base may be given as the client's own class."""
    if driver.client == "requests":
        pytest.skip("requests has no URL class")
    native: Any = driver.native
    made = native.util.parse_url if driver.client == "urllib3" else native.URL
    with driver.session(made(server.url + "/v1")) as api:
        api.get("users")

    assert ["/v1/users"] == [exchange.target for exchange in server.exchanges]


def test_the_repr_shows_the_base_and_no_password(driver: Driver) -> None:
    """P3: a session shows where it leads, with the userinfo redacted."""
    with driver.session("https://me:secret@api.invalid/v1") as api:
        shown = repr(api.session)
    with driver.session() as api:
        bare = repr(api.session)

    assert f"<basestream_{driver.client}.{driver.session_class.__name__} https://***@api.invalid/v1>" == shown
    assert "without a base" in bare


def test_none_of_our_names_is_taken(driver: Driver) -> None:
    """U21: what our sessions add does not occur in the bare class; ``base_url`` on httpx is the listed exception."""
    native: Any = driver.native
    bare = {
        "requests": lambda: native.Session,
        "urllib3": lambda: native.PoolManager,
    }.get(driver.client, lambda: native.AsyncClient if driver.asynchronous else native.Client)()
    ours = ["reach", "send_credentials", "credential_headers", "create_url", "set_rules", "joined_url"]
    ours += [
        "client_text",
        "client_form",
        "client_error",
        "client_errors",
        "is_home",
        "strips",
        "note_withheld",
    ]
    ours += ["credential_policy", "written_form"]
    taken = {name for name in [*ours, "base_url"] if hasattr(bare, name)}
    taken |= {name for name in [*ours, "base_url"] if name in inspect.signature(bare.__init__).parameters}

    assert ({"base_url"} if driver.client.startswith("httpx") else set()) == taken
