"""What a server may offer, and what it then lets in: the table behind the rows about challenges (A1)."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlencode

RFC_7616, RFC_7617, RFC_9110 = "RFC 7616 section 3.4", "RFC 7617 section 2", "RFC 9110 section 11.6.1"
USER, PASSWORD = "me", "s3cret"

BASIC = 'Basic realm="kit"'


def offer(algorithm: str | None = "SHA-256", qop: str = 'qop="auth", ', more: str = "") -> str:
    """Write a Digest challenge."""
    spelt = "" if algorithm is None else f"algorithm={algorithm}, "
    return f'Digest realm="kit", {qop}{spelt}nonce="{{nonce}}", opaque="{{opaque}}", stale={{stale}}{more}'


class Guard(NamedTuple):
    """What a server offers, and what it lets in."""

    name: str
    source: str
    fields: tuple[str, ...]
    accept: str
    user: str = USER
    password: str = PASSWORD
    more: dict[str, str] = {}  # noqa: RUF012  (never changed)

    def reference(self, **more: str) -> str:
        """Write the reference of the path that is guarded so."""
        account = [("user", _bytes_of(self.user)), ("password", _bytes_of(self.password))]
        pairs = [*account, ("accept", self.accept), *(("field", field) for field in self.fields)]
        return "guarded?" + urlencode([*pairs, *self.more.items(), *more.items()], quote_via=quote)


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8")


# What is answered: 401, and then 200 for what the server accepts and nothing else.
ANSWERED = [
    Guard("basic", RFC_7617, (BASIC,), "Basic"),
    Guard("basic-unquoted-realm", "RFC 9110 section 11.5", ("Basic realm=kit",), "Basic"),
    Guard(
        "basic-utf-8", "RFC 7617 section 2.1", (f'{BASIC}, charset="UTF-8"',), "Basic", "test", "123\u00a3"
    ),
    Guard("basic-empty-password", RFC_7617, (BASIC,), "Basic", password=""),
    Guard("basic-colon-in-password", RFC_7617, (BASIC,), "Basic", password="a:b"),  # noqa: S106  (no secret)
    Guard("sha-256", RFC_7616, (offer(),), "SHA-256"),
    Guard("sha-256-sess", "RFC 7616 section 3.4.2", (offer("SHA-256-sess"),), "SHA-256-sess"),
    Guard("sha-512-256", "RFC 7616 section 3.9.2", (offer("SHA-512-256"),), "SHA-512-256"),
    Guard("md5", RFC_7616, (offer("MD5"),), "MD5"),
    Guard("md5-sess", "RFC 7616 section 3.4.2", (offer("MD5-sess"),), "MD5-sess"),
    Guard("no-algorithm", "RFC 7616 section 3.3", (offer(None),), "MD5"),
    Guard("no-qop", "RFC 2069 section 2.1.2", (offer("MD5", qop=""),), "MD5", more={"qop": ""}),
    Guard("qop-list", "RFC 7616 section 3.3", (offer(qop='qop="auth-int, auth", '),), "SHA-256"),
    Guard(
        "userhash",
        "RFC 7616 section 3.4.4",
        (offer(more=", userhash=true"),),
        "SHA-256",
        more={"userhash": "1"},
    ),
    Guard(
        "user-utf-8", "RFC 7616 section 3.4", (offer(more=', charset="UTF-8"'),), "SHA-256", "J\u00e4s\u00f8n"
    ),
    Guard(
        "escapes",
        "RFC 9110 section 5.6.4",
        (offer().replace('"kit"', '"k\\"i, t\\\\"'),),
        "SHA-256",
        more={"realm": 'k"i, t\\'},
    ),
    Guard("any-case", RFC_9110, ('dIGEST REALM="kit", NONCE="{nonce}", OPAQUE="{opaque}", QOP=AUTH',), "MD5"),
    Guard("strongest-field", "RFC 7616 section 3.7", (BASIC, offer("MD5"), offer()), "SHA-256"),
    Guard("strongest-first", "RFC 7616 section 3.7", (offer(), offer("MD5"), BASIC), "SHA-256"),
    Guard("one-field", RFC_9110, (f"{BASIC}, {offer('MD5')}, {offer()}",), "SHA-256"),
    Guard("empty-elements", "RFC 9110 section 5.6.1", (f", ,{offer()} , ,",), "SHA-256"),
    Guard("unknown-schemes", RFC_9110, ('Bearer realm="x", error="y"', "Negotiate", BASIC), "Basic"),
    Guard("token68", "RFC 9110 section 11.3", (f"Negotiate YWJj==, {BASIC}",), "Basic"),
    Guard("malformed-beside", RFC_9110, ('Digest realm="kit', BASIC), "Basic"),
    Guard("unknown-algorithm", "RFC 7616 section 3.3", (offer("SHA3-9"), BASIC), "Basic"),
    Guard("auth-int-beside", "RFC 7616 section 3.4", (offer(qop='qop="auth-int", '), BASIC), "Basic"),
]

# What is not: one request, and its 401 is returned.
RETURNED = [
    Guard("unknown-only", RFC_9110, ("Negotiate", 'Bearer realm="x"'), ""),
    Guard("malformed-only", RFC_9110, ('Digest realm="kit',), ""),
    Guard("no-nonce", "RFC 7616 section 3.3", ('Digest realm="kit", qop="auth"',), ""),
    Guard("nothing", RFC_9110, (), ""),
]

# What is answered once, in vain.
REFUSED = [
    Guard("basic-refused", RFC_7617, (BASIC,), ""),
    Guard("digest-refused", RFC_7616, (offer(),), ""),
    Guard("no-second-guess", RFC_7616, (offer(), BASIC), "Basic"),
]

PLAIN, DIGEST = ANSWERED[0], ANSWERED[5]
