"""The examples of the text that asked for this library, each on every backend, against a server on loopback."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basestream import BodyTooShort, SizedStream, StreamingIterator, user_agent
from basestream.testing import RecordingServer
from drivers import Caller, Driver

LINES = 5_000


def lines() -> Iterator[str]:
    for number in range(LINES):
        yield f"line {number}\n"


LINES_SIZE = sum(len(line) for line in lines())
LINES_SHA = hashlib.sha256("".join(lines()).encode()).hexdigest()


@pytest.fixture
def api(driver: Driver, server: RecordingServer) -> Iterator[Caller]:
    with driver.session(server.url + "/v1/") as api:
        yield api


@pytest.fixture
def target(server: RecordingServer) -> Any:
    return lambda: [(exchange.method, exchange.target) for exchange in server.exchanges]


def test_a_requests_under_the_base(api: Caller, server: RecordingServer, target: Any) -> None:
    """Collections, members and a JSON post all land under the base."""
    api.get("users/")
    api.get("users/123")
    api.request("POST", "users", json={"name": "Ada"})

    assert [("GET", "/v1/users/"), ("GET", "/v1/users/123"), ("POST", "/v1/users")] == target()
    assert {"name": "Ada"} == json.loads(server.exchanges[-1].body)
    assert ["application/json"] == server.exchanges[-1].header("content-type")


@pytest.mark.parametrize("base", ["/v1", "/v1/"], ids=["without slash", "with slash"])
def test_b_a_final_slash_of_the_base_means_nothing(
    driver: Driver, server: RecordingServer, base: str
) -> None:
    """The base with and without its slash gives the same target."""
    with driver.session(server.url + base) as api:
        api.get("users")

    assert ["/v1/users"] == [exchange.target for exchange in server.exchanges]


def test_c_a_leading_slash_is_the_root_of_the_origin(api: Caller, target: Any) -> None:
    """``/health`` leaves the path of the base."""
    api.get("/health")

    assert [("GET", "/health")] == target()


def test_d_an_absolute_url_leads_to_another_server(
    api: Caller, server: RecordingServer, stranger: RecordingServer
) -> None:
    """An absolute URL is used as it is."""
    assert 200 == api.get(stranger.url + "/elsewhere").status

    assert ["/elsewhere"] == [exchange.target for exchange in stranger.exchanges]
    assert [] == server.exchanges


def test_e_create_url_can_be_overridden(
    driver: Driver, server: RecordingServer, stranger: RecordingServer
) -> None:
    """A subclass adds a version to relative URLs only."""

    base: Any = driver.session_class

    class Versioned(base):  # type: ignore[misc]  # the class is chosen at run time
        def create_url(self, url: str) -> str:
            joined: str = base.create_url(self, url)
            return joined if url.startswith("http") else joined + "?version=2"

    with driver.session(server.url + "/v1", cls=Versioned) as api:
        api.get("users")
        api.get(stranger.url + "/users")

    assert ["/v1/users?version=2"] == [exchange.target for exchange in server.exchanges]
    assert ["/users"] == [exchange.target for exchange in stranger.exchanges]


def test_f_a_file_streamed_by_a_generator(api: Caller, server: RecordingServer, tmp_path: Path) -> None:
    """The size comes from the file system, the bytes from a generator; the server sees both agree."""
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(300_000))

    def chunks() -> Iterator[bytes]:
        with path.open("rb") as file:
            while chunk := file.read(8192):
                yield chunk

    api.put("upload", StreamingIterator(os.path.getsize(path), chunks()))

    [exchange] = server.exchanges
    assert ("content-length", path.read_bytes()) == (exchange.framing, exchange.body)


def test_g_generated_lines_with_the_header_given_by_hand(api: Caller, server: RecordingServer) -> None:
    """A Content-Length that says the same does no harm and stays the only one."""
    api.request(
        "POST",
        "lines",
        body=StreamingIterator(LINES_SIZE, lines()),
        headers={"Content-Length": str(LINES_SIZE), "Content-Type": "text/plain"},
    )

    [exchange] = server.exchanges
    assert [str(LINES_SIZE)] == exchange.header("content-length")
    assert ("content-length", LINES_SHA) == (exchange.framing, exchange.sha256)


def test_h_a_generator_that_reports_progress(api: Caller, server: RecordingServer) -> None:
    """The generator sees its own progress, the callback what the client has taken; both end at the size."""
    generated: list[int] = []
    taken: list[tuple[int, int]] = []

    def reporting() -> Iterator[bytes]:
        done = 0
        for line in lines():
            done += len(line)
            generated.append(done)
            yield line.encode()

    api.put(
        "progress",
        StreamingIterator(LINES_SIZE, reporting(), on_progress=lambda sent, size: taken.append((sent, size))),
    )

    assert LINES_SIZE == generated[-1]
    assert ((0, LINES_SIZE), (LINES_SIZE, LINES_SIZE)) == (taken[0], taken[-1])
    assert LINES_SHA == server.exchanges[0].sha256


def test_i_a_digest_taken_on_the_way(api: Caller, server: RecordingServer) -> None:
    """What was hashed while streaming is what the server received."""
    digest = hashlib.sha256()

    def hashing() -> Iterator[bytes]:
        for line in lines():
            digest.update(line.encode())
            yield line.encode()

    api.put("hashed", StreamingIterator(LINES_SIZE, hashing()))

    assert digest.hexdigest() == server.exchanges[0].sha256


class Unauthorized(Exception):
    """401."""


class Throttled(Exception):
    """429."""


class Broken(Exception):
    """5xx."""


def _client_class(driver: Driver) -> Any:
    """The text's ``APIClient``: headers and auth in ``__init__``, errors translated in ``request``."""

    def translated(response: Any) -> Any:
        status = driver.reply(response).status if driver.client == "urllib3" else response.status_code
        if error := {401: Unauthorized, 429: Throttled}.get(status) or (Broken if status >= 500 else None):
            raise error(status)
        return response

    base: Any = driver.session_class

    class Shared(base):  # type: ignore[misc]  # the class is chosen at run time
        def __init__(self, base_url: str, token: str, **kwargs: Any) -> None:
            base.__init__(self, base_url, **kwargs)
            self.headers.update({"User-Agent": user_agent("api-client", "1.0"), "X-Token": token})
            self.auth = driver.guess_auth("me", token)

    class Sync(Shared):
        def request(self, method: str, url: Any, **kwargs: Any) -> Any:
            return translated(base.request(self, method, url, **kwargs))

    class Async(Shared):
        async def request(self, method: str, url: Any, **kwargs: Any) -> Any:
            return translated(await base.request(self, method, url, **kwargs))

    return Async if driver.asynchronous else Sync


