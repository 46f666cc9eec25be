"""S3, S6, S8, W1, W3 to W5 where the bytes take another way: TLS, a plain HTTP proxy, a tunnel through one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

import basestream
from basestream import SizedStream
from basestream.testing import RecordingServer
from drivers import Caller, Driver
from support import anonymous
from wire.tunnel import Tunnel

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # urllib3's: just that is meant

BIG = 300_000  # more than one block, so that a connection is open when the end is noticed
BLOCK = bytes(range(250)) * 200
DATA = BLOCK * 6


@contextmanager
def requests_session(
    driver: Driver, base: str, proxy: str | None, tls: dict[str, Any]
) -> Generator[Caller, None, None]:
    native: Any = driver.native

    class Adapter(native.adapters.HTTPAdapter):  # type: ignore[misc]  # found at run time
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            parent: Any = super()
            parent.init_poolmanager(*args, **kwargs, **tls)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            parent: Any = super()
            return parent.proxy_manager_for(*args, **kwargs, **tls)

    with driver.session(base) as api:
        if tls:
            api.session.mount("https://", Adapter())
            api.session.verify = False
        if proxy:
            api.session.proxies = {"http": proxy, "https": proxy}
        yield api


@contextmanager
def session(
    driver: Driver, base: str, proxy: str | None = None, *, tls: bool = False
) -> Generator[Caller, None, None]:
    """Open a session that goes through a proxy, trusts an anonymous server, or both; each in its client's words."""
    context = anonymous(server=False)
    pool: dict[str, Any] = {"ssl_context": context, "assert_hostname": False} if tls else {}
    opened: AbstractContextManager[Caller]
    if driver.client == "requests":
        opened = requests_session(driver, base, proxy, pool)
    elif driver.client == "urllib3" and proxy:
        opened = driver.session(base, driver.native.ProxyManager(proxy, **pool))
    elif driver.client == "urllib3":
        opened = driver.session(base, **pool)
    else:
        opened = driver.session(base, proxy=proxy, verify=context)
    with opened as api:
        yield api


@dataclass(frozen=True)
class Way:
    """A way to a server, and the server at its end."""

    name: str
    api: Caller
    server: RecordingServer
    tunnel: Tunnel | None = None


@pytest.fixture(params=["tls", "proxy", "tunnel"])
def way(request: pytest.FixtureRequest, driver: Driver) -> Iterator[Way]:
    tls: bool = request.param != "proxy"
    with ExitStack() as stack:
        server = stack.enter_context(RecordingServer(tls=anonymous(server=True) if tls else None))
        if request.param == "tls":
            api = stack.enter_context(session(driver, server.url + "/v1", tls=True))
            yield Way("tls", api, server)
        elif request.param == "proxy":
            api = stack.enter_context(session(driver, "http://other.invalid/v1", server.url))
            yield Way("proxy", api, server)
        else:
            tunnel = stack.enter_context(Tunnel((server.host, server.port)))
            api = stack.enter_context(session(driver, "https://other.invalid/v1", tunnel.url, tls=True))
            yield Way("tunnel", api, server, tunnel)


def target(way: Way, path: str) -> str:
    """The target that the server is to see: a plain proxy is told the whole URL."""
    return "http://other.invalid" + path if way.name == "proxy" else path


def failing(error: Callable[[], BaseException]) -> Iterator[bytes]:
    yield from [BLOCK] * 4
    raise error()  # made here: one that its own frame refers to keeps urllib3's connections alive


def test_a_body_arrives_whole_and_sized(way: Way) -> None:
    """S2, W1: one Content-Length, never chunked, and the very bytes, on one connection for all."""
    for source in (DATA, [BLOCK] * 6, iter([BLOCK] * 6)):
        assert 200 == way.api.put("blob", SizedStream(BIG, source)).status

    assert [target(way, "/v1/blob")] * 3 == [exchange.target for exchange in way.server.exchanges]
    assert [[str(BIG)]] * 3 == [exchange.header("content-length") for exchange in way.server.exchanges]
    assert ["content-length"] * 3 == [exchange.framing for exchange in way.server.exchanges]
    assert [DATA] * 3 == [exchange.body for exchange in way.server.exchanges]
    assert 1 == len(way.server.connections)
    assert way.tunnel is None or [b"CONNECT other.invalid:443"] == way.tunnel.asked


WRONG = [
    pytest.param(lambda: [*[BLOCK] * 6, b"y"], basestream.BodyTooLong, id="long-own-chunk"),
    pytest.param(lambda: [*[BLOCK] * 5, BLOCK + b"y"], basestream.BodyTooLong, id="long-crossing"),
    pytest.param(lambda: [*[BLOCK] * 5, BLOCK[1:]], basestream.BodyTooShort, id="short"),
    pytest.param(lambda: failing(OSError), basestream.BodySourceError, id="OSError"),
    pytest.param(lambda: failing(BrokenPipeError), basestream.BodySourceError, id="BrokenPipeError"),
]


@pytest.mark.parametrize(("source", "error"), WRONG)
def test_a_wrong_body_never_completes(way: Way, source: Callable[[], Any], error: type[Exception]) -> None:
    """S3, S9, W3: the error reaches the caller once, and the next request is right, on another connection."""
    with pytest.raises(error):
        way.api.put("wrong", SizedStream(BIG, source()))
    assert 200 == way.api.get("after").status

    way.server.wait_for(lambda: any(connection.ended != "open" for connection in way.server.connections))
    complete = [exchange for exchange in way.server.exchanges if exchange.complete]
    assert [target(way, "/v1/after")] == [exchange.target for exchange in complete]
    assert all(exchange.size < BIG for exchange in way.server.exchanges)
    assert 2 == len(way.server.connections)  # one each, and nothing was sent again


def test_a_replayable_body_is_sent_again_whole(way: Way) -> None:
    """S8: the second attempt is byte-identical."""
    way.api.put("/redirect/307?to=/v1/landed", SizedStream(BIG, lambda: [BLOCK] * 6))

    assert target(way, "/v1/landed") == way.server.exchanges[1].target
    assert [DATA, DATA] == [exchange.body for exchange in way.server.exchanges]
    assert ["content-length"] * 2 == [exchange.framing for exchange in way.server.exchanges]


def test_a_one_shot_body_says_why_it_is_not_sent_again(way: Way) -> None:
    """S6: never an empty body: an error, and no second request."""
    with pytest.raises(basestream.BodyConsumed, match="redirect"):
        way.api.put("/redirect/307?to=/v1/landed", SizedStream(BIG, iter([BLOCK] * 6)))

    assert 1 == len(way.server.exchanges)


def test_an_early_answer_is_given_to_the_caller(way: Way) -> None:
    """W5: a 413 before the body was read is the response."""
    assert 413 == way.api.put("/early/413", SizedStream(BIG, lambda: [BLOCK] * 6)).status


def test_how_a_body_that_is_cut_short_ends(way: Way, driver: Driver) -> None:
    """W4: in a reset through a plain proxy, unless its manager is the user's own; under TLS in a plain close."""
    with pytest.raises(basestream.BodyTooShort):
        way.api.put("x", SizedStream(BIG, [BLOCK] * 5))

    way.server.wait_closed()
    loud = way.name == "proxy" and driver.client != "urllib3"
    assert ["reset" if loud else "fin"] == [connection.ended for connection in way.server.connections]
    assert way.tunnel is None or ["fin"] == way.tunnel.ended
