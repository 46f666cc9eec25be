"""A1. The answer to a Digest challenge: the vectors of the RFCs, and every form against other readers."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Authorization

from basestream._auth import Asked, Authenticator
from basestream._challenges import parse_challenges
from basestream._digest import read_digests, strongest
from support_core import examples

URL = "http://api.example.org"


def answered(user: Authenticator, challenge: str, *, method: str = "GET", target: str = "/") -> str:
    """Answer the first challenge to a request that was sent without credentials."""
    value = user.answer(Asked(method, URL + target, target, None), [challenge], attempt=0)
    assert value is not None
    return value


def read_back(authorization: str) -> dict[str, str | None]:
    """Read credentials as Werkzeug does, which decodes ``username*`` too."""
    credentials = Authorization.from_header(authorization)
    assert credentials is not None
    assert credentials.type == "digest"
    return dict(credentials.parameters)


def hashed(name: str, *parts: str | bytes) -> str:
    """Give the hash of what RFC 7616 section 3.4.1 joins with colons, in hex."""
    joined = b":".join(part.encode() if isinstance(part, str) else part for part in parts)
    names = {"MD5": "md5", "SHA-256": "sha256", "SHA-512": "sha512", "SHA-512-256": "sha512_256"}
    return hashlib.new(names[name], joined).hexdigest()


def response_of(authorization: str, username: str, password: str, method: str, challenged: str) -> str:
    """Compute the response anew from what was sent, as a server does (sections 3.4.1 to 3.4.3)."""
    given: dict[str, Any] = read_back(authorization)
    algorithm = given.get("algorithm", "MD5")
    name = algorithm.removesuffix("-sess")
    secret = hashed(name, username, given["realm"].encode("latin-1"), password)
    if algorithm.endswith("-sess"):
        secret = hashed(name, secret, challenged.encode("latin-1"), given["cnonce"])
    nonce = given["nonce"].encode("latin-1")
    request = hashed(name, method, given["uri"])
    if "qop" not in given:
        return hashed(name, secret, nonce, request)
    return hashed(name, secret, nonce, given["nc"], given["cnonce"], given["qop"], request)


RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_section_3_9_1(algorithm: str, response: str) -> None:
    """A1. The first example of RFC 7616, parameter by parameter."""
    user = Authenticator("Mufasa", "Circle of Life", cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")

    assert answered(user, RFC_7616.format(algorithm), target="/dir/index.html") == (
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", '
        f'algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, qop=auth, '
        f'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", response="{response}", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )


JASON = "J\xe4s\xf8n Doe"
DOE = (
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
    'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", '
    "charset=UTF-8"
)
DOE_CNONCE = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"


@pytest.mark.parametrize(
    ("userhash", "name"),
    [
        pytest.param(
            ", userhash=true",
            'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"',
            id="userhash",
        ),
        pytest.param("", "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe", id="extended"),
        pytest.param(", userhash=false", "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe", id="no-userhash"),
    ],
)
def test_rfc_7616_section_3_9_2(userhash: str, name: str) -> None:
    """A1. The second example of RFC 7616 with the values of erratum 4897: SHA-512/256 of FIPS 180-4."""
    user = Authenticator(JASON, "Secret, or not?", cnonce=DOE_CNONCE)

    assert answered(user, DOE + userhash, target="/doe.json") == (
        f'Digest {name}, realm="api@example.org", uri="/doe.json", algorithm=SHA-512-256, '
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, qop=auth, '
        'cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", '
        'response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", '
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS"'
        + (", userhash=true" if "true" in userhash else "")
    )


def test_why_rfc_7616_prints_other_values() -> None:
    """A1. What section 3.9.2 prints is SHA-512 cut to 256 bits, which is another function."""

    def cut(*parts: str) -> str:
        return hashed("SHA-512", *parts)[:64]

    secret, request = cut(JASON, "api@example.org", "Secret, or not?"), cut("GET", "/doe.json")
    nonce = "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK"

    printed_name = "488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec"
    printed_response = "ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd"
    assert printed_name == cut(JASON, "api@example.org")
    assert printed_response == cut(secret, nonce, "00000001", DOE_CNONCE, "auth", request)


def test_rfc_2617_section_3_5() -> None:
    """A1. The example of RFC 2617, which names no algorithm: none is echoed."""
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    user = Authenticator("Mufasa", "Circle Of Life", cnonce="0a4f113b")

    assert answered(user, challenge, target="/dir/index.html") == (
        'Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", nc=00000001, qop=auth, cnonce="0a4f113b", '
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )


def test_the_form_of_rfc_2069() -> None:
    """A1. Without qop neither nc nor cnonce is sent (the example of RFC 2069 section 2.4, erratum 749)."""
    challenge = (
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    user = Authenticator("Mufasa", "CircleOfLife")

    assert answered(user, challenge, target="/dir/index.html") == (
        'Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", response="1949323746fe6a43ef61f9606e7febea", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )


ALGORITHMS = ["MD5", "SHA-256", "SHA-512", "SHA-512-256"]
ALL_ALGORITHMS = [*ALGORITHMS, *(f"{name}-sess" for name in ALGORITHMS)]


@pytest.mark.parametrize("qop", ["", "auth", "auth-int, auth", "AUTH"])
@pytest.mark.parametrize("algorithm", ALL_ALGORITHMS)
def test_every_algorithm(algorithm: str, qop: str) -> None:
    """A1. Whoever computes the response from what was sent comes to the same."""
    challenge = f'Digest realm="r", nonce="n", algorithm={algorithm}' + (f', qop="{qop}"' if qop else "")
    user = Authenticator("user", "pass: word")
    value = answered(user, challenge, method="PUT", target="/a?b=c,d")
    given = read_back(value)

    assert response_of(value, "user", "pass: word", "PUT", "n") == given["response"]
    assert algorithm == given["algorithm"]
    assert ("auth" if qop else None) == given.get("qop")
    assert ("00000001" if qop else None) == given.get("nc")
    # A session key cannot be checked without the client's nonce.
    assert (bool(qop) or algorithm.endswith("-sess")) == ("cnonce" in given)


@pytest.mark.parametrize(
    ("algorithm", "echo"),
    [
        pytest.param("md5", "algorithm=md5,", id="lower-case"),
        pytest.param('"SHA-256"', "algorithm=SHA-256,", id="quoted"),
        pytest.param("Sha-256-SESS", "algorithm=Sha-256-SESS,", id="mixed-case"),
    ],
)
def test_the_algorithm_is_echoed(algorithm: str, echo: str) -> None:
    """A1. The algorithm is known in any case, and echoed as the server spells it, a token without quotes."""
    value = answered(
        Authenticator("u", "p"), f'Digest realm="r", nonce="n", qop="auth", algorithm={algorithm}'
    )

    assert echo in value


USERS = [
    pytest.param("user", 'username="user"', id="plain"),
    pytest.param('a"b\\c', r'username="a\"b\\c"', id="escaped"),
    pytest.param("a b", 'username="a b"', id="space"),
    pytest.param("\xe9'%", "username*=UTF-8''%C3%A9%27%25", id="extended"),
    pytest.param("\xe9/", "username*=UTF-8''%C3%A9%2F", id="slash"),
    pytest.param("e\u0301", "username*=UTF-8''%C3%A9", id="composed"),
    pytest.param("\u65e5\u672c", "username*=UTF-8''%E6%97%A5%E6%9C%AC", id="east"),
    pytest.param("\U0001f600", "username*=UTF-8''%F0%9F%98%80", id="astral"),
]


@pytest.mark.parametrize(("username", "written"), USERS)
def test_user_names(username: str, written: str) -> None:
    """A1. A name in ASCII is quoted, another one is in the extended form (RFC 7616 section 3.4, RFC 8187)."""
    value = answered(Authenticator(username, "p"), 'Digest realm="r", nonce="n", qop="auth"')

    assert value.startswith(f"Digest {written}, realm=")
    composed = "\xe9" if username == "e\u0301" else username
    assert composed == read_back(value)["username"]
    assert response_of(value, composed, "p", "GET", "n") == read_back(value)["response"]


@pytest.mark.parametrize("charset", ["", ", charset=UTF-8", ', charset="utf-8"'])
def test_passwords_are_utf_8(charset: str) -> None:
    """A1. Name and password are hashed in UTF-8 and in form C, whether the server says so or not."""
    value = answered(Authenticator("u", "a\u030a\u20ac"), 'Digest realm="r", nonce="n", qop="auth"' + charset)

    assert response_of(value, "u", "\xe5\u20ac", "GET", "n") == read_back(value)["response"]


TEXTS = st.text(
    st.characters(max_codepoint=255, exclude_characters="".join(map(chr, (*range(9), *range(10, 32), 127)))),
    max_size=9,
)


@examples(200)
@given(realm=TEXTS, nonce=TEXTS, opaque=TEXTS, userhash=st.booleans())
def test_what_is_echoed(realm: str, nonce: str, opaque: str, userhash: bool) -> None:
    """A1. Realm, nonce and opaque come back byte for byte, quoted anew, and are hashed as those bytes."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    challenge = f"Digest realm={quoted(realm)}, nonce={quoted(nonce)}, opaque={quoted(opaque)}, qop=auth"
    value = answered(Authenticator("u", "p"), challenge + (", userhash=true" if userhash else ""))
    given = read_back(value)

    assert (realm, nonce, opaque) == (given["realm"], given["nonce"], given["opaque"])
    assert response_of(value, "u", "p", "GET", nonce) == given["response"]
    name = hashed("MD5", "u", realm.encode("latin-1")) if userhash else "u"
    assert (name, "true" if userhash else None) == (given["username"], given.get("userhash"))
    assert given == parse_challenges([value])[0].parameters


