"""A1. Which challenge is answered, how often, and to whom."""

from __future__ import annotations

import copy
import pickle
import re
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from werkzeug.datastructures import Authorization

from basestream import AuthError, BasestreamError
from basestream._auth import Asked, Authenticator, basic
from basestream._origins import origin_of
from support_core import examples, pickled

URL = "https://api.example.com/v1"
BASIC = "Basic dTpw"  # u:p


def asked(authorization: str | None = None, url: str = URL) -> Asked:
    """Give a request as it was sent."""
    return Asked("GET", url, "/v1", authorization)


def digest(algorithm: str = "MD5", *, nonce: str = "n", more: str = "") -> str:
    """Write a challenge."""
    return f'Digest realm="r", nonce="{nonce}", qop="auth", algorithm={algorithm}{more}'


def parameters(authorization: str | None) -> dict[str, str | None]:
    """Read Digest credentials as Werkzeug does."""
    credentials = Authorization.from_header(authorization)
    assert credentials is not None
    assert credentials.type == "digest"
    return dict(credentials.parameters)


def kind(authorization: str | None) -> str | None:
    """Tell how a request was authorized: the algorithm of Digest, ``"Basic"``, or None."""
    if authorization is None or authorization == BASIC:
        return authorization and "Basic"
    return parameters(authorization)["algorithm"]


@pytest.mark.parametrize(
    ("username", "password", "value"),
    [
        pytest.param("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", id="rfc-7617-section-2"),
        pytest.param("test", "123\xa3", "Basic dGVzdDoxMjPCow==", id="rfc-7617-section-2.1"),
        pytest.param("u", "", "Basic dTo=", id="empty-password"),
        pytest.param("u", ":p:", "Basic dTo6cDo=", id="colons-in-password"),
        pytest.param("e\u0301", "a\u030a", basic("\xe9", "\xe5"), id="form-c"),
    ],
)
def test_basic(username: str, password: str, value: str) -> None:
    """A1. Basic is name and password in UTF-8 and in form C; an independent reader gets them back."""
    assert basic(username, password) == value
    assert Authenticator(username, password).answer(asked(), ["Basic"], attempt=0) == value
    credentials = Authorization.from_header(value)
    assert credentials is not None
    assert f"{credentials.username}:{credentials.password}".encode() == b64decode(value.split()[1])


@pytest.mark.parametrize(
    ("username", "password", "error", "says"),
    [
        pytest.param(None, "secret", TypeError, "user name must be a str, not NoneType: decode", id="none"),
        pytest.param(b"u", "secret", TypeError, "user name must be a str, not bytes", id="bytes"),
        pytest.param("u", b"secret", TypeError, "password must be a str, not bytes", id="bytes-password"),
        pytest.param("u", 1, TypeError, "password must be a str, not int", id="number"),
        pytest.param("", "secret", ValueError, "user name is empty: pass", id="empty"),
        pytest.param(
            "secret:u", "secret", ValueError, "has a colon.*: pass what stands before it", id="colon"
        ),
        pytest.param(
            "u\n", "secret", ValueError, "user name has a control character.*: remove it", id="line"
        ),
        pytest.param(
            "u", "secret\r\n", ValueError, "password has a control character.*: remove it", id="crlf"
        ),
        pytest.param("u", "secret\0", ValueError, "password has a control character", id="nul"),
        pytest.param("u", "secret\x7f", ValueError, "password has a control character", id="del"),
        pytest.param("u", "secret\t", ValueError, "password has a control character", id="tab"),
        pytest.param("\ud800", "secret", ValueError, "user name has an unpaired surrogate", id="surrogate"),
        pytest.param(
            "u", "secret\udfff", ValueError, "password has an unpaired surrogate.*: decode", id="low"
        ),
    ],
)
def test_what_cannot_be_sent(username: object, password: object, error: type[Exception], says: str) -> None:
    """A1. A wrong name or password is refused at once, with advice, and the password is nowhere shown."""
    for build in (Authenticator, basic):
        with pytest.raises(error, match=says) as caught:
            build(cast(str, username), cast(str, password))

        assert type(caught.value) is error  # a UnicodeEncodeError would hold the text
        assert "secret" not in repr(caught.value)


