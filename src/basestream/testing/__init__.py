"""The conformance kit: tools to check on the wire, byte by byte, what an HTTP client really sends.

``RecordingServer`` is a loopback HTTP/1.1 server that records every request, and misbehaves where its path
says so. It imports no HTTP client and no test framework; ``basestream.testing.pytest_rows``, which does, makes a
pytest test of the kit and is imported by name. Nothing here is meant for production: the server trusts its caller.

The last segments of a request's path choose the answer, so any prefix may stand before them::

    /status/NNN                          that status
    /redirect/NNN?to=URL                 that status with Location, after the whole body
    /redirect-early/NNN?to=URL&after=N   the same after N bytes of body, then RST; end=fin: a polite end
    /early/NNN?after=N                   that status after N bytes of body, then a polite end; rst=1: RST
    /reset?times=T&after=N&key=K         RST after N bytes of body, for the first T requests of the key
    /close?times=T&after=N&key=K         the same with a polite end, and no answer
    /flaky/NNN?times=T&key=K             that status for the first T requests of the key
    /basic?user=U&password=P             401 until Basic credentials are right
    /digest?user=U&password=P            401 until Digest credentials are right;
            &algorithm=A,B&qop=auth      a challenge for each of MD5, SHA-256, MD5-sess, SHA-256-sess named;
            &userhash=1                  an empty qop is the form of RFC 2069; the last offers userhash
    /guarded?user=U&password=P           401 with these values of WWW-Authenticate, as they stand, until
            &field=TEXT&accept=A         credentials are right for accept: Basic, or an algorithm of Digest;
            &qop=auth&userhash=1         {nonce}, {opaque} and {stale} in a field are filled in. A nonce is
            &realm=R&uses=N              good for N uses, and each count of it once; nextnonce=1: for one use,
            &nextnonce=1&cookie=N=V      and the answer names the next; cookie: the 401 sets one
            &proxy=1                     these three as a proxy: 407, with the fields of one
    /set-cookie?name=N&value=V&domain=D  200 with Set-Cookie
    /stall?after=N                       reads no further after N bytes of body until release() is called
    anything else                        200, and the request described in JSON

Where nothing else is said the answer is the last one. Values are percent-decoded; a plus is a plus.
``times`` is 1, ``after`` is 0, ``algorithm`` is SHA-256 and ``qop`` is auth unless given.
``header=Name:Value`` (repeatable) and ``body=TEXT`` shape every answer but the 401 and the JSON. After
``RecordingServer.clear`` an earlier nonce is stale. Parameters that make no sense are answered 400 with the
reason.

A polite end is a half-close (FIN): the server reads on until the client ends too, and counts what it reads
for the connection, not for the exchange, which stays as it was when the server gave up.

Example:
    >>> from http.client import HTTPConnection
    >>> from basestream.testing import RecordingServer
    >>> with RecordingServer() as server:
    ...     client = HTTPConnection(server.host, server.port)
    ...     client.request("POST", "/v1/status/201", b"hello")
    ...     client.getresponse().status
    ...     client.close()
    ...     [exchange] = server.exchanges
    201
    >>> exchange.framing, exchange.size, exchange.body
    ('content-length', 5, b'hello')
"""

from __future__ import annotations

from ._check import check as check
from ._drivers import Caller as Caller
from ._drivers import Driver as Driver
from ._drivers import Reply as Reply
from ._profiles import CAPABILITIES as CAPABILITIES
from ._profiles import Profile as Profile
from ._records import Connection as Connection
from ._records import Exchange as Exchange
from ._rows import scenarios as scenarios
from ._scenarios import Scenario as Scenario
from ._server import RecordingServer as RecordingServer
from ._stage import Stage as Stage
from ._stage import raises as raises

__all__ = [
    "CAPABILITIES",
    "Caller",
    "Connection",
    "Driver",
    "Exchange",
    "Profile",
    "RecordingServer",
    "Reply",
    "Scenario",
    "Stage",
    "check",
    "raises",
    "scenarios",
]