def test_no_opaque() -> None:
    """A1. What the server did not give is not echoed; an empty opaque is."""
    user = Authenticator("u", "p")

    assert "opaque" not in answered(user, 'Digest realm="r", nonce="n"')
    assert answered(user, 'Digest realm="r", nonce="n", opaque=""').endswith(', opaque=""')


@pytest.mark.parametrize(
    ("challenge", "reason"),
    [
        pytest.param('Digest nonce="n"', "lacks its realm or its nonce", id="no-realm"),
        pytest.param('Digest realm="r"', "lacks its realm or its nonce", id="no-nonce"),
        pytest.param("Digest", "lacks its realm or its nonce", id="nothing"),
        pytest.param("Digest abc", "lacks its realm or its nonce", id="token68"),
        pytest.param('Digest realm="r", nonce="n", algorithm=SHA-1', "is unknown here", id="unknown-algorithm"),
        pytest.param('Digest realm="r", nonce="n", algorithm=""', None, id="empty-algorithm-is-none"),
        pytest.param(
            'Digest realm="r", nonce="n", algorithm=MD5-sess-sess', "is unknown here", id="unknown-sess"
        ),
    ],
)  # fmt: skip
def test_what_is_left_out(challenge: str, reason: str | None, caplog: pytest.LogCaptureFixture) -> None:
    """A1. A challenge that lacks what it needs, or whose algorithm is unknown, is left out and logged."""
    caplog.set_level(logging.DEBUG, "basestream")
    digests = list(read_digests(parse_challenges([challenge])))

    assert (reason is None) == bool(digests)
    assert [reason in message for message in caplog.messages if reason] == ([True] if reason else [])