def test_j_a_client_with_headers_auth_and_errors_of_its_own(driver: Driver, server: RecordingServer) -> None:
    """A1: a subclass of the session is an API client; its auth guesses what the server wants."""
    with driver.session(server.url + "/v1", "secret", cls=_client_class(driver)) as api:
        assert 200 == api.get("users").status
        assert 200 == api.put("digest?user=me&password=secret", SizedStream(LINES_SIZE, lines)).status
        for status, error in ((401, Unauthorized), (429, Throttled), (500, Broken), (503, Broken)):
            with pytest.raises(error):
                api.get(f"/status/{status}")

    exchange, refused, accepted = server.exchanges[:3]
    assert "/v1/users" == exchange.target
    assert ["secret"] == exchange.header("x-token")
    assert [] == exchange.header("authorization")
    assert (401, 200, LINES_SHA) == (refused.status, accepted.status, accepted.sha256)
    assert exchange.header("user-agent")[0].startswith("api-client/1.0 ")


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_k_a_client_that_chooses_its_environment(
    driver: Driver, server: RecordingServer, stranger: RecordingServer, environment: str
) -> None:
    """One class, several bases."""
    places = {"production": server, "staging": stranger}
    bases = {"production": server.url + "/v1", "staging": stranger.url + "/v1-next/"}

    base: Any = driver.session_class

    class Environments(base):  # type: ignore[misc]  # the class is chosen at run time
        def __init__(self, environment: str, **kwargs: Any) -> None:
            base.__init__(self, bases[environment], **kwargs)

    with driver.session(environment, cls=Environments) as api:
        api.get("users")

    seen = {name: [exchange.target for exchange in at.exchanges] for name, at in places.items()}
    wanted = {"production": ["/v1/users"], "staging": ["/v1-next/users"]}[environment]
    assert {name: wanted if name == environment else [] for name in places} == seen


def _bare_put(driver: Driver, url: str, body: SizedStream) -> int:
    """Send with the client alone, with the headers named."""
    native = driver.native
    if driver.asynchronous:

        async def put() -> int:
            async with native.AsyncClient() as client:
                response = await client.put(url, content=body.aio(), headers=body.headers)
                return int(response.status_code)

        import asyncio

        return asyncio.run(put())
    if driver.client == "urllib3":
        with native.PoolManager() as manager:
            return int(manager.request("PUT", url, body=body, headers=body.headers).status)
    keyword = driver.module.BODY_KEYWORD
    return int(native.put(url, headers=body.headers, **{keyword: body}).status_code)


@pytest.mark.parametrize("kind", [SizedStream, StreamingIterator])
def test_l_bare_clients_send_the_stream_too(
    driver: Driver, server: RecordingServer, kind: type[SizedStream]
) -> None:
    """Without a session, with Content-Length named: sized and whole (W2)."""
    assert 200 == _bare_put(driver, server.url + "/bare", kind(LINES_SIZE, lines))

    [exchange] = server.exchanges
    assert [str(LINES_SIZE)] == exchange.header("content-length")
    assert ("content-length", LINES_SHA) == (exchange.framing, exchange.sha256)


def test_l_bare_requests_and_httpx_need_no_header(driver: Driver, server: RecordingServer) -> None:
    """requests and httpx ask the stream for its size themselves (W2)."""
    if driver.asynchronous or driver.client == "urllib3":
        pytest.skip("this client cannot be told by the body alone; the docs say so")
    keyword = driver.module.BODY_KEYWORD
    driver.native.put(server.url + "/bare", **{keyword: SizedStream(LINES_SIZE, lines())})

    [exchange] = server.exchanges
    assert ("content-length", LINES_SHA) == (exchange.framing, exchange.sha256)


def test_l_a_short_body_does_not_complete_on_a_bare_client(driver: Driver, server: RecordingServer) -> None:
    """Without a session too, the last block is withheld and the error says what happened (S3, W2)."""
    with pytest.raises(BodyTooShort):
        _bare_put(driver, server.url + "/bare", SizedStream(LINES_SIZE + 1, lines()))

    server.wait_idle()
    assert [] == [exchange for exchange in server.exchanges if exchange.complete]