def test_the_error() -> None:
    """A1. `AuthError` is one of ours, and pickles."""
    error = pickled(AuthError("m"))

    assert (type(error), str(error)) == (AuthError, "m")
    assert isinstance(error, BasestreamError)
    assert not isinstance(error, OSError)


CHOICES: list[tuple[str, list[str], str | None]] = [
    # id, challenges in the server's order, what is answered
    ("nothing", [], None),
    ("basic", ['Basic realm="r"'], "Basic"),
    ("basic-without-realm", ["Basic"], "Basic"),
    ("digest-over-basic", ['Basic realm="r"', digest("MD5")], "MD5"),
    ("digest-over-basic-in-one", ['Basic realm="r", ' + digest("MD5")], "MD5"),
    ("sha-over-md5", [digest("MD5"), digest("SHA-256")], "SHA-256"),
    ("sha-512-256-over-sha-256", [digest("SHA-256"), digest("SHA-512-256")], "SHA-512-256"),
    ("sha-512-over-sha-256", [digest("SHA-256"), digest("SHA-512")], "SHA-512"),
    ("sha-512-is-sha-512-256s-equal", [digest("SHA-512"), digest("SHA-512-256")], "SHA-512"),
    ("sha-512-256-is-sha-512s-equal", [digest("SHA-512-256"), digest("SHA-512")], "SHA-512-256"),
    ("sess-is-an-equal", [digest("SHA-256-sess"), digest("SHA-256")], "SHA-256-sess"),
    ("sess-is-no-more", [digest("SHA-256"), digest("SHA-256-sess")], "SHA-256"),
    ("weak-sess", [digest("MD5-sess"), digest("SHA-256")], "SHA-256"),
    ("all", [f"{digest('MD5')}, Basic realm=r, {digest('SHA-512-256')}", digest("SHA-256")], "SHA-512-256"),
    ("unknown-scheme", ["Negotiate", "Bearer realm=r"], None),
    ("unknown-scheme-and-basic", ["Negotiate abc==, Basic realm=r"], "Basic"),
    ("unknown-algorithm", [digest("SHA-3")], None),
    ("unknown-algorithm-and-basic", [digest("SHA-3"), "Basic realm=r"], "Basic"),
    ("no-nonce", ['Digest realm="r"', "Basic realm=r"], "Basic"),
    ("malformed", ['Digest realm="r", nonce="n', "Basic realm=r"], "Basic"),
    ("malformed-alone", ['Digest realm="r", nonce="n'], None),
    ("auth-int-and-auth", ['Digest realm=r, nonce=n, algorithm=MD5, qop="auth-int,auth"'], "MD5"),
    ("auth-int-and-basic", ['Digest realm=r, nonce=n, qop="auth-int"', "Basic realm=r"], "Basic"),
    ("auth-int-and-weaker", ['Digest realm=r, nonce=n, qop=auth-int, algorithm=SHA-256', digest()], "MD5"),
    ("unknown-qop", ['Digest realm=r, nonce=n, qop="auth-conf"'], None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "answer"), [pytest.param(fields, answer, id=name) for name, fields, answer in CHOICES]
)
def test_the_strongest_is_answered(fields: list[str], answer: str | None) -> None:
    """A1. The strongest challenge that can be answered is; of equals, the one that the server put first."""
    user = Authenticator("u", "p")
    value = user.answer(asked(), fields, attempt=0)

    assert kind(value) == answer
    assert kind(user.first("GET", URL, "/v1")) == answer  # and that is what was learnt


