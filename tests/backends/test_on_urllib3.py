"""What the session around urllib3 alone does: managers, merged headers, fields, redirects of its own."""

from __future__ import annotations

from typing import Any

import pytest

from basestream import BodyTooLong, BodyTooShort, FramingError, SizedStream
from basestream.testing import RecordingServer
from support import under_test

if not under_test("urllib3"):
    pytest.skip("urllib3 is not under test", allow_module_level=True)

import urllib3
from urllib3.connection import HTTPConnection

from basestream_urllib3 import BaseUrlSession


def test_any_manager_will_do(server: RecordingServer) -> None:
    """U22: a subclass is used as it is, and its headers come first."""
    calls: list[str] = []

    class Manager(urllib3.PoolManager):
        def urlopen(self, method: str, url: str, redirect: bool = True, **kw: Any) -> Any:  # type: ignore[override]  # as PoolManager does
            calls.append(url)
            return super().urlopen(method, url, redirect, **kw)

    with BaseUrlSession(
        server.url, Manager(headers={"X-A": "manager", "X-B": "manager"}), headers={"X-B": "session"}
    ) as s:
        s.get("x", headers={"X-C": "call"})

    [exchange] = server.exchanges
    assert [server.url + "/x"] == calls
    assert ["manager", "session", "call"] == [exchange.header(name)[0] for name in ("x-a", "x-b", "x-c")]


def test_a_manager_and_arguments_for_another_exclude_each_other() -> None:
    """U22: arguments for a manager that is not made would be lost."""
    with pytest.raises(TypeError, match="retries, timeout"):
        BaseUrlSession("https://api.invalid", urllib3.PoolManager(), retries=1, timeout=2)


def test_a_proxy_gets_the_absolute_url_without_the_password(server: RecordingServer) -> None:
    """U22: through a ``ProxyManager``, and with userinfo in the base, which must not reach the proxy's log."""
    with BaseUrlSession("http://me:secret@api.invalid/v1", urllib3.ProxyManager(server.url)) as session:
        session.get("users")

    [exchange] = server.exchanges
    assert "http://api.invalid/v1/users" == exchange.target
    assert ["Basic bWU6c2VjcmV0"] == exchange.header("authorization")


def test_the_manager_takes_its_arguments(server: RecordingServer) -> None:
    """U22: ``pool_kw`` reach the manager: its retries limit redirects as they do without us."""
    with BaseUrlSession(server.url, retries=urllib3.Retry(redirect=0)) as session:
        with pytest.raises(urllib3.exceptions.MaxRetryError):
            session.get("/redirect/302?to=/x")
        assert 302 == session.get("/redirect/302?to=/x", redirect=False).status
        assert 302 == session.get("/redirect/302?to=/x", retries=False).status
        assert 200 == session.get("/redirect/302?to=/x", retries=1).status


def test_a_retry_policy_replays(server: RecordingServer) -> None:
    """S8: a body is sent again, whole, when the policy says so."""
    retries = urllib3.Retry(total=3, status_forcelist=[503], allowed_methods=None)
    with BaseUrlSession(server.url) as session:
        response = session.put("/flaky/503?times=2&key=a", body=SizedStream(5, [b"hello"]), retries=retries)

    assert 200 == response.status
    assert [b"hello"] * 3 == [exchange.body for exchange in server.exchanges]


def test_json_and_forms(server: RecordingServer) -> None:
    """U22: ``json=`` and ``fields=`` mean what they mean to urllib3."""
    with BaseUrlSession(server.url) as session:
        session.post("a", json={"ü": 1})
        session.post("b", json={}, headers={"Content-Type": "application/vnd.api+json"})
        session.post("c", fields={"a": "1 2"}, encode_multipart=False)
        session.post("d", fields={"a": "1"}, multipart_boundary="xyz")
        session.request("delete", "e?q=1", fields={"a": "1"})
        session.put("f", fields={})

    a, b, c, d, e, f = server.exchanges
    assert ('{"ü":1}'.encode(), ["application/json"]) == (a.body, a.header("content-type"))
    assert (b"{}", ["application/vnd.api+json"]) == (b.body, b.header("content-type"))
    assert (b"a=1+2", ["application/x-www-form-urlencoded"]) == (c.body, c.header("content-type"))
    assert ["multipart/form-data; boundary=xyz"] == d.header("content-type")
    assert d.body.startswith(b"--xyz\r\n")
    assert ("DELETE", "/e?q=1&a=1") == (e.method, e.target)
    assert b"" == f.body


@pytest.mark.parametrize(
    "arguments",
    [{"body": b"x", "json": {}}, {"body": b"x", "fields": {"a": "1"}}, {"json": 1, "fields": {"a": "1"}}],
)
def test_two_bodies_are_one_too_many(server: RecordingServer, arguments: dict[str, Any]) -> None:
    """U22: which of them was meant is not guessed."""
    with BaseUrlSession(server.url) as session, pytest.raises(TypeError, match="would both be the body"):
        session.post("x", **arguments)

    assert [] == server.connections


def test_urlopen_joins_too(server: RecordingServer) -> None:
    """U20: the lower entry point."""
    with BaseUrlSession(server.url + "/v1") as session:
        session.urlopen("PUT", "x", SizedStream(5, b"hello"), {"X-A": "1"})

    [exchange] = server.exchanges
    assert ("/v1/x", b"hello", ["1"]) == (exchange.target, exchange.body, exchange.header("x-a"))


