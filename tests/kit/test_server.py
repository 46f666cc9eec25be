"""The recording server, observed in turn by plain sockets and ``http.client``: no client under test here."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import select
import socket
import ssl
import struct
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlencode

import pytest

import basestream.testing
from basestream.testing import (
    Connection,
    Exchange,
    RecordingServer,
    _challenges,
    _parsing,
    _plans,
    _wire,
)
from support import anonymous

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import ReadableBuffer

HOST = b"Host: kit\r\n"
CRLF = b"\r\n"
MIB = 1024 * 1024


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as server:
        yield server


def connect(server: RecordingServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), 5)


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def until_end(client: socket.socket) -> bytes:
    received = bytearray()
    while block := client.recv(65536):
        received += block
    return bytes(received)


def until_end_or_reset(client: socket.socket) -> tuple[bytes, bool]:
    received = bytearray()
    try:
        # Older CPythons take a reset under TLS for an end of file (gh-115627): the bare socket tells first.
        while socket.socket.recv(client, 1, socket.MSG_PEEK) and (block := client.recv(65536)):
            received += block
    except ConnectionResetError:
        return bytes(received), True
    return bytes(received), False


def ask(server: RecordingServer, raw: bytes) -> bytes:
    """Send the bytes and a FIN, and give all that comes back."""
    with connect(server) as client:
        client.sendall(raw)
        client.shutdown(socket.SHUT_WR)
        return until_end(client)


def statuses(raw: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d\d\d) ", raw)]


def request(
    server: RecordingServer,
    target: str,
    *,
    method: str = "PUT",
    body: ReadableBuffer = b"hello",
    headers: dict[str, str] | None = None,
) -> tuple[HTTPResponse, bytes]:
    with closing(HTTPConnection(server.host, server.port, timeout=5)) as client:
        client.request(method, target, body, headers or {})
        response = client.getresponse()
        return response, response.read()


# The records


def test_the_door() -> None:
    """The package exports its public names, sorted."""
    assert basestream.testing.__all__ == sorted(basestream.testing.__all__)
    assert all(hasattr(basestream.testing, name) for name in basestream.testing.__all__)


def test_an_exchange_holds_what_was_on_the_wire(server: RecordingServer) -> None:
    """Order, case and repetition of the fields are kept, and values lose only the space around them."""
    head = (
        b"pUt /x?a=%2f HTTP/1.1\r\nhOST: kit\r\nX-A: 1\r\nx-a:\t 2 3 \r\nContent-Length: 5\r\nEmpty:\r\n\r\n"
    )

    assert statuses(ask(server, head + b"hello")) == [200]

    assert [
        Exchange(
            method="pUt",
            target="/x?a=%2f",
            version="HTTP/1.1",
            headers=[("hOST", "kit"), ("X-A", "1"), ("x-a", "2 3"), ("Content-Length", "5"), ("Empty", "")],
            framing="content-length",
            body=b"hello",
            size=5,
            sha256=hashlib.sha256(b"hello").hexdigest(),
            complete=True,
            connection=0,
            status=200,
            error=None,
        )
    ] == server.exchanges
    assert server.exchanges[0].header("X-a") == ["1", "2 3"]
    server.wait_closed()
    assert [
        Connection(
            index=0,
            received=head + b"hello",
            size=len(head) + 5,
            exchanges=server.exchanges,
            ended="fin",
            error=None,
        )
    ] == server.connections


def test_bytes_above_ascii_are_recorded(server: RecordingServer) -> None:
    """A target and a field with raw UTF-8 are shown as latin-1, not refused: the observer must see them."""
    ask(server, "GET /ü HTTP/1.1\r\nHost: kit\r\nX: ä\r\n\r\n".encode())

    [exchange] = server.exchanges
    assert ("/ü".encode(), "ä".encode()) == (
        exchange.target.encode("latin-1"),
        exchange.header("x")[0].encode("latin-1"),
    )
    assert exchange.complete


def test_a_large_body_is_counted_and_hashed_not_kept() -> None:
    """Above ``record_limit`` only size and digest grow."""
    body = random.Random(1).randbytes(3 * MIB + 7)
    with RecordingServer(record_limit=1000) as server:
        request(server, "/x", body=body)

        [exchange] = server.exchanges
        assert (len(body), hashlib.sha256(body).hexdigest()) == (exchange.size, exchange.sha256)
        assert body[:1000] == exchange.body
        [connection] = server.connections
        assert len(connection.received) == 1000
        assert connection.size > len(body)


def test_records_are_copies(server: RecordingServer) -> None:
    """What was taken from the server does not change when more happens."""
    request(server, "/1")
    exchanges, connections = server.exchanges, server.connections
    request(server, "/2")

    assert [exchange.target for exchange in exchanges] == ["/1"]
    assert [connection.index for connection in connections] == [0]
    assert [exchange.target for exchange in server.exchanges] == ["/1", "/2"]


def test_clear_forgets_what_is_over(server: RecordingServer) -> None:
    """After ``clear`` ended connections are gone, live ones are empty, and numbers are not used again."""
    request(server, "/over")
    server.wait_closed()
    with closing(HTTPConnection(server.host, server.port, timeout=5)) as client:
        client.request("GET", "/before")
        client.getresponse().read()
        server.clear()

        assert [(c.index, c.received, c.exchanges) for c in server.connections] == [(1, b"", [])]

        client.request("GET", "/after")
        client.getresponse().read()
        assert [(exchange.target, exchange.connection) for exchange in server.exchanges] == [("/after", 1)]


# Framing

GOOD = [
    pytest.param(b"GET / HTTP/1.1\r\n" + HOST + CRLF, "none", b"", id="no body"),
    pytest.param(
        b"PUT / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n", "content-length", b"", id="size 0"
    ),
    pytest.param(
        b"PUT / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc", "content-length", b"abc", id="size 3"
    ),
    pytest.param(
        b"PUT / HTTP/1.1\r\n"
        + HOST
        + b'Transfer-Encoding: Chunked\r\n\r\n3;x="y"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nT: 1\r\n\r\n',
        "chunked",
        b"abc0123456789",
        id="chunked with extension and trailer",
    ),
    pytest.param(
        b"PUT / HTTP/1.1\r\n"
        + HOST
        + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        "both",
        b"a",
        id="both: chunked counts",
    ),
    pytest.param(
        b"PUT / HTTP/1.1\r\n"
        + HOST
        + b"Transfer-Encoding: chunked\r\n\r\n4e20\r\n"
        + b"x" * 20_000
        + b"\r\n0\r\n\r\n",
        "chunked",
        b"x" * 20_000,
        id="a chunk of several blocks",
    ),
    pytest.param(b"GET / HTTP/1.0\r\n\r\n", "none", b"", id="HTTP/1.0 without Host"),
    pytest.param(b"\r\n\r\nGET / HTTP/1.1\r\n" + HOST + CRLF, "none", b"", id="empty lines before it"),
]


@pytest.mark.parametrize(("raw", "framing", "body"), GOOD)
@pytest.mark.parametrize("piece", [1, 7, MIB], ids=["bytewise", "in sevens", "at once"])
def test_framing(server: RecordingServer, raw: bytes, framing: str, body: bytes, piece: int) -> None:
    """Each framing is named and undone, however the bytes are cut up."""
    with connect(server) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(raw), piece):
            client.sendall(raw[start : start + piece])
        client.shutdown(socket.SHUT_WR)
        assert statuses(until_end(client)) == [200]

    [exchange] = server.exchanges
    assert (framing, body, True, None) == (exchange.framing, exchange.body, exchange.complete, exchange.error)


LINE = b"PUT /x HTTP/1.1\r\n"
CHUNKED = LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
BAD = [
    pytest.param(b"no request\r\n", "", "no valid request line", id="no request line"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\r\n", "", "no valid request line", id="TLS to a plain port"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", "no valid request line", id="HTTP/2 preface"),
    pytest.param(b"GET / HTTP/1.1\n" + HOST + CRLF, "", "no valid request line", id="bare LF"),
    pytest.param(b"GET  / HTTP/1.1\r\n" + HOST + CRLF, "", "no valid request line", id="two spaces"),
    pytest.param(
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", "", "no valid request line", id="endless line"
    ),
    pytest.param(LINE + b"Host : kit\r\n\r\n", "PUT", "no valid header field", id="space before the colon"),
    pytest.param(LINE + HOST + b" folded\r\n\r\n", "PUT", "no valid header field", id="fold"),
    pytest.param(LINE + HOST + b"X: a\x00b\r\n\r\n", "PUT", "no valid header field", id="NUL"),
    pytest.param(LINE + HOST + b"X: a\rb\r\n\r\n", "PUT", "no valid header field", id="bare CR"),
    pytest.param(LINE + HOST + b"X: a\n\r\n", "PUT", "no valid header field", id="bare LF in the fields"),
    pytest.param(LINE + HOST + b"nothing\r\n\r\n", "PUT", "no valid header field", id="no colon"),
    pytest.param(
        LINE + b"X: 1234567890\r\n" * 5000 + CRLF, "PUT", "more than 65536 bytes", id="endless fields"
    ),
    pytest.param(LINE + CRLF, "PUT", "not exactly one Host", id="no Host"),
    pytest.param(LINE + HOST + HOST + CRLF, "PUT", "not exactly one Host", id="two Hosts"),
    pytest.param(
        LINE + HOST + b"Content-Length: +3\r\n\r\nabc", "PUT", "no valid Content-Length", id="signed"
    ),
    pytest.param(
        LINE + HOST + b"Content-Length: 3, 3\r\n\r\nabc", "PUT", "no valid Content-Length", id="listed"
    ),
    pytest.param(
        LINE + HOST + b"Content-Length: 3\r\n" * 2 + b"\r\nabc",
        "PUT",
        "no valid Content-Length",
        id="repeated",
    ),
    pytest.param(
        LINE + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "PUT", "not served", id="gzip, chunked"
    ),
    pytest.param(
        b"PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "PUT",
        "not served",
        id="chunked in 1.0",
    ),
    pytest.param(CHUNKED + b"x\r\n", "PUT", "no valid chunk size", id="chunk size no number"),
    pytest.param(CHUNKED + b"-1\r\n", "PUT", "no valid chunk size", id="chunk size signed"),
    pytest.param(CHUNKED + b"f" * 20 + b"\r\n", "PUT", "no valid chunk size", id="chunk size too large"),
    pytest.param(CHUNKED + b"2\r\nabc\r\n0\r\n\r\n", "PUT", "longer than its size", id="chunk too long"),
    pytest.param(CHUNKED + b"0\r\nno trailer\r\n\r\n", "PUT", "no valid header field", id="bad trailer"),
]


@pytest.mark.parametrize(("raw", "method", "error"), BAD)
def test_a_malformed_request_is_refused(server: RecordingServer, raw: bytes, method: str, error: str) -> None:
    """It is answered 400, recorded with the reason, and ends the connection."""
    assert statuses(ask(server, raw + b"GET /after HTTP/1.1\r\n" + HOST + CRLF)) == [400]

    [exchange] = server.exchanges
    assert (method, False, 400) == (exchange.method, exchange.complete, exchange.status)
    assert error in (exchange.error or "")
    server.wait_closed()
    assert server.connections[0].ended == "closed-by-server"


CUT = [
    pytest.param(b"G", "", id="inside the request line"),
    pytest.param(LINE + b"Host", "PUT", id="inside the fields"),
    pytest.param(LINE + HOST + b"Content-Length: 9\r\n\r\nabc", "PUT", id="inside the body"),
    pytest.param(CHUNKED + b"3\r\nabc\r\n0\r\n", "PUT", id="before the last chunk has ended"),
]


@pytest.mark.parametrize(("raw", "method"), CUT)
@pytest.mark.parametrize("how", ["fin", "reset"])
def test_a_request_that_breaks_off(server: RecordingServer, raw: bytes, method: str, how: str) -> None:
    """It is recorded as incomplete and not answered, and the record tells FIN from RST."""
    with connect(server) as client:
        client.sendall(raw)
        server.wait_for(lambda: server.connections and server.connections[0].size == len(raw))
        if how == "reset":
            reset(client)
    server.wait_closed()

    [exchange] = server.exchanges
    assert (method, False, None) == (exchange.method, exchange.complete, exchange.status)
    assert f"the connection ended inside the request: {how}" == exchange.error
    assert how == server.connections[0].ended


def test_no_noise_is_too_much(server: RecordingServer) -> None:
    """Whatever the bytes are, nothing fails inside the server (a failure would be raised at the end)."""
    dice = random.Random(7)
    seeds = [cast("bytes", row.values[0]) for row in (*GOOD, *BAD, *CUT)]
    for _ in range(300):
        raw = bytearray(dice.choice(seeds)[:2000])
        for _ in range(dice.randrange(4)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        with suppress(ConnectionError):  # the server had refused it already
            ask(server, bytes(raw) + dice.randbytes(dice.randrange(9)))
    server.wait_closed()

    assert server.failures == []


# Connections


def test_a_connection_serves_many_requests(server: RecordingServer) -> None:
    """Keep-alive is the default, and the record says which connection a request came on."""
    with closing(HTTPConnection(server.host, server.port, timeout=5)) as client:
        for _ in range(2):
            client.request("PUT", "/x", b"hello")
            client.getresponse().read()
    request(server, "/y")

    assert [exchange.connection for exchange in server.exchanges] == [0, 0, 1]
    server.wait_closed()
    assert [[e.target for e in c.exchanges] for c in server.connections] == [["/x", "/x"], ["/y"]]


PUT_AB = LINE + HOST + b"Content-Length: 2\r\n\r\nab"
SURPLUS = [
    pytest.param(b"GET /smuggled HTTP/1.1\r\n" + HOST + CRLF, [200, 200], "GET", None, id="a whole request"),
    pytest.param(b"cdef\r\n", [200, 400], "", "no valid request line: b'cdef\\r\\n'", id="a line"),
    pytest.param(b"c", [200], "", "the connection ended inside the request: fin", id="a single byte"),
    pytest.param(b"c" + PUT_AB, [200, 200], "cPUT", None, id="a byte that becomes part of the next method"),
]


@pytest.mark.parametrize(("surplus", "codes", "method", "error"), SURPLUS)
def test_surplus_shows(
    server: RecordingServer, surplus: bytes, codes: list[int], method: str, error: str | None
) -> None:
    """Bytes after a sized body are the next request, as they would be on a real server."""
    assert codes == statuses(ask(server, PUT_AB + surplus))

    first, second = server.exchanges
    assert (first.body, first.complete) == (b"ab", True)
    assert (method, error) == (second.method, second.error)


def test_surplus_is_there_before_the_answer(server: RecordingServer) -> None:
    """A test that has its answer finds a surplus recorded, if only by its first byte; and it is not idle."""
    with connect(server) as client:
        client.sendall(PUT_AB + b"c")
        assert client.recv(12) == b"HTTP/1.1 200"

        assert [exchange.method for exchange in server.exchanges] == ["PUT", ""]
        with pytest.raises(TimeoutError, match="still not so after"):
            server.wait_idle(0.05)


CLOSING = [
    pytest.param(b"GET / HTTP/1.1\r\nConnection: Keep, CLOSE\r\n" + HOST + CRLF, id="Connection: close"),
    pytest.param(b"GET / HTTP/1.0\r\n\r\n", id="HTTP/1.0"),
    pytest.param(
        b"PUT / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n" + HOST + b"\r\n0\r\n\r\n",
        id="both framings",
    ),
]


@pytest.mark.parametrize("raw", CLOSING)
def test_the_server_closes_after_the_answer(server: RecordingServer, raw: bytes) -> None:
    """Where HTTP wants no further request the answer says close, and a FIN follows."""
    with connect(server) as client:
        client.sendall(raw)
        answer = until_end(client)

    assert b"\r\nConnection: close\r\n" in answer
    assert statuses(answer) == [200]
    server.wait_closed()
    assert server.connections[0].ended == "closed-by-server"


def test_expect_continue(server: RecordingServer) -> None:
    """A client that waits for 100 before its body gets it, and not when the answer needs no body."""
    head = b"PUT %s HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n" + HOST + CRLF
    with connect(server) as client:
        client.sendall(head % b"/x")
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ab")
        assert statuses(client.recv(1000)) == [200]
        client.sendall(head % b"/early/413")
        assert statuses(until_end(client)) == [413]


def test_ipv6() -> None:
    """An IPv6 host is listened on, and stands in brackets in the URL."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:  # pragma: no cover
        pytest.skip("no IPv6 on this machine")
    with RecordingServer(host="::1") as server:
        response, _ = request(server, "/x")

        assert response.status == 200
        assert f"http://[::1]:{server.port}" == server.url
        server.wait_closed()