@pytest.mark.parametrize("more", [[], ["Negotiate"], [digest("SHA-3")]], ids=["alone", "scheme", "algorithm"])
def test_auth_int_alone(more: list[str]) -> None:
    """A1. Where nothing can be answered because of auth-int, an error says so and what to do."""
    user = Authenticator("u", "p")
    fields = ['Digest realm="r", nonce="n", qop="auth-int"', *more]

    with pytest.raises(
        AuthError, match=r"qop=auth-int, which needs the whole body .*: let it offer qop=auth"
    ):
        user.answer(asked(), fields, attempt=0)
    assert user.first("GET", URL, "/v1") is None


SENT = 'Digest username="u", realm="r", uri="/v1", nonce="{}", response="x"'.format
STALE = ", stale=true"

STEPS: list[tuple[str, str | None, int, list[str], str | None]] = [
    # id, what the request was sent with, answers before, challenges, what is answered
    ("first", None, 0, [digest()], "MD5"),
    ("first-stale", None, 0, [digest(more=STALE)], "MD5"),
    ("unasked-refused-other-nonce", SENT("old"), 0, [digest()], "MD5"),
    ("unasked-refused-same-nonce", SENT("n"), 0, [digest()], "MD5"),
    ("unasked-stale", SENT("old"), 0, [digest(more=STALE)], "MD5"),
    ("answer-refused", SENT("old"), 1, [digest()], None),
    ("answer-refused-same-nonce", SENT("n"), 1, [digest()], None),
    ("answer-stale", SENT("old"), 1, [digest(more=STALE)], "MD5"),
    ("answer-stale-any-case", SENT("old"), 1, [digest(more=', stale="TRUE"')], "MD5"),
    ("answer-not-stale", SENT("old"), 1, [digest(more=", stale=false")], None),
    ("answer-stale-same-nonce", SENT("n"), 1, [digest(more=STALE)], None),
    ("answer-stale-nothing-sent", None, 1, [digest(more=STALE)], "MD5"),
    ("answer-stale-basic-sent", BASIC, 1, [digest(more=STALE)], "MD5"),
    ("answer-stale-stronger", SENT("old"), 1, [digest(), digest("SHA-256", more=STALE)], "SHA-256"),
    ("answer-stale-but-the-strongest-is-not", SENT("old"), 1, [digest(more=STALE), digest("SHA-256")], None),
    ("answer-stale-other-realm", SENT("old"), 1, [digest(more=STALE).replace('"r"', '"s"')], "MD5"),
    ("answer-refused-other-realm", SENT("old"), 1, [digest().replace('"r"', '"s"')], None),
    ("second-answer-stale", SENT("old"), 2, [digest(more=STALE)], None),
    ("many-answers-stale", SENT("old"), 9, [digest(more=STALE)], None),
    ("basic", None, 0, ["Basic realm=r"], "Basic"),
    ("basic-refused", BASIC, 0, ["Basic realm=r"], None),
    ("basic-refused-after-an-answer", BASIC, 1, ["Basic realm=r"], None),
    ("basic-refused-other-realm", BASIC, 0, ["Basic realm=s"], None),
    ("basic-of-somebody-else", "Basic eDp5", 0, ["Basic realm=r"], "Basic"),
    ("basic-refused-digest-offered", BASIC, 0, ["Basic realm=r", digest()], "MD5"),
    ("downgrade-of-what-was-learnt", SENT("n"), 0, ["Basic realm=r"], "Basic"),
    ("downgrade-after-an-answer", SENT("n"), 1, ["Basic realm=r"], None),
    ("downgrade-beside-digest", SENT("n"), 1, [digest(), "Basic realm=r"], None),
    ("basic-after-nothing", None, 1, ["Basic realm=r"], None),
    ("auth-int-after-an-answer", SENT("n"), 1, ["Digest realm=r, nonce=m, qop=auth-int, stale=true"], None),
    ("no-challenge", SENT("n"), 0, [], None),
]


@pytest.mark.parametrize(
    ("authorization", "attempt", "fields", "answer"), [pytest.param(*row, id=name) for name, *row in STEPS]
)
def test_each_step(authorization: str | None, attempt: int, fields: list[str], answer: str | None) -> None:
    """A1. A request is answered once, and a second time only if nothing but its nonce was wrong."""
    value = Authenticator("u", "p").answer(asked(authorization), fields, attempt=attempt)

    assert kind(value) == answer