def test_chunked_contradicts_a_sized_body(server: RecordingServer) -> None:
    """W1: urllib3's ``chunked=True`` would frame the body otherwise."""
    with BaseUrlSession(server.url) as session, pytest.raises(FramingError):
        session.put("x", body=SizedStream(5, b"hello"), chunked=True)

    assert [] == server.connections


def test_a_response_can_be_streamed(server: RecordingServer) -> None:
    """U22: ``preload_content=False`` and ``timeout=`` reach the manager."""
    with BaseUrlSession(server.url) as session:
        response = session.get("/status/200?body=hello", preload_content=False, timeout=5.0)
        assert b"hello" == response.read()
        response.release_conn()


def test_a_relative_location_and_a_303(server: RecordingServer) -> None:
    """U22: redirects are followed as urllib3 follows them: 303 becomes GET and loses what describes the body."""
    with BaseUrlSession(server.url + "/v1") as session:
        session.post("/redirect/303?to=../landed", body=b"x", headers={"Content-Type": "a/b", "X-Kept": "1"})

    landed = server.exchanges[1]
    assert ("GET", "/landed", [], ["1"]) == (
        landed.method,
        landed.target,
        landed.header("content-type"),
        landed.header("x-kept"),
    )


def test_too_many_redirects_may_be_an_answer(server: RecordingServer) -> None:
    """U22: ``raise_on_redirect=False`` gives the last response, as with the manager."""
    retries = urllib3.Retry(redirect=1, raise_on_redirect=False)
    with BaseUrlSession(server.url) as session:
        assert 302 == session.get("/redirect/302?to=/redirect/302%3Fto=/x", retries=retries).status


def test_auth_is_not_sent_over_the_calls_own(server: RecordingServer) -> None:
    """P2: the call's Authorization wins over the session's."""
    with BaseUrlSession(server.url, auth=("me", "secret")) as session:
        session.get("x", headers={"Authorization": "mine"})
        session.get(server.url.replace("://", "://you@") + "/x", headers={"Authorization": "mine"})

    assert [["mine"], ["mine"]] == [exchange.header("authorization") for exchange in server.exchanges]


def test_a_session_is_usable_after_clear(server: RecordingServer) -> None:
    """U22: ``clear`` closes connections, not the session."""
    with BaseUrlSession(server.url) as session:
        session.get("x")
        session.clear()
        session.get("x")

    assert 2 == len(server.connections)


def test_a_body_that_its_manager_holds_on_to_is_closed() -> None:
    """S10: what a pass has opened is closed when the exchange is over, whoever still holds the iterator."""
    held: list[Any] = []
    closed: list[bool] = []

    class Source:
        def __iter__(self) -> Any:
            return iter([b"x" * 100_000] * 2)

        def close(self) -> None:
            closed.append(True)

    class Manager(urllib3.PoolManager):
        def urlopen(self, method: str, url: str, redirect: bool = True, **kw: Any) -> Any:  # type: ignore[override]  # as PoolManager does
            held.append(iter(kw["body"]))
            next(held[0])
            return urllib3.HTTPResponse(status=413)

    with BaseUrlSession("https://api.invalid", Manager()) as session:
        session.put("x", body=SizedStream(200_000, Source))

    assert [True] == closed


def test_a_wrong_body_at_the_second_hop(server: RecordingServer) -> None:
    """S3: a source that grows between two attempts is caught at the second."""
    data = [[b"hello"], [b"hello", b"!"]]
    with BaseUrlSession(server.url) as session, pytest.raises(BodyTooLong):
        session.put("/redirect/307?to=/x", body=SizedStream(5, lambda: data.pop(0)))

    assert 1 == len(server.exchanges)


def test_a_manager_of_the_user_s_decides_itself(server: RecordingServer) -> None:
    """W4: it is left as it is, and the abort is a plain close; ours resets."""
    for manager in (None, urllib3.PoolManager()):
        with BaseUrlSession(server.url, manager) as session, pytest.raises(BodyTooShort):
            session.put("x", body=SizedStream(300_000, [b"x" * 200_000]))

    server.wait_closed()
    assert ["reset", "fin"] == [connection.ended for connection in server.connections]
    assert urllib3.PoolManager().pool_classes_by_scheme is urllib3.poolmanager.pool_classes_by_scheme


def test_a_recorder_s_connections_are_used(server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """W4: vcrpy puts its class in the place of urllib3's; ours must not hide it."""
    made: list[Any] = []

    class Recording(HTTPConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            made.append(self)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "ConnectionCls", Recording)
    with BaseUrlSession(server.url) as session:
        session.get("x")

    assert 1 == len(made)


@pytest.mark.parametrize(
    "options", [{"retries": 3}, {"retries": urllib3.Retry(3)}, {}], ids=["int", "Retry", "none"]
)
def test_a_number_of_retries_still_allows_redirects(server: RecordingServer, options: dict[str, Any]) -> None:
    """U22: urllib3 would make a number a policy without redirects, because each hop is a request of its own."""
    with BaseUrlSession(server.url, **options) as session:
        assert 200 == session.get("/redirect/302?to=/redirect/302?to=/x").status

    assert "/x" == server.exchanges[-1].target