# Behaviours

PLAIN = [
    pytest.param("/status/418", 418, {}, b"", id="status"),
    pytest.param("/any/prefix/status/404", 404, {}, b"", id="status under a prefix"),
    pytest.param("/status/599", 599, {}, b"", id="status without a name"),
    pytest.param("/status/204?body=x", 204, {"content-length": None}, b"", id="204 has no body"),
    pytest.param("/status/304", 304, {"content-length": None}, b"", id="304 has no length"),
    pytest.param(
        "/status/200?body=a%20b+c&header=X:%201&header=Y:2", 200, {"x": "1", "y": "2"}, b"a b+c", id="shaped"
    ),
    pytest.param(
        "/redirect/307?to=http%3A//h/%C3%BC%3Fa=b", 307, {"location": "http://h/Ã¼?a=b"}, b"", id="redirect"
    ),
    pytest.param("/redirect/302?to=/x", 302, {"location": "/x"}, b"", id="redirect, relative"),
    pytest.param("/set-cookie?name=n&value=v", 200, {"set-cookie": "n=v; Path=/"}, b"", id="cookie"),
    pytest.param(
        "/set-cookie?name=n&value=v&domain=d",
        200,
        {"set-cookie": "n=v; Path=/; Domain=d"},
        b"",
        id="cookie, domain",
    ),
    pytest.param("http://other:1/status/201", 201, {}, b"", id="absolute form, as to a proxy"),
    pytest.param("/redirect/307", 400, {}, b"to: give it once", id="parameter missing"),
    pytest.param("/redirect/307?to=a&to=b", 400, {}, b"to: give it once", id="parameter twice"),
    pytest.param("/status/200?header=x", 400, {}, b"header: no colon: 'x'", id="header without a colon"),
    pytest.param("/status/1000", 400, {}, b"no final status: '1000'", id="status too large"),
    pytest.param("/status/101", 400, {}, b"no final status: '101'", id="interim status"),
    pytest.param("/reset?after=x", 400, {}, b"after: no number: 'x'", id="no number"),
    pytest.param("/redirect-early/307?to=/&end=x", 400, {}, b"end: neither rst nor fin: 'x'", id="no end"),
    pytest.param("/digest?user=u&password=p&qop=x", 400, {}, b"qop: not served: 'x'", id="no qop"),
    pytest.param(
        "/digest?user=u&password=p&algorithm=x", 400, {}, b"algorithm: not served: 'x'", id="no algorithm"
    ),
]


