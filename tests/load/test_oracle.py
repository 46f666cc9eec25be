"""What ``nox -s load`` would say if a client did go wrong: a check that cannot fail is none."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from load._content import content, digest
from load._kinds import KINDS, Book
from load._realm import PASSWORD, USER, Realm
from load._server import NEVER, Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def put(server: Server, body: bytes, announced: str, action: str = "put") -> tuple[int, bytes]:
    host = urlsplit(server.url).netloc
    client = HTTPConnection(host, timeout=20)
    client.request("PUT", f"/v1/{action}/7", body, {"X-Kind": "upload, bytes", "X-Digest": announced})
    answer = client.getresponse()
    seen = answer.status, answer.read()
    client.close()
    return seen


def test_a_body_that_was_announced(server: Server) -> None:
    """A right upload is answered with its number, size and digest, counted, and no fault."""
    seen = digest(7, 100)

    assert put(server, content(7, 100), seen) == (200, f"7 100 {seen}".encode())
    report = server.report()
    assert (report["complete"], report["faults"], report["bytes"]) == ({"upload, bytes": 1}, [], 100)


@pytest.mark.parametrize(
    "announced", [pytest.param(digest(8, 100), id="of another number"), pytest.param(NEVER, id="never")]
)
def test_a_body_that_is_not_this_request_s(server: Server, announced: str) -> None:
    """A body of another request, and one that must not arrive whole, are faults."""
    put(server, content(7, 100), announced)

    assert server.report()["faults"] == [
        "upload, bytes 7: a body of 100 bytes that is not this request's",
    ]


def test_bytes_after_a_body(server: Server) -> None:
    """What follows a body and is no request with a number is a fault."""
    url = urlsplit(server.url)
    with socket.create_connection((url.hostname, url.port), 20) as client:
        empty = sha256().hexdigest()
        client.sendall(
            f"PUT /v1/put/7 HTTP/1.1\r\nX-Kind: x\r\nX-Digest: {empty}\r\n\r\nsurplus\r\n\r\n".encode()
        )
        while client.recv(1024):
            pass

    assert server.report()["faults"] == ["no request of ours: b'surplus\\r\\n' {}"]


def test_a_count_that_comes_twice() -> None:
    """A nonce is good once for each count: the second time is a replay."""
    realm = Realm()
    challenge = realm.judge("PUT", "/v1/auth/7", "")
    assert challenge is not None
    nonce = challenge.split('nonce="')[1].partition('"')[0]
    parts = {"nonce": nonce, "nc": "00000001", "cnonce": "c", "qop": "auth"}
    user = sha256(f"{USER}:load:{PASSWORD}".encode()).hexdigest()
    request = sha256(b"PUT:/v1/auth/7").hexdigest()
    response = sha256(":".join([user, *parts.values(), request]).encode()).hexdigest()
    answer = "Digest " + ", ".join(
        f'{name}="{text}"' for name, text in {**parts, "response": response}.items()
    )

    assert realm.judge("PUT", "/v1/auth/7", answer) is None
    assert realm.judge("PUT", "/v1/auth/8", answer) is not None  # for one target alone
    assert realm.replays == 0
    assert realm.judge("PUT", "/v1/auth/7", answer) is not None
    assert realm.replays == 1


def test_answers_to_other_requests(tmp_path: Path) -> None:
    """An answer with another number, or that tells of another body, is no good one."""
    book = Book(tmp_path, is_async=False)
    order = next(order for number in range(1000) if (order := book.order(number)).kind == "upload, list")
    assert order.body is not None
    number, right = (
        str(order.number),
        f"{order.number} {order.body.size} {order.headers['X-Digest']}".encode(),
    )

    assert order.verdict(200, number, right) == KINDS[order.kind].verdict
    assert order.verdict(200, "0", right).startswith("THE ANSWER TO ANOTHER REQUEST")
    assert order.verdict(200, number, right + b"0").startswith("ANOTHER BODY")
    assert order.verdict(500, number, b"") == "status 500"


def test_every_kind_is_drawn(tmp_path: Path) -> None:
    """Each kind comes up; a big upload each time that it is asked for, async sources in async sessions alone."""
    sync, tasks = (Book(tmp_path, is_async=is_async, big=10, every=50) for is_async in (False, True))

    drawn = {sync.order(number).kind for number in range(2000)}
    assert drawn == {name for name, kind in KINDS.items() if not kind.is_async}
    assert {tasks.order(number).kind for number in range(2000)} == set(KINDS)
    assert [number for number in range(200) if sync.order(number).kind == "upload, big"] == [0, 50, 100, 150]
