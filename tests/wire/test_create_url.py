"""U20 and U21: the hook is called exactly once for each request, and the habits of sessions keep working."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import basestream
from basestream import SizedStream
from basestream.testing import RecordingServer
from drivers import Caller, Driver


def counting(driver: Driver, **attributes: Any) -> Any:
    """Derive a session whose hook is not idempotent, and which keeps what it was called with."""

    def create_url(self: Any, url: str) -> str:
        self.__dict__.setdefault("calls", []).append(url)
        return f"{base.create_url(self, url)}/once"

    base: Any = driver.session_class
    return type("Counting", (base,), {"create_url": create_url, **attributes})


@pytest.fixture
def api(driver: Driver, server: RecordingServer) -> Iterator[Caller]:
    with driver.session(server.url + "/v1", cls=counting(driver)) as api:
        yield api


def seen(api: Caller, server: RecordingServer) -> tuple[list[str], list[str]]:
    return api.session.__dict__.get("calls", []), [exchange.target for exchange in server.exchanges]


def test_verbs_and_request_join_once(api: Caller, server: RecordingServer) -> None:
    """U20: every verb and ``request`` call the hook once."""
    for verb in ("get", "options", "head", "post", "put", "patch", "delete"):
        api.run(getattr(api.session, verb)(verb))
    api.get("request")

    names = ["get", "options", "head", "post", "put", "patch", "delete", "request"]
    assert (names, [f"/v1/{name}/once" for name in names]) == seen(api, server)


def test_the_url_by_keyword_joins_once(api: Caller, server: RecordingServer) -> None:
    """U20: ``request(method=..., url=...)`` is the same call."""
    api.run(api.session.request(method="GET", url="users"))

    assert (["users"], ["/v1/users/once"]) == seen(api, server)


def test_the_hook_gets_plain_text(api: Caller, driver: Driver) -> None:
    """U14, U20: bytes and ``str`` subclasses reach the hook as an exact ``str``."""

    class Text(str):
        __slots__ = ()

    api.get(b"users")
    api.get(Text("users"))

    assert [str, str] == [type(url) for url in api.session.calls]


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_not_joined(
    api: Caller, server: RecordingServer, stranger: RecordingServer, status: int
) -> None:
    """U20: where a redirect leads is the server's word, to the same host and to another."""
    calls: list[str] = []

    def create_url(url: str) -> str:
        calls.append(url)
        return server.url + url

    api.session.create_url = create_url
    api.get(f"/redirect/{status}?to=/landed")
    api.get(f"/redirect/{status}?to={stranger.url}/landed")

    assert 2 == len(calls)
    assert "/landed" == server.exchanges[1].target
    assert ["/landed"] == [exchange.target for exchange in stranger.exchanges]


def test_a_request_from_inside_a_body_joins_for_itself(
    driver: Driver, api: Caller, server: RecordingServer
) -> None:
    """U20: a nested call on the same session does not disturb the outer one."""
    if driver.asynchronous:
        pytest.skip("a sync source cannot wait for a nested async request")

    def chunks() -> Iterator[bytes]:
        yield b"x" * 70_000
        api.get("inner")
        yield b"y"

    api.put("outer", SizedStream(70_001, chunks()))

    calls, targets = seen(api, server)
    assert ["outer", "inner"] == calls
    assert {"/v1/outer/once", "/v1/inner/once"} == set(targets)


def test_many_threads_share_a_session(driver: Driver, api: Caller, server: RecordingServer) -> None:
    """U20: 24 threads, each request joined once."""
    if driver.asynchronous:
        pytest.skip("an async session belongs to one loop")
    threads = [threading.Thread(target=api.get, args=(f"t{number}",)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    calls, targets = seen(api, server)
    assert sorted(f"t{number}" for number in range(24)) == sorted(calls)
    assert sorted(f"/v1/t{number}/once" for number in range(24)) == sorted(targets)


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


# --- habits -------------------------------------------------------------------------------------------------


def test_a_base_as_an_attribute_of_the_class(driver: Driver, server: RecordingServer) -> None:
    """U21: a subclass names its base; None and ``""`` as an argument leave it alone."""
    cls = type("Named", (driver.session_class,), {"base_url": server.url + "/v1"})
    for arguments in ((), (None,), ("",)):
        with driver.session(*arguments, cls=cls) as api:
            api.get("users")

    assert ["/v1/users"] * 3 == [exchange.target for exchange in server.exchanges]


def test_an_argument_wins_over_the_class(driver: Driver, server: RecordingServer) -> None:
    """U21: the base given is the base."""
    cls = type("Named", (driver.session_class,), {"base_url": "https://api.invalid"})
    with driver.session(server.url + "/v2", cls=cls) as api:
        api.get("users")

    assert ["/v2/users"] == [exchange.target for exchange in server.exchanges]


def test_a_base_set_before_init(driver: Driver, server: RecordingServer) -> None:
    """U21: some set ``base_url`` and call ``super().__init__()`` then."""

    def __init__(self: Any, **kwargs: Any) -> None:
        self.base_url = server.url + "/early"
        base.__init__(self, **kwargs)

    base: Any = driver.session_class
    cls = type("Early", (base,), {"__init__": __init__})
    with driver.session(cls=cls) as api:
        api.get("users")

    assert ["/early/users"] == [exchange.target for exchange in server.exchanges]


def test_a_base_assigned_later_is_checked_then(driver: Driver, server: RecordingServer) -> None:
    """U17, U21: assignment takes effect at the next request, and a wrong base is refused at once."""
    with driver.session("https://api.invalid") as api:
        api.session.base_url = server.url + "/later"
        with pytest.raises(basestream.InvalidURL, match="no query"):
            api.session.base_url = server.url + "?q=1"
        api.get("users")
        api.session.base_url = None
        with pytest.raises(basestream.MissingBaseURL):
            api.get("users")

    assert ["/later/users"] == [exchange.target for exchange in server.exchanges]


def test_a_wrong_base_of_a_class_is_refused_when_a_session_is_made(driver: Driver) -> None:
    """U17, U21: the class attribute is checked in ``__init__``."""
    cls = type("Wrong", (driver.session_class,), {"base_url": "api.invalid/v1"})

    with pytest.raises(basestream.InvalidURL, match="scheme and host"):
        cls()


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


def test_headers_replaced_by_a_plain_dict(driver: Driver, server: RecordingServer) -> None:
    """U21: ``session.headers = {...}`` is common in requests code, and works everywhere."""
    with driver.session(server.url) as api:
        api.session.headers = {"X-One": "1"}
        api.get("a")
        api.get("b", headers={"X-Two": "2"})

    assert [["1"], ["1"]] == [exchange.header("x-one") for exchange in server.exchanges]
    assert ["2"] == server.exchanges[1].header("x-two")


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