@pytest.mark.parametrize(("target", "status", "headers", "body"), PLAIN)
def test_plain_answers(
    server: RecordingServer, target: str, status: int, headers: dict[str, str | None], body: bytes
) -> None:
    """The path chooses status, fields and body; the request is read first, and the connection stays."""
    response, content = request(server, target)

    assert (status, body) == (response.status, content)
    assert headers == {name: response.getheader(name) for name in headers}
    assert not response.will_close
    [exchange] = server.exchanges
    assert (target, 5, True, status) == (exchange.target, exchange.size, exchange.complete, exchange.status)


@pytest.mark.parametrize("target", ["/", "/x?y", "*", "/status/x", "/status", "host:443", "http://kit"])
def test_any_other_path_describes_the_request(server: RecordingServer, target: str) -> None:
    """The answer is JSON with what arrived."""
    response, content = request(server, target)

    [exchange] = server.exchanges
    assert (response.status, response.getheader("content-type")) == (200, "application/json")
    assert {
        "method": "PUT",
        "target": target,
        "framing": "content-length",
        "size": 5,
        "sha256": hashlib.sha256(b"hello").hexdigest(),
        "headers": [list(pair) for pair in exchange.headers],
    } == json.loads(content)


def test_head_gets_no_body(server: RecordingServer) -> None:
    """The answer to HEAD has the length of the body, not the body, and the next request is served."""
    raw = ask(
        server,
        b"HEAD /status/200?body=abc HTTP/1.1\r\n" + HOST + b"\r\nGET /status/404 HTTP/1.1\r\n" + HOST + CRLF,
    )

    assert raw.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nHTTP/1.1 404 ")