def test_a_refusal_teaches_nothing() -> None:
    """A1. What is not answered does not change what was learnt."""
    user = Authenticator("u", "p")
    user.answer(asked(), [digest(nonce="one")], attempt=0)
    user.answer(asked(SENT("one")), [digest(nonce="two")], attempt=1)
    user.answer(asked(SENT("one")), ["Negotiate"], attempt=0)

    assert parameters(user.first("GET", URL, "/v1"))["nonce"] == "one"


def used(authorization: str | None) -> tuple[str | None, ...]:
    """Give nonce and count of Digest credentials."""
    given = parameters(authorization)
    return given["nonce"], given["nc"]


def test_the_count_of_a_nonce() -> None:
    """A1. Each use of a nonce is counted, also when the server gives it again; a new one starts at one."""
    user = Authenticator("u", "p")

    assert used(user.answer(asked(), [digest(nonce="a")], attempt=0)) == ("a", "00000001")
    assert used(user.first("GET", URL, "/v1")) == ("a", "00000002")
    assert used(user.answer(asked(), [digest(nonce="a", more=', opaque="o"')], attempt=0)) == (
        "a",
        "00000003",
    )
    assert parameters(user.first("GET", URL, "/v1"))["opaque"] == "o"  # what goes with it is the newest
    assert used(user.answer(asked(), [digest(nonce="b", more=STALE)], attempt=1)) == ("b", "00000001")
    later = [user.first("GET", URL, "/v1") for _ in range(15)]
    assert used(later[-1]) == ("b", "00000010")


def test_the_cnonce_of_a_nonce() -> None:
    """A1. The client's nonce stays for the life of a nonce and is then drawn anew, 128 bits of it."""
    user = Authenticator("u", "p")
    one = parameters(user.answer(asked(), [digest("MD5-sess", nonce="a")], attempt=0))
    same = parameters(user.first("GET", URL, "/v1"))
    other = parameters(user.answer(asked(), [digest("MD5-sess", nonce="b")], attempt=0))

    assert one["cnonce"] == same["cnonce"] != other["cnonce"]
    assert re.fullmatch("[0-9a-f]{32}", one["cnonce"] or "")


def test_what_is_sent_unasked_is_for_that_request() -> None:
    """A1. An Authorization learnt for one request is computed for the next one's method and target."""
    user = Authenticator("u", "p")
    user.answer(asked(), [digest()], attempt=0)
    one, other = (parameters(user.first(method, URL, "/x?y")) for method in ("PUT", "GET"))

    assert one["uri"] == other["uri"] == "/x?y"
    assert one["response"] != other["response"]


NEXT: list[tuple[str, list[str], tuple[str, str]]] = [
    # id, the values of Authentication-Info, nonce and count of the request after it
    ("replaced", ['nextnonce="b"'], ("b", "00000001")),
    ("among-others", ['rspauth="x", NextNonce=b, nc=00000001'], ("b", "00000001")),
    ("the-last-of-two", ["nextnonce=c", "nextnonce=b"], ("b", "00000001")),
    ("the-same", ['nextnonce="a"'], ("a", "00000002")),
    ("empty", ['nextnonce=""'], ("a", "00000002")),
    ("none", ['rspauth="x"'], ("a", "00000002")),
    ("malformed", ['nextnonce="b', ""], ("a", "00000002")),
    ("nothing", [], ("a", "00000002")),
]


@pytest.mark.parametrize(("info", "then"), [pytest.param(info, then, id=name) for name, info, then in NEXT])
def test_nextnonce(info: list[str], then: tuple[str, str]) -> None:
    """A1. A nextnonce replaces the nonce and starts its count (RFC 7616 section 3.5); the same one goes on."""
    user = Authenticator("u", "p")
    user.answer(asked(), [digest(nonce="a")], attempt=0)
    user.learn(URL, info)

    assert used(user.first("GET", URL, "/v1")) == then