def test_a_hash_that_the_machine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A1. Where hashlib refuses an algorithm (FIPS refuses MD5), the next best challenge is answered."""
    new = hashlib.new

    def refusing(name: str, data: bytes = b"") -> Any:
        if name == "sha512_256":
            raise ValueError("unsupported hash type")
        return new(name, data)

    monkeypatch.setattr(hashlib, "new", refusing)
    offers = [
        'Digest realm="r", nonce="n", algorithm=SHA-512-256',
        'Digest realm="r", nonce="n", algorithm=MD5',
    ]
    chosen = strongest(read_digests(parse_challenges(offers)))

    assert chosen is not None
    assert chosen.algorithm == "MD5"


def nothing_but(value: str, *names: str) -> dict[str, str | None]:
    """Read credentials without what two clients may write differently."""
    return {name: text for name, text in read_back(value).items() if name not in names}


@pytest.mark.parametrize("qop", [None, "auth"])
@pytest.mark.parametrize("algorithm", [None, "MD5", "SHA-256", "SHA-512"])
def test_against_requests(algorithm: str | None, qop: str | None) -> None:
    """A1. requests' own Digest sends the same, given the same client nonce."""
    requests = pytest.importorskip("requests")
    given = {"realm": "a b", "nonce": "n/=", "opaque": "o", "algorithm": algorithm, "qop": qop}
    given = {name: text for name, text in given.items() if text is not None}
    theirs = requests.auth.HTTPDigestAuth("user", "p\xe4ss")
    theirs.init_per_thread_state()
    theirs._thread_local.chal = given  # where it keeps what a 401 told it; there is no public way
    value = theirs.build_digest_header("POST", URL + "/x?y=z")
    cnonce = read_back(value).get("cnonce")

    ours = answered(
        Authenticator("user", "p\xe4ss", cnonce=cnonce),
        "Digest " + ", ".join(f'{name}="{text}"' for name, text in given.items()),
        method="POST",
        target="/x?y=z",
    )
    assert read_back(value) == read_back(ours)


# Without qop httpx keeps the client nonce to itself that its session key is made of: no server can check that.
HTTPX_ROWS = [
    *((name, "auth") for name in ("MD5-SESS", "SHA-256-SESS", "SHA-512-SESS")),
    *((name, qop) for name in (None, "MD5", "SHA-256", "SHA-512") for qop in (None, "auth")),
]


@pytest.mark.parametrize("client", ["httpx", "httpx2"])
@pytest.mark.parametrize(("algorithm", "qop"), HTTPX_ROWS)
def test_against_httpx(algorithm: str | None, qop: str | None, client: str) -> None:
    """A1. httpx's own Digest sends the same, given the same client nonce."""
    httpx = pytest.importorskip(client)
    if client == "httpx" and qop is None and httpx.__version__.startswith("0.26."):
        pytest.skip("httpx 0.26 computed another response without qop")
    challenge = 'Digest realm="a b", nonce="n/=", opaque="o"'
    challenge += f", algorithm={algorithm}" if algorithm else ""
    challenge += f', qop="{qop}"' if qop else ""
    request = httpx.Request("POST", URL + "/x?y=z")
    flow = httpx.DigestAuth("user", "p\xe4ss").sync_auth_flow(request)
    next(flow)
    value = flow.send(httpx.Response(401, headers={"www-authenticate": challenge}, request=request)).headers[
        "authorization"
    ]
    cnonce = read_back(value).get("cnonce")

    ours = answered(
        Authenticator("user", "p\xe4ss", cnonce=cnonce), challenge, method="POST", target="/x?y=z"
    )
    # Without an algorithm in the challenge httpx writes MD5.
    unsaid = () if algorithm else ("algorithm",)
    assert nothing_but(value, *unsaid) == nothing_but(ours, *unsaid)