EARLY = [
    pytest.param("/early/413?after=10", 413, 10, "fin", id="early"),
    pytest.param("/early/413?after=0", 413, 0, "fin", id="early, nothing read"),
    pytest.param("/early/413?after=10&rst=1", 413, 10, "reset", id="early, reset"),
    pytest.param("/redirect-early/307?to=/x&after=10", 307, 10, "reset", id="redirect, reset"),
    pytest.param("/redirect-early/307?to=/x&after=10&end=fin", 307, 10, "fin", id="redirect, fin"),
    pytest.param("/reset?after=10", None, 10, "reset", id="reset"),
    pytest.param("/close?after=10", None, 10, "fin", id="close"),
]


@pytest.mark.parametrize(("target", "status", "size", "end"), EARLY)
@pytest.mark.parametrize("chunked", [False, True], ids=["sized", "chunked"])
def test_early_endings(
    server: RecordingServer, target: str, status: int | None, size: int, end: str, chunked: bool
) -> None:
    """Exactly so much of the body counts as read; then comes the answer, if any, and a FIN or a RST."""
    head = f"PUT {target} HTTP/1.1\r\nHost: kit\r\n".encode()
    head += b"Transfer-Encoding: chunked\r\n\r\nff\r\n" if chunked else b"Content-Length: 1000\r\n\r\n"
    with connect(server) as client:
        client.sendall(head + b"x" * 100)
        answer, was_reset = until_end_or_reset(client)
        if not was_reset:
            client.sendall(b"x" * 100)  # the server is still there, and polite
    server.wait_closed()

    assert was_reset == (end == "reset")
    assert statuses(answer) == ([] if status is None else [status])
    [exchange] = server.exchanges
    assert (size, False, status, None) == (exchange.size, exchange.complete, exchange.status, exchange.error)
    [connection] = server.connections
    assert connection.ended == "closed-by-server"
    assert connection.size == len(head) + (100 if was_reset else 200)


def test_an_early_answer_is_readable_in_mid_upload(server: RecordingServer) -> None:
    """A client that sends on for a while after the answer still gets the answer: nothing is reset."""
    with closing(HTTPConnection(server.host, server.port, timeout=5)) as client:
        client.request("PUT", "/early/413?after=1000&body=enough", bytes(20 * MIB))
        response = client.getresponse()

        assert (response.status, response.read(), response.will_close) == (413, b"enough", True)
    assert (server.exchanges[0].size, server.exchanges[0].complete) == (1000, False)


def test_after_beyond_the_body(server: RecordingServer) -> None:
    """When the body is shorter than ``after`` it is read whole, and complete."""
    response, _ = request(server, "/early/413?after=1000")

    assert response.status == 413
    assert (server.exchanges[0].size, server.exchanges[0].complete) == (5, True)


@pytest.mark.parametrize(
    ("bound", "value"), [("LINGER_BYTES", 1), ("LINGER_SECONDS", 0.01)], ids=["bytes", "seconds"]
)
def test_politeness_has_bounds(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, bound: str, value: float
) -> None:
    """A client that never ends is left after so many bytes, or after so long without any."""
    monkeypatch.setattr(_wire, bound, value)
    with connect(server) as client:
        client.sendall(b"PUT /early/413 HTTP/1.1\r\nContent-Length: 100\r\n" + HOST + b"\r\nabc")
        assert statuses(until_end(client)) == [413]
        if bound == "LINGER_BYTES":
            client.sendall(b"x")
        server.wait_closed()


@pytest.mark.parametrize(
    "target", ["/reset?times=2&key=a", "/close?times=2&key=a", "/flaky/503?times=2&key=a"]
)
def test_counted_failures(server: RecordingServer, target: str) -> None:
    """The first requests of a key fail; later ones, and those after ``clear``, start anew."""

    def outcome(target: str) -> int:
        try:
            return request(server, target)[0].status
        except ConnectionError:  # http.client's RemoteDisconnected included
            return 0

    failed = 503 if "flaky" in target else 0
    assert [failed, failed, 200, 200] == [outcome(target) for _ in range(4)]
    assert failed == outcome(target.replace("key=a", "key=b"))
    server.clear()
    assert failed == outcome(target)


def test_flaky_may_say_when_to_retry(server: RecordingServer) -> None:
    """The failing answer carries the fields asked for; the good one is the description."""
    target = "/flaky/503?times=1&header=Retry-After:0"

    assert [request(server, target)[0].getheader("retry-after") for _ in range(2)] == ["0", None]


# Stalling