def test_nextnonce_keeps_the_session_key() -> None:
    """A1. With -sess the key is made once, of the nonce in the challenge (RFC 7616 section 3.4.2)."""
    from hashlib import md5

    def hashed(*parts: str) -> str:
        return md5(":".join(parts).encode()).hexdigest()  # noqa: S324  (what the server asks for)

    user = Authenticator("u", "p", cnonce="c")
    user.answer(asked(), [digest("MD5-sess", nonce="a")], attempt=0)
    user.learn(URL, ["nextnonce=b"])
    given = parameters(user.first("GET", URL, "/v1"))

    key = hashed(hashed("u", "r", "p"), "a", "c")
    assert given["response"] == hashed(key, "b", "00000001", "c", "auth", hashed("GET", "/v1"))


def test_nextnonce_where_there_is_none() -> None:
    """A1. Authentication-Info teaches nothing where Digest is not in use."""
    user = Authenticator("u", "p")
    user.learn(URL, ["nextnonce=b"])
    assert user.first("GET", URL, "/v1") is None

    user.answer(asked(), ["Basic realm=r"], attempt=0)
    user.learn(URL, ["nextnonce=b"])
    assert user.first("GET", URL, "/v1") == BASIC


def test_many_threads() -> None:
    """A1. Sixteen threads use one nonce: no count is given twice and none is left out."""
    user = Authenticator("u", "p")
    user.answer(asked(), [digest()], attempt=0)

    def use(number: int) -> str | None:
        if number % 2:
            return parameters(user.first("GET", URL, "/v1"))["nc"]
        return parameters(user.answer(asked(SENT("n")), [digest()], attempt=0))["nc"]

    with ThreadPoolExecutor(16) as pool:
        counts = list(pool.map(use, range(800)))

    assert sorted(int(count or "0", 16) for count in counts) == list(range(2, 802))


def test_the_memory_is_used_under_the_lock() -> None:
    """A1. Nothing is looked up, changed or counted but by the thread that holds the lock."""
    user = Authenticator("u", "p")
    lock, uses = vars(user)["_lock"], list[str]()

    class Watched(dict[Any, Any]):
        def get(self, key: Any, default: Any = None) -> Any:
            assert lock.locked()
            uses.append("get")
            return super().get(key, default)

        def __setitem__(self, key: Any, value: Any) -> None:
            assert lock.locked()
            uses.append("set")
            super().__setitem__(key, value)

    vars(user)["_known"] = Watched()
    user.first("GET", URL, "/v1")
    user.answer(asked(), ["Basic realm=r"], attempt=0)
    user.answer(asked(), [digest()], attempt=0)
    user.learn(URL, ["nextnonce=b"])

    assert uses == ["get", "set", "get", "set", "get"]
    assert not lock.locked()


@pytest.mark.parametrize("copied", [pickled, copy.deepcopy, copy.copy], ids=["pickle", "deepcopy", "copy"])
def test_copies(copied: Any) -> None:
    """A1. A copy has the name and the password, and none of the memory."""
    user = Authenticator("u", "p", cnonce="c")
    user.answer(asked(), [digest()], attempt=0)
    other = copied(user)

    assert other.first("GET", URL, "/v1") is None
    assert parameters(other.answer(asked(), [digest()], attempt=0))["cnonce"] == "c"
    assert used(other.first("GET", URL, "/v1")) == ("n", "00000002")
    assert used(user.first("GET", URL, "/v1")) == ("n", "00000002")  # each has its own
    assert b"api.example.com" not in pickle.dumps(user)


def test_a_subclass_keeps_its_attributes() -> None:
    """A1. What an adapter's subclass adds is copied too."""
    user = Authenticator("u", "p")
    vars(user)["flavour"] = "plain"

    assert vars(copy.deepcopy(user))["flavour"] == "plain"


def test_repr() -> None:
    """A1. The password is not shown, nor is what was learnt."""
    user = Authenticator("me", "secret")
    user.answer(asked(), [digest()], attempt=0)

    assert repr(user) == "<basestream Authenticator of 'me'>"