def test_a_stalled_body_waits_in_the_client(server: RecordingServer) -> None:
    """The server reads so much and no more until it is released; then the request goes on."""
    body = random.Random(2).randbytes(32 * MIB)
    results: list[int] = []
    thread = threading.Thread(
        target=lambda: results.append(request(server, "/stall?after=1000", body=body)[0].status)
    )
    thread.start()
    server.wait_for(lambda: server.exchanges and server.exchanges[0].size == 1000)
    with pytest.raises(TimeoutError):
        server.wait_idle(0.05)
    assert server.connections[0].size < 10_000
    server.release()
    thread.join()

    assert results == [200]
    [exchange] = server.exchanges
    assert (len(body), hashlib.sha256(body).hexdigest()) == (exchange.size, exchange.sha256)


def test_a_stalled_server_takes_no_more_than_it_asked_for(server: RecordingServer) -> None:
    """Head and body that come in one segment are not swallowed whole: the rest stays in the kernel."""
    with connect(server) as client:
        client.sendall(
            b"PUT /stall?after=1000 HTTP/1.1\r\nContent-Length: 50000\r\n" + HOST + CRLF + bytes(50_000)
        )
        server.wait_for(lambda: server.exchanges and server.exchanges[0].size == 1000)

        assert server.connections[0].size <= _wire.HEAD_BLOCK


def test_release_holds_until_clear(server: RecordingServer) -> None:
    """A release may come before the stall; ``clear`` arms it again."""
    server.release()
    assert request(server, "/stall")[0].status == 200
    server.clear()
    with connect(server) as client:
        client.sendall(b"PUT /stall HTTP/1.1\r\nContent-Length: 1\r\n" + HOST + b"\r\nx")
        with pytest.raises(TimeoutError):
            server.wait_idle(0.05)


# Authentication

ACCOUNT = _challenges.Account("Mufasa", "Circle of Life")
# RFC 7616 section 3.9.1
NONCE, OPAQUE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
RFC7616 = (
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={}, '
    f'nonce="{NONCE}", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
    f'response="{{}}", opaque="{OPAQUE}"'
)
MD5 = RFC7616.format("MD5", "8ca523f5e9506fed4657c9700eebdbec")
SHA256 = RFC7616.format("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")
VERDICTS = [
    pytest.param(MD5, "MD5", "right", id="RFC 7616, MD5"),
    pytest.param(SHA256, "SHA-256", "right", id="RFC 7616, SHA-256"),
    pytest.param(MD5.replace("algorithm=MD5, ", ""), "MD5", "right", id="MD5 is the default"),
    pytest.param(SHA256.replace("qop=auth", 'qop="auth"'), "SHA-256", "right", id="quoted qop"),
    pytest.param(SHA256.replace('"Mufasa"', r'"Muf\asa"'), "SHA-256", "right", id="quoted pair"),
    pytest.param(
        SHA256.replace('username="Mufasa"', "username*=UTF-8''Muf%61sa"), "SHA-256", "right", id="username*"
    ),
    pytest.param(MD5, "SHA-256", "wrong", id="other algorithm"),
    pytest.param(SHA256.replace("Mufasa", "Simba"), "SHA-256", "wrong", id="other user"),
    pytest.param(SHA256.replace("753927", "753928"), "SHA-256", "wrong", id="wrong response"),
    pytest.param(SHA256.replace("/dir/index.html", "/dir"), "SHA-256", "wrong", id="other uri"),
    pytest.param(SHA256.replace("FQhe", "FQhf"), "SHA-256", "wrong", id="other opaque"),
    pytest.param(SHA256.replace("00000001", "1"), "SHA-256", "wrong", id="short nc"),
    pytest.param(SHA256.replace("cnonce", "x"), "SHA-256", "wrong", id="no cnonce"),
    pytest.param(SHA256.replace("qop=auth, ", ""), "SHA-256", "wrong", id="no qop"),
    pytest.param(
        SHA256.replace('username="', 'userhash=true, username="'), "SHA-256", "wrong", id="userhash unasked"
    ),
    pytest.param(SHA256 + ', realm="x"', "SHA-256", "wrong", id="name twice"),
    pytest.param(SHA256 + ", =", "SHA-256", "wrong", id="no name"),
    pytest.param(SHA256.replace("Digest", "Basic"), "SHA-256", "wrong", id="other scheme"),
    pytest.param("Digest", "SHA-256", "wrong", id="nothing"),
    pytest.param("", "SHA-256", "wrong", id="empty"),
]


@pytest.mark.parametrize(("authorization", "algorithm", "verdict"), VERDICTS)
def test_digest_verdicts(authorization: str, algorithm: str, verdict: str) -> None:
    """The RFC's own examples are right, and each deviation is wrong."""
    realm = _challenges.DigestRealm(ACCOUNT, algorithm, "auth", NONCE, OPAQUE, realm="http-auth@example.org")

    assert verdict == realm.verdict(authorization, "GET", "/dir/index.html")


def test_digest_without_qop() -> None:
    """The form of RFC 2069 is verified by its example (with erratum 749's value)."""
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    account = _challenges.Account("Mufasa", "CircleOfLife")
    realm = _challenges.DigestRealm(account, "MD5", "", nonce, "o", realm="testrealm@host.com")
    authorization = (
        f'Digest username="Mufasa", realm="testrealm@host.com", nonce="{nonce}", uri="/dir/index.html", '
        'response="1949323746fe6a43ef61f9606e7febea", opaque="o"'
    )

    assert realm.verdict(authorization, "GET", "/dir/index.html") == "right"
    assert "qop" not in realm.challenge(stale=False)


def digest_answer(challenge: str, target: str, *, hashed: bool = False) -> str:
    """Answer a challenge as a client does, with algorithms spelt out rather than shared with the server."""
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    session = given["algorithm"].endswith("-sess")

    def h(*parts: str) -> str:
        name = "md5" if given["algorithm"].startswith("MD5") else "sha256"
        return hashlib.new(name, ":".join(parts).encode()).hexdigest()

    secret = h("jö", given["realm"], "p:w")
    secret = h(secret, given["nonce"], "c") if session else secret
    response = h(secret, given["nonce"], "0000000a", "c", "auth", h("PUT", target))
    name = (
        'username="' + h("jö", given["realm"]) + '", userhash=true' if hashed else "username*=UTF-8''j%C3%B6"
    )
    echoed = ", ".join(f'{key}="{given[key]}"' for key in ("realm", "nonce", "opaque", "algorithm"))
    return (
        f'Digest {name}, {echoed}, uri="{target}", cnonce="c", nc=0000000a, qop=auth, response="{response}"'
    )


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "MD5-sess", "SHA-256-sess"])
@pytest.mark.parametrize("hashed", [False, True], ids=["plain", "userhash"])
def test_digest(server: RecordingServer, algorithm: str, hashed: bool) -> None:
    """A challenge that is answered rightly opens the path; after ``clear`` the answer is stale."""
    target = f"/digest?user=j%C3%B6&password=p%3Aw&algorithm={algorithm}&qop=auth&userhash={int(hashed)}"
    refused, _ = request(server, target)
    challenge = refused.getheader("WWW-Authenticate", "")
    headers = {"Authorization": digest_answer(challenge, target, hashed=hashed)}
    accepted, _ = request(server, target, headers=headers)
    server.clear()
    stale, _ = request(server, target, headers=headers)

    assert [response.status for response in (refused, accepted, stale)] == [401, 200, 401]
    assert hashed == ("userhash=true" in challenge)
    assert "stale" not in challenge
    assert "stale=true" in stale.getheader("WWW-Authenticate", "")