SCHEMES = st.sampled_from(["http", "https", "HTTPS", "ws", "mock", "http+unix"])
HOSTS = st.sampled_from(
    [
        *("a.example", "A.example", "b.example", "a.example.", "b.a.example", "a.example.b", "%61.example"),
        *("[::1]", "[::2]", "[fe80::1%25a]", "[fe80::1%25A]", "fa\xdf.de", "fass.de"),
    ]
)
PORTS = st.sampled_from(["", ":", ":80", ":443", ":8080", ":0443"])
USERINFOS = st.sampled_from(
    ["", "u@", "u:p@", "a.example@", "a.example:443@", "a.example\\@", "a.example@b@"]
)
PATHS = st.sampled_from(["", "/", "/v1", "/v1?q=//a.example", "?@a.example", "#@a.example"])
URLS = st.builds("{}://{}{}{}{}".format, SCHEMES, USERINFOS, HOSTS, PORTS, PATHS)
OFFERS = st.lists(
    st.sampled_from(["Basic realm=r", *map(digest, ("MD5", "SHA-256", "SHA-512-256-sess"))]), min_size=1
)


@examples(500)
@given(here=URLS, there=URLS, offers=OFFERS)
def test_nothing_is_told_to_another_origin(here: str, there: str, offers: list[str]) -> None:
    """A1, P3. What was learnt at one origin goes to no other one, and no other one can change it."""
    assume(origin_of(here) != origin_of(there) or origin_of(here) is None)
    user = Authenticator("u", "p", cnonce="c")
    value = user.answer(asked(url=here), offers, attempt=0)

    assert (value is None) == (origin_of(here) is None)
    assert user.first("GET", there, "/") is None
    user.learn(there, ["nextnonce=stranger"])
    user.answer(asked(url=there), [digest(nonce="stranger")], attempt=0)
    again = user.first("GET", here, "/v1")
    assert (again is None) == (value is None)
    assert "stranger" not in (again or "")


@pytest.mark.parametrize(
    "url",
    ["/v1", "https:///v1", "https://a@b@c/", "https://a\\@b/", "mailto:u@h"],
    ids=["relative", "no-host", "two-ats", "backslash-in-userinfo", "no-authority"],
)
def test_no_origin(url: str) -> None:
    """A1, P3. A URL that two clients may read as two gets nothing."""
    user = Authenticator("u", "p")
    user.learn(url, ["nextnonce=b"])

    assert user.answer(asked(url=url), ["Basic realm=r"], attempt=0) is None
    assert user.first("GET", url, "/v1") is None


@pytest.mark.parametrize(
    "url", ["https://API.example.com:443/other?x", "https://someone@api.example.com#f"], ids=repr
)
def test_the_same_origin(url: str) -> None:
    """A1. What was learnt holds for the whole origin, however it is written."""
    user = Authenticator("u", "p")
    user.answer(asked(), ["Basic realm=r"], attempt=0)

    assert user.first("GET", url, "/other") == BASIC


PIECES = st.sampled_from(
    [
        *(*' ,="\\\t\x00\r\n\xe9\u20ac', "Basic ", "Digest ", ", ", 'realm="r"', "nonce=n", "qop=", "auth"),
        *("auth-int", "algorithm=SHA-256", "userhash=true", "stale=true"),
    ]
)


@examples(500)
@given(fields=st.lists(st.lists(PIECES, max_size=14).map("".join), max_size=3), attempt=st.integers(0, 2))
def test_whatever_a_server_sends(fields: list[str], attempt: int) -> None:
    """A1. There is an answer, none, or `AuthError`, and an answer is one line that a header can hold."""
    try:
        value = Authenticator("u", "p").answer(asked(), fields, attempt=attempt)
    except AuthError:
        assert any("auth-int" in field for field in fields)
    else:
        assert value is None or re.fullmatch(r"(Basic|Digest) [\t -~\x80-\xff]+", value)