def test_digest_with_a_choice(server: RecordingServer) -> None:
    """Several algorithms are several challenges in the order named, and each is accepted."""
    target = "/digest?user=j%C3%B6&password=p%3Aw&algorithm=MD5,SHA-256"
    challenges = request(server, target)[0].headers.get_all("WWW-Authenticate") or []

    assert [re.findall("algorithm=([^,]+)", challenge)[0] for challenge in challenges] == ["MD5", "SHA-256"]
    for challenge in challenges:
        headers = {"Authorization": digest_answer(challenge, target)}
        assert request(server, target, headers=headers)[0].status == 200


OFFER = 'Digest realm="kit", nonce="{nonce}", opaque="{opaque}", qop="auth", algorithm=MD5, stale={stale}'


def guarded(accept: str, *fields: str, **more: str) -> str:
    """Write the target of a path that offers these fields, and lets in what it accepts."""
    pairs = [("user", "jö"), ("password", "p:w"), ("accept", accept), *(("field", field) for field in fields)]
    return "/guarded?" + urlencode([*pairs, *more.items()], quote_via=quote)


def challenges_of(response: HTTPResponse) -> list[str]:
    return response.headers.get_all("WWW-Authenticate") or []


def test_guarded_offers_what_it_is_told(server: RecordingServer) -> None:
    """The fields stand as they are, in their order; a cookie may come with them."""
    refused, _ = request(server, guarded("", "Negotiate", 'Basic realm="x', cookie="a=b"))

    assert (401, ["Negotiate", 'Basic realm="x']) == (refused.status, challenges_of(refused))
    assert "a=b; Path=/" == refused.getheader("Set-Cookie")


def test_guarded_counts_the_uses_of_a_nonce(server: RecordingServer) -> None:
    """A count is good once, and a nonce for so many uses; then the answer is stale, and the nonce another."""
    target = guarded("MD5", OFFER, uses="2")
    [challenge] = challenges_of(request(server, target)[0])
    first = digest_answer(challenge, target)
    second = first.replace("nc=0000000a", "nc=0000000b")
    statuses = [request(server, target, headers={"Authorization": first})[0].status for _ in range(2)]
    wrong = request(server, target, headers={"Authorization": second})[0]  # its response is for another count

    assert ([200, 401], 401) == (statuses, wrong.status)
    assert "stale=false" in challenges_of(wrong)[0]
    server.clear()
    [challenge] = challenges_of(request(server, guarded("MD5", OFFER, uses="1"))[0])
    target = guarded("MD5", OFFER, uses="1")
    headers = {"Authorization": digest_answer(challenge, target)}
    accepted, stale = (request(server, target, headers=headers)[0] for _ in range(2))
    assert [200, 401] == [accepted.status, stale.status]
    [renewed] = challenges_of(stale)
    assert "stale=true" in renewed
    assert re.findall('nonce="(.*?)"', renewed) != re.findall('nonce="(.*?)"', challenge)


def test_guarded_names_the_next_nonce(server: RecordingServer) -> None:
    """With ``nextnonce`` each answer gives another one, which alone is good then."""
    target = guarded("MD5", OFFER, nextnonce="1")
    [challenge] = challenges_of(request(server, target)[0])
    accepted, _ = request(server, target, headers={"Authorization": digest_answer(challenge, target)})
    [following] = re.findall('nextnonce="(.*?)"', accepted.getheader("Authentication-Info", ""))
    challenge = re.sub('nonce=".*?"', f'nonce="{following}"', challenge)

    assert 200 == accepted.status
    assert (
        200 == request(server, target, headers={"Authorization": digest_answer(challenge, target)})[0].status
    )


BASIC = base64.b64encode("jö:p:w".encode()).decode()


@pytest.mark.parametrize(
    "target", ["/basic?user=j%C3%B6&password=p%3Aw&proxy=1", guarded("Basic", proxy="1")]
)
def test_a_guard_may_be_a_proxy(server: RecordingServer, target: str) -> None:
    """With ``proxy`` the fields are those of one."""
    refused, _ = request(server, target)
    accepted, _ = request(server, target, headers={"Proxy-Authorization": f"Basic {BASIC}"})

    assert [407, 200] == [refused.status, accepted.status]
    assert not challenges_of(refused)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        pytest.param(None, 401, id="none"),
        pytest.param(f"Basic {BASIC}", 200, id="right"),
        pytest.param(f"bAsIc  {BASIC}", 200, id="any case"),
        pytest.param(f"Digest {BASIC}", 401, id="other scheme"),
        pytest.param("Basic " + base64.b64encode("jö:p:x".encode()).decode(), 401, id="wrong password"),
        pytest.param("Basic a", 401, id="no base64"),
        pytest.param("Basic ä===", 401, id="not even ASCII"),
    ],
)
def test_basic(server: RecordingServer, authorization: str | None, status: int) -> None:
    """Exactly the bytes of user and password are let in."""
    headers = {"Authorization": authorization} if authorization else {}
    response, _ = request(server, "/basic?user=j%C3%B6&password=p%3Aw", headers=headers)

    assert status == response.status
    expected = 'Basic realm="kit", charset="UTF-8"' if status == 401 else None
    assert expected == response.getheader("WWW-Authenticate")


# Waiting


def test_idle_counts_what_is_still_in_the_kernel(server: RecordingServer) -> None:
    """After ``wait_idle`` all that was sent before it is recorded, also on a connection not yet accepted."""
    for index in range(100):
        with connect(server) as client:
            client.sendall(b"GET / HTTP/1.1\r\n" + HOST + CRLF)
            server.wait_idle()

            assert index + 1 == len([exchange for exchange in server.exchanges if exchange.complete])


def test_idle_and_closed_without_any_connection(server: RecordingServer) -> None:
    """Nothing has happened: both return, and their own knocking is not recorded."""
    server.wait_idle()
    server.wait_closed()

    assert (server.connections, server.exchanges) == ([], [])


def test_closed_waits_for_every_connection(server: RecordingServer) -> None:
    """An open connection is in the way of ``wait_closed``, and not of ``wait_idle``."""
    with connect(server):
        server.wait_idle()
        with pytest.raises(TimeoutError, match="ended='open'"):
            server.wait_closed(0.05)
    server.wait_closed()

    assert [connection.ended for connection in server.connections] == ["fin"]


def test_a_reset_between_requests(server: RecordingServer) -> None:
    """A connection that is reset while nothing is going on has ended by reset."""
    client = connect(server)
    server.wait_idle()
    reset(client)
    server.wait_closed()

    assert [connection.ended for connection in server.connections] == ["reset"]


# Ending


def stalled(server: RecordingServer) -> socket.socket:
    client = connect(server)
    client.sendall(b"PUT /stall?after=1 HTTP/1.1\r\nContent-Length: 9\r\n" + HOST + b"\r\nabc")
    server.wait_for(lambda: server.exchanges and server.exchanges[0].size == 1)
    return client


def halfway(server: RecordingServer) -> socket.socket:
    client = connect(server)
    client.sendall(b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n" + HOST + b"\r\nabc")
    server.wait_for(lambda: server.exchanges and server.exchanges[0].size == 3)
    return client


def parked(server: RecordingServer) -> socket.socket:
    client = connect(server)
    server.wait_idle()
    return client


def lingering(server: RecordingServer) -> socket.socket:
    client = connect(server)
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    until_end(client)
    return client


@pytest.mark.parametrize("start", [stalled, halfway, parked, lingering])
def test_leaving_ends_everything(start: Callable[[RecordingServer], socket.socket]) -> None:
    """Wherever a connection stands, leaving the block ends it and its thread at once."""
    before = threading.active_count()
    with RecordingServer() as server:
        client = start(server)
    with client:
        until_end_or_reset(client)

    assert before == threading.active_count()
    assert [connection.ended for connection in server.connections] == ["closed-by-server"]
    assert {None, "the connection ended inside the request: closed-by-server"} >= {
        exchange.error for exchange in server.exchanges
    }
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_leaving_is_not_kept_up_by_a_sender_nor_by_a_deaf_reader() -> None:
    """A client that sends without end, and one that does not read its answer, do not keep the server."""
    stop = threading.Event()

    def send_on(client: socket.socket) -> None:
        try:
            while not stop.is_set():
                client.sendall(bytes(MIB))
        except OSError:
            stop.set()

    with RecordingServer(record_limit=0) as server:
        sender, deaf = connect(server), connect(server)
        sender.sendall(b"PUT / HTTP/1.1\r\nContent-Length: 999999999999999\r\n" + HOST + CRLF)
        thread = threading.Thread(target=send_on, args=(sender,))
        thread.start()
        text = b"x" * 60_000
        deaf.setblocking(False)
        while select.select([], [deaf], [], 0.2)[1]:
            deaf.send(b"GET /status/200?body=" + text + b" HTTP/1.1\r\n" + HOST + CRLF)
    assert stop.wait(5)
    thread.join()
    sender.close()
    deaf.close()


def test_a_server_is_entered_once(server: RecordingServer) -> None:
    """A second entry is an error, not a second listener."""
    with pytest.raises(RuntimeError, match="entered once"):
        server.__enter__()


def test_an_address_that_is_not_ours() -> None:
    """A host that cannot be listened on raises, and leaves no socket open."""
    with pytest.raises(OSError, match="assign"), RecordingServer(host="192.0.2.1"):
        pass  # pragma: no cover


class BrokenTLS(ssl.SSLContext):
    """A context that fails as nothing should, after waiting for a signal."""

    go: threading.Event

    def wrap_socket(self, *_: object, **__: object) -> ssl.SSLSocket:
        self.go.wait(5)
        raise LookupError("broken")


@pytest.fixture
def broken() -> BrokenTLS:
    context = BrokenTLS(ssl.PROTOCOL_TLS_SERVER)
    context.go = threading.Event()
    return context


def test_a_failure_inside_is_told_on_leaving(broken: BrokenTLS) -> None:
    """What goes wrong in a thread of the server is raised where its block ends."""
    broken.go.set()
    server = RecordingServer(tls=broken).__enter__()
    connect(server).close()
    server.wait_closed()

    with pytest.raises(RuntimeError, match="LookupError"):
        server.__exit__(None, None, None)
    assert [connection.ended for connection in server.connections] == ["closed-by-server"]
    assert isinstance(server.failures[0], LookupError)


def test_a_failure_inside_does_not_hide_that_of_the_test(broken: BrokenTLS) -> None:
    """An exception of the block goes first; the failures can still be looked up."""
    broken.go.set()
    server = RecordingServer(tls=broken).__enter__()
    connect(server).close()
    server.wait_closed()
    server.__exit__(ZeroDivisionError, ZeroDivisionError(), None)

    assert len(server.failures) == 1


def test_a_thread_that_does_not_end(broken: BrokenTLS) -> None:
    """A thread that outlasts ``close_timeout`` is reported, and not waited for."""
    server = RecordingServer(tls=broken, close_timeout=0.05).__enter__()
    connect(server).close()
    server.wait_for(lambda: server.connections)
    with pytest.raises(RuntimeError, match="connection 0 did not end in time"):
        server.__exit__(None, None, None)
    broken.go.set()
    server.wait_for(lambda: server.connections[0].ended != "open")


# TLS: anonymous key exchange needs no certificate, so no key lies in the repository


@pytest.fixture
def secure() -> Iterator[RecordingServer]:
    with RecordingServer(tls=anonymous(server=True)) as server:
        yield server


def connect_tls(server: RecordingServer) -> ssl.SSLSocket:
    return anonymous(server=False).wrap_socket(connect(server))


def test_tls(secure: RecordingServer) -> None:
    """Over TLS the same is recorded, decrypted, and a large body arrives whole."""
    body = random.Random(3).randbytes(3 * MIB)
    context = anonymous(server=False)
    with closing(HTTPSConnection(secure.host, secure.port, timeout=5, context=context)) as client:
        for _ in range(2):
            client.request("PUT", "/x", body)
            assert client.getresponse().read()
        secure.wait_idle()
    secure.wait_closed()

    assert [hashlib.sha256(body).hexdigest()] * 2 == [exchange.sha256 for exchange in secure.exchanges]
    [connection] = secure.connections
    assert (connection.ended, connection.received[:17]) == ("fin", b"PUT /x HTTP/1.1\r\n")
    assert secure.url.startswith("https://")


def test_tls_surplus_in_one_record(secure: RecordingServer) -> None:
    """Requests that share a TLS record, of which the kernel shows nothing any more, are all served."""
    with connect_tls(secure) as client:
        client.sendall(PUT_AB * 300)
        secure.wait_for(lambda: len(secure.exchanges) == 300 and secure.exchanges[-1].complete)
        secure.wait_idle()

    assert {b"ab"} == {exchange.body for exchange in secure.exchanges}


@pytest.mark.parametrize(("target", "status", "size", "end"), EARLY)
def test_tls_early_endings(
    secure: RecordingServer, target: str, status: int | None, size: int, end: str
) -> None:
    """Early answers, resets and closes work over TLS as they do without."""
    with connect_tls(secure) as client:
        client.sendall(
            f"PUT {target} HTTP/1.1\r\nHost: kit\r\nContent-Length: 1000\r\n\r\n".encode() + b"x" * 100
        )
        answer, was_reset = until_end_or_reset(client)
    secure.wait_closed()

    assert was_reset == (end == "reset")
    assert statuses(answer) == ([] if status is None else [status])
    assert (size, False) == (secure.exchanges[0].size, secure.exchanges[0].complete)
    assert secure.connections[0].ended == "closed-by-server"


def test_tls_reset_in_mid_body(secure: RecordingServer) -> None:
    """A reset is told from an end under TLS too."""
    client = connect_tls(secure)
    client.sendall(LINE + HOST + b"Content-Length: 9\r\n\r\nabc")
    secure.wait_for(lambda: secure.exchanges and secure.exchanges[0].size == 3)
    reset(client)
    secure.wait_closed()

    assert [connection.ended for connection in secure.connections] == ["reset"]
    assert not secure.exchanges[0].complete


HANDSHAKES = [
    pytest.param(b"GET / HTTP/1.1\r\n\r\n", "closed-by-server", id="plain HTTP to a TLS port"),
    pytest.param(b"\x16\x03\x01\x00\x05", "fin", id="broken off"),
    pytest.param(b"", "fin", id="nothing"),
]


@pytest.mark.parametrize(("raw", "ended"), HANDSHAKES)
def test_a_failed_handshake(secure: RecordingServer, raw: bytes, ended: str) -> None:
    """It is a connection without exchanges, with the reason; no failure of the server."""
    with connect(secure) as client:
        client.sendall(raw)
        with suppress(OSError):  # the server may have reset it already
            client.shutdown(socket.SHUT_WR)
        secure.wait_closed()

    [connection] = secure.connections
    assert (ended, []) == (connection.ended, connection.exchanges)
    assert connection.error


def test_leaving_in_mid_handshake() -> None:
    """A client that never completes its handshake does not keep the server, and is not idle."""
    with RecordingServer(tls=anonymous(server=True)) as server:
        client = connect(server)
        with pytest.raises(TimeoutError):
            server.wait_idle(0.05)
    client.close()

    assert [connection.ended for connection in server.connections] == ["closed-by-server"]


# What no client can time: the wire alone


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, _wire.Wire]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        wire = _wire.Wire(listener.accept()[0], lambda _: None)
        with client, closing(wire):
            yield client, wire


def test_a_look_takes_a_fin_for_nothing(pair: tuple[socket.socket, _wire.Wire]) -> None:
    """A half-closed client waits for its answer; nothing has come, data has, or the end."""
    client, wire = pair
    assert not wire.look()
    client.sendall(b"x")
    assert wire.look()
    client.shutdown(socket.SHUT_WR)
    assert not wire.look()


@pytest.mark.parametrize("act", ["look", "park", "send"])
def test_a_reset_is_gone(pair: tuple[socket.socket, _wire.Wire], act: str) -> None:
    """Looking, parking and sending all notice a reset."""
    client, wire = pair
    reset(client)
    acts: dict[str, Callable[[], object]] = {
        "look": wire.look,
        "park": wire.park,
        "send": lambda: wire.send(b"x"),
    }

    with pytest.raises(_wire.Gone) as caught:
        acts[act]()
    assert caught.value.how == "reset"


def test_sending_after_a_fin(pair: tuple[socket.socket, _wire.Wire]) -> None:
    """A peer that had closed is told from one that has reset, also when sending finds out."""
    client, wire = pair
    client.close()

    def send_on() -> None:
        while True:
            wire.send(b"x")

    with pytest.raises(_wire.Gone) as caught:
        send_on()
    assert caught.value.how == "fin"


def test_a_closed_wire_is_not_readable(pair: tuple[socket.socket, _wire.Wire]) -> None:
    """Another thread may still ask, and abort, when the wire has been closed."""
    client, wire = pair
    client.sendall(b"x")
    assert wire.readable()
    wire.close()
    assert not wire.readable()
    wire.abort()


@pytest.mark.parametrize("act", ["park", "send", "fill", "secure"])
def test_an_aborted_wire_is_gone(pair: tuple[socket.socket, _wire.Wire], act: str) -> None:
    """After ``abort`` every way of waiting ends as closed by the server, whatever the peer has sent."""
    client, wire = pair

    def next_byte() -> None:
        wire.park()
        wire.fill(1)

    client.sendall(b"x")
    wire.abort()
    acts: dict[str, Callable[[], object]] = {
        "park": next_byte,
        "send": lambda: wire.send(b"x"),
        "fill": lambda: wire.fill(1),
        "secure": lambda: wire.secure(anonymous(server=True)),
    }

    with pytest.raises(_wire.Gone) as caught:
        acts[act]()
    assert caught.value.how == "closed-by-server"


def test_refusals_and_queries_take_any_text() -> None:
    """A reason beyond latin-1 and a query with empty pairs are no failures."""
    assert _plans.refusal("€").body == b"?"
    assert _parsing.Request("GET", "/?&a&=b", "HTTP/1.1", []).query == [("a", ""), ("", "b")]
