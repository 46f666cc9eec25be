"""What every session is beside its client (P1 to P3, U14 to U17, U20, U21), shown on the smallest client there is."""

from __future__ import annotations

import copy
import enum
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, cast
from urllib.parse import SplitResult, urlsplit

import pytest

from basestream import InvalidURL, MissingBaseURL, OutOfReachURL, SizedStream, StreamingIterator
from basestream.backend import Reach, SendCredentials, SessionRules, URLTypes


class ClientURL:
    """A URL class of a client's own."""

    def __init__(self, text: str) -> None:
        self.text = text


class ClientFault(Exception):
    """What the client raises for a URL it cannot read."""


class ClientInvalidURL(InvalidURL, ClientFault):
    pass


class ClientMissingBase(MissingBaseURL, ClientFault):
    pass


class Client:
    """A client's own session; it knows nothing of ours."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, url: str) -> str:
        self.sent.append(url)
        return url


class Session(SessionRules, Client):
    """The smallest adapter: one method, and a client that writes hosts in lower case and refuses ``!`` in them."""

    base_url: Any = None
    client_errors: ClassVar[Mapping[type[InvalidURL], type[InvalidURL]]] = {
        InvalidURL: ClientInvalidURL,
        MissingBaseURL: ClientMissingBase,
    }

    def __init__(
        self,
        base_url: URLTypes | ClientURL | None = None,
        *,
        reach: Reach = "any",
        send_credentials: SendCredentials = "same-origin",
        credential_headers: Collection[str] = (),
    ) -> None:
        super().__init__()
        self.set_rules(base_url, reach, send_credentials, credential_headers)

    def get(self, url: object) -> str:
        return self.send(self.joined_url(url))

    def client_text(self, url: object) -> object:
        return url.text if isinstance(url, ClientURL) else url

    def client_form(self, url: str) -> str:
        parts = urlsplit(url)
        if "!" in parts.netloc:
            raise ClientFault(f"cannot read {url}")
        host = (parts.hostname or "").replace("ß", "ss")
        return SplitResult(parts.scheme, host, parts.path, parts.query, parts.fragment).geturl()


class Plain(SessionRules):
    """An adapter that fills no hook."""

    base_url: Any = None


class Place(str, enum.Enum):
    USERS = "users"


class Recording(Session):
    """Overrides `create_url`, and is not idempotent."""

    def __init__(self, base_url: str | None = None) -> None:
        self.asked: list[object] = []
        super().__init__(base_url)

    def create_url(self, url: str) -> str:
        self.asked.append(url)
        return super().create_url(url + "!")


@pytest.mark.parametrize(
    "url",
    ["users", b"users", Place.USERS, urlsplit("users"), ClientURL("users")],
    ids=["str", "bytes", "enum", "SplitResult", "client's-own"],
)
def test_create_url_is_called_once_with_text(url: object) -> None:
    """U14, U20. Whatever the caller passes, the hook sees a plain `str`, exactly once."""
    api = Recording("https://api/v1")

    assert api.get(url) == "https://api/v1/users!"
    assert (api.asked, type(api.asked[0])) == (["users"], str)


def test_create_url_sees_absolute_urls_too() -> None:
    """U20. Every request passes through the hook, also one to another host."""
    api = Recording("https://api/v1")
    api.get("https://other/x")

    assert (api.asked, api.sent) == (["https://other/x"], ["https://other/x!"])


@pytest.mark.parametrize(
    "made", ["https://h/x", b"https://h/x", ClientURL("https://h/x")], ids=["str", "bytes", "client's-own"]
)
def test_what_an_override_may_give(made: object) -> None:
    """U14, U20. An override may give any kind of URL; the client gets a plain `str`."""

    class Override(Session):
        def create_url(self, url: str) -> str:
            return cast(str, made)

    assert type(Override().get("x")) is str
    assert Override().get("x") == "https://h/x"


def test_an_override_of_create_url_needs_no_base() -> None:
    """U20. Only `create_url` joins: who overrides it without `super()` owes the session nothing."""

    class Override(Session):
        def create_url(self, url: str) -> str:
            return f"https://{url}.example/"

    assert Override().get("users") == "https://users.example/"


def test_the_hooks_have_defaults() -> None:
    """An adapter fills only the hooks that its client needs: URLs and errors then stay as they are."""
    api = Plain()
    api.base_url = "https://API/v1"

    assert api.joined_url("x") == "https://API/v1/x"
    with pytest.raises(InvalidURL) as caught:
        api.joined_url("//x")
    assert type(caught.value) is InvalidURL
    assert api.is_home("https://api/other")
    assert not api.is_home("https://evil/")


def test_an_absolute_url_needs_no_base() -> None:
    """U8, U16. A session without a base sends an absolute URL as it was written."""
    assert Session().get("https://h/x") == "https://h/x"


# U21: habits


def test_an_adapter_without_the_attribute() -> None:
    """U21. Where neither the class nor the session has a ``base_url``, there is none."""

    class Bare(SessionRules):
        pass

    api = Bare()
    api.set_rules(None, None, None, None)
    with pytest.raises(MissingBaseURL):
        api.joined_url("x")


class WithBase(Session):
    base_url = "https://class/v1"


class BeforeInit(Session):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.base_url = "https://before/v1"
        super().__init__(*args, **kwargs)


@pytest.mark.parametrize("kind", [WithBase, BeforeInit], ids=["class-attribute", "before-init"])
@pytest.mark.parametrize("given", [None, ""], ids=["none", "empty"])
def test_a_base_of_the_subclass_stays(kind: type[Session], given: str | None) -> None:
    """U21. A base set in the class or before ``__init__`` is not overwritten by None or ``""``."""
    api = kind(given)

    assert api.get("x") == f"{api.base_url}/x"
    assert kind().get("x") == f"{api.base_url}/x"


@pytest.mark.parametrize("kind", [WithBase, BeforeInit])
def test_an_argument_overrides_the_subclass(kind: type[Session]) -> None:
    """U21. A base that is given wins."""
    assert kind("https://given").get("x") == "https://given/x"


def test_a_base_assigned_later() -> None:
    """U21. A base may be assigned, changed and taken away at any time."""
    api = Session()
    with pytest.raises(MissingBaseURL):
        api.get("x")
    api.base_url = "https://one"
    assert api.get("x") == "https://one/x"
    api.base_url = "https://two/v1/"
    assert api.get("x") == "https://two/v1/x"
    api.base_url = None
    with pytest.raises(MissingBaseURL):
        api.get("x")


@pytest.mark.parametrize(
    ("base", "text"),
    [
        pytest.param("https://h/a", "https://h/a", id="as-written"),
        pytest.param(b"https://h/a", "https://h/a", id="bytes"),
        pytest.param(ClientURL("https://h/a"), "https://h/a", id="client's-own"),
        pytest.param(urlsplit("https://h/a"), "https://h/a", id="SplitResult"),
        pytest.param("", "", id="empty"),
        pytest.param(None, None, id="none"),
    ],
)
def test_the_attribute_is_text(base: object, text: str | None) -> None:
    """U14, U17. ``session.base_url`` reads back as text, or as None."""
    api = Session()
    api.base_url = base

    assert api.base_url == text


@pytest.mark.parametrize("base", ["api", "https://h?q", "//h", "https://h/a/.."])
def test_a_bad_base_is_refused_when_it_is_set(base: str) -> None:
    """U17, U21. As an argument and when assigned, at once, as the client's own error; the old one stays."""
    with pytest.raises(ClientInvalidURL, match=r"^base URL "):
        Session(base)
    api = Session("https://good")
    with pytest.raises(ClientFault):
        api.base_url = base
    assert api.get("x") == "https://good/x"


def test_a_base_that_is_no_url() -> None:
    """U15, U17. A base of another type is a `TypeError` when it is set."""
    with pytest.raises(TypeError, match="a URL must be a str"):
        Session(cast(Any, 5))


def test_a_bad_base_of_the_class() -> None:
    """U17, U21. A class attribute cannot be checked before there is a session: then it is, at once."""

    class Bad(Session):
        base_url = "https://h?q"

    with pytest.raises(ClientInvalidURL, match="a base has no query"):
        Bad()


def test_a_bad_base_of_the_class_without_init() -> None:
    """U16, U21. Without ``__init__``, it is found at the first use, as the client's own error."""

    class Bad(Session):
        base_url = "https://h?q"

    with pytest.raises(ClientInvalidURL, match="a base has no query"):
        Bad.__new__(Bad).joined_url("x")


def test_a_base_that_the_client_cannot_read() -> None:
    """U17. What the client refuses is refused when the base is set, with the client's own reason."""
    with pytest.raises(ClientInvalidURL, match="cannot read https://a!b") as caught:
        Session("https://a!b")

    assert (caught.value.url, caught.value.base_url) == ("https://a!b/", "https://a!b/")


def test_a_base_of_the_class_that_the_client_cannot_read() -> None:
    """U17, U21. A class attribute is checked in the same way, when the session is made."""

    class Unreadable(Session):
        base_url = "https://a!b"

    with pytest.raises(ClientInvalidURL, match="cannot read"):
        Unreadable()


def test_the_client_s_reason_is_redacted() -> None:
    """P3. A client that quotes the URL in its reason does not bring userinfo into our text."""
    with pytest.raises(ClientInvalidURL) as caught:
        Session("https://me:secret@a!b")

    assert "secret" not in str(caught.value)
    assert "the client cannot read it: ClientFault" in str(caught.value)


def test_rules_without_init() -> None:
    """U21. Unpickled and copied sessions never saw ``__init__``, and join and withhold all the same."""
    api = Session.__new__(Session)
    api.base_url = "https://api/v1"

    assert api.joined_url("x") == "https://api/v1/x"
    assert not api.is_home("https://evil/")
    assert api.credential_policy().headers == {"authorization", "cookie", "proxy-authorization"}


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_copies_are_independent(duplicate: Any) -> None:
    """U21. A copy keeps the base and the rules; changing it does not change the original."""
    api = Session("https://api/v1", reach="origin", credential_headers=("x-key",))
    twin = duplicate(api)
    twin.base_url = "https://other"

    assert (twin.get("x"), api.get("x")) == ("https://other/x", "https://api/v1/x")
    assert (twin.reach, twin.credential_policy().headers) == ("origin", api.credential_policy().headers)


# U16: errors are the client's own too


def test_a_missing_base_is_the_client_s_error() -> None:
    """U16. Ours and the client's own refusal are one class, with our text and attributes."""
    with pytest.raises(ClientMissingBase, match="set base_url") as caught:
        Session().get("users")

    assert isinstance(caught.value, (MissingBaseURL, ClientFault))
    assert (caught.value.url, caught.value.base_url, caught.value.__cause__) == ("users", None, None)


def test_a_bad_reference_is_the_client_s_error() -> None:
    """U16. So is a reference that cannot be used, as text or as bytes."""
    api = Session("https://api/v1")
    with pytest.raises(ClientInvalidURL) as caught:
        api.get("//evil/x")
    assert (caught.value.url, caught.value.base_url) == ("//evil/x", "https://api/v1")
    with pytest.raises(ClientInvalidURL, match="UTF-8"):
        api.get(b"\xff")


def test_an_error_without_a_class_of_the_client_s() -> None:
    """U16. An error that the adapter has no class for stays ours."""
    with pytest.raises(OutOfReachURL) as caught:
        Session("https://api/v1", reach="base").get("/x")

    assert type(caught.value) is OutOfReachURL


@pytest.mark.parametrize("url", [None, 5, ["x"]])
def test_wrong_types(url: object) -> None:
    """U15. What is no URL is a `TypeError`, and `create_url` is not asked."""
    api = Recording("https://api")
    with pytest.raises(TypeError):
        api.get(url)

    assert api.asked == []


# P1: reach


def test_reach_is_checked_as_the_client_writes() -> None:
    """P1, P3. Two spellings that the client sends to one host are one origin."""
    api = Session("https://faß.de/v1", reach="base")

    assert api.get("https://FASS.de/v1/x") == "https://FASS.de/v1/x"
    with pytest.raises(OutOfReachURL, match="another origin"):
        api.get("https://fa.de/v1/x")


@pytest.mark.parametrize("url", ["https://evil/", "/beside", "../beside", "..%2Fx", "https://api/v10"])
def test_nothing_out_of_reach_is_sent(url: str) -> None:
    """P1. A refused reference never reaches the client."""
    api = Session("https://api/v1", reach="base")
    with pytest.raises(OutOfReachURL):
        api.get(url)

    assert api.sent == []


def test_reach_needs_a_base() -> None:
    """P1. A limit without a base is a `ValueError` when the session is made, and when the base goes away."""
    with pytest.raises(ValueError, match="reach='base' needs a base URL"):
        Session(reach="base")
    api = Session("https://api", reach="origin")
    api.base_url = None
    with pytest.raises(ValueError, match="reach='origin' needs a base URL"):
        api.get("https://api/x")


def test_other_words_for_reach() -> None:
    """P1. Another word is a `ValueError`, as an argument and when assigned; the old one stays."""
    with pytest.raises(ValueError, match="reach must be"):
        Session("https://api", reach=cast(Any, "host"))
    api = Session("https://api", reach="base")
    with pytest.raises(ValueError, match="reach must be"):
        api.reach = cast(Any, "host")
    assert api.reach == "base"


# P2, P3: credentials


HOME = [
    # id, URL, home
    ("under", "https://faß.de/v1/x", True),
    ("beside", "https://faß.de/other", True),
    ("other-spelling", "https://FASS.de/", True),
    ("trusted", "https://cdn/x", True),
    ("trusted-other-case", "https://CDN/x", True),
    ("other", "https://evil/", False),
    ("prefix-is-no-origin", "https://faß.de.evil/", False),
    ("userinfo-trick", "https://faß.de@evil/", False),
    ("unreadable", "https://a!b/", False),
]


@pytest.mark.parametrize(("url", "home"), [pytest.param(url, home, id=name) for name, url, home in HOME])
def test_home(url: str, home: bool) -> None:
    """P2, P3. Origins are compared as the client writes them; what it cannot read is foreign."""
    assert Session("https://faß.de/v1", send_credentials=("https://CDN",)).is_home(url) is home


def test_without_a_base_everything_is_home() -> None:
    """P2. Without a base there is no home, and nothing is withheld or stripped."""
    api = Session()

    assert api.is_home("https://evil/")
    assert api.is_home("https://a@b@c/")
    assert not api.strips("https://a/", "https://b/")


def test_include() -> None:
    """P2. Under ``"include"`` everything is sent everywhere, as the bare client would."""
    api = Session("https://api", send_credentials="include")

    assert api.is_home("https://evil/")
    assert not api.strips("https://api/", "https://evil/")


def test_strips() -> None:
    """P2. A redirect to a stranger strips; one that stays at home, or goes home, does not."""
    api = Session("https://API/v1")

    assert api.strips("https://api/", "https://evil/")
    assert not api.strips("https://evil/", "https://api/")


def test_the_policy_is_kept_and_renewed() -> None:
    """P2. Assigning another policy takes effect at once, and is checked at once."""
    api = Session("https://api")
    assert api.credential_policy() is api.credential_policy()
    assert not api.is_home("https://cdn/")
    api.send_credentials = ["https://cdn"]
    assert api.is_home("https://cdn/")
    api.credential_headers = ("X-Key",)
    assert "x-key" in api.credential_policy().headers
    with pytest.raises(ValueError, match="send_credentials"):
        api.send_credentials = cast(Any, "all")
    with pytest.raises(TypeError, match="collection of names"):
        api.credential_headers = "x-key"


def test_the_names_of_further_credentials_are_taken() -> None:
    """P2. Headers that a session is told to treat as credentials are among those of its policy."""
    api = Session("https://api", credential_headers=("X-Key",))

    assert "x-key" in api.credential_policy().headers


def test_a_bad_policy_is_refused_at_once() -> None:
    """P2. Wrong words are errors when the session is made."""
    with pytest.raises(ValueError, match="'same-origin', 'include' or a collection"):
        Session("https://api", send_credentials=cast(Any, "all"))
    with pytest.raises(InvalidURL, match="is no origin"):
        Session("https://api", send_credentials=("https://cdn/path",))


def test_withholding_is_logged_once_for_each_origin(caplog: pytest.LogCaptureFixture) -> None:
    """P3. Names, never values: at WARNING the first time for an origin, at DEBUG later, on ``basestream``."""
    api = Session("https://api")
    with caplog.at_level(logging.DEBUG, logger="basestream"):
        api.note_withheld("https://u:secret@evil/x?token=secret", {"cookie", "authorization"})
        api.note_withheld("https://evil:443/y", ["cookie"])
        api.note_withheld("https://other/", ["params"])
        Session("https://api").note_withheld("https://evil/", ["auth"])

    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "WARNING", "WARNING"]
    assert {record.name for record in caplog.records} == {"basestream"}
    first = caplog.records[0].getMessage()
    assert first.startswith("Session: not sent to https://evil, which is not the session's origin: ")
    assert "authorization, cookie" in first
    assert "send_credentials=" in first
    assert "secret" not in caplog.text


def test_nothing_withheld_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """P3. When there was nothing to withhold, there is no line, and the next one is still the first."""
    api = Session("https://api")
    with caplog.at_level(logging.DEBUG, logger="basestream"):
        api.note_withheld("https://evil/", [])
        api.note_withheld("https://evil/", ["auth"])

    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_target_without_origin_is_logged_redacted(caplog: pytest.LogCaptureFixture) -> None:
    """P3. Where the origin cannot be told, no part of the URL is shown: its path may be a secret too."""
    Session("https://api").note_withheld("https://a:secret@b@c/token", ["auth"])

    assert "a URL whose origin is not clear" in caplog.text
    assert "secret" not in caplog.text
    assert "token" not in caplog.text


# repr


def test_repr() -> None:
    """P3. The repr shows the base without its userinfo, or that there is none."""
    module = Session.__module__.partition(".")[0]

    assert repr(Session("https://me:secret@h/v1")) == f"<{module}.Session https://***@h/v1>"
    assert repr(Session()) == f"<{module}.Session without a base>"


@pytest.mark.parametrize(
    ("base", "url", "home"),
    [
        pytest.param("https://api", "https://%61pi/x", False, id="triplet-in-the-host"),
        pytest.param("http://api", "http://api:0/x", False, id="port-0"),
        pytest.param("https://api", "https://1\\@api/x", False, id="backslash-in-the-userinfo"),
        pytest.param("http://[fe80::1%eth0]", "http://[fe80::1%ETH0]/x", False, id="zone-in-another-case"),
        pytest.param("http+unix://%2Fsocket", "http+unix://%2Fsocket/x", True, id="the-base's-own-triplets"),
        pytest.param("https://me:a%40b@api", "https://api/x", True, id="triplet-in-the-userinfo"),
        pytest.param(
            "https://faß%2F", "https://fass%2F/x", True, id="triplets-as-the-client-writes-the-base"
        ),
    ],
)
def test_home_is_what_every_client_reads_alike(base: str, url: str, home: bool) -> None:
    """P3. A URL that two clients read as two origins is foreign, however the session's own client reads it."""
    assert home == Session(base).is_home(url)


def test_a_host_that_the_client_writes_anew_is_foreign() -> None:
    """P3. requests quotes the triplets of the host again where one of the path is broken: another host."""

    class Quoting(Session):
        def client_form(self, url: str) -> str:
            return url.replace("%", "%25") if url.endswith("%") else url

    api = Quoting("http+unix://%2Fsocket")

    assert api.is_home("http+unix://%2Fsocket/100%25")
    assert not api.is_home("http+unix://%2Fsocket/100%")


# S2: a stream as a part of a form

FORMS: dict[str, Callable[[SizedStream], Any]] = {
    "mapping": lambda part: {"file": part},
    "mapping-with-file-name": lambda part: {"file": ("name.bin", part)},
    "mapping-with-type": lambda part: {"file": ("name.bin", part, "text/plain")},
    "pairs": lambda part: [("file", part)],
    "pairs-with-file-name": lambda part: [["file", ("name.bin", part)]],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_part_that_the_client_could_not_read(form: Callable[[SizedStream], Any]) -> None:
    """S2. A stream without ``read`` is refused, with advice, wherever it stands in a form; one with it is not."""
    says = r"a SizedStream cannot be a part of a .* here: pass a StreamingIterator, which has read\(\)$"
    api = Session()
    api.check_parts(form(StreamingIterator(3, b"abc")))
    with pytest.raises(TypeError, match=says):
        api.check_parts(form(SizedStream(3, b"abc")))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_part_where_the_client_reads_none(form: Callable[[SizedStream], Any]) -> None:
    """S2. Where a client takes bytes alone, no stream may be a part, not even one with ``read``."""
    says = r"a StreamingIterator cannot be a part of a .* here: pass its bytes, stream\.read\(\)$"
    with pytest.raises(TypeError, match=says):
        Session().check_parts(form(StreamingIterator(3, b"abc")), readable=False)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(("a", b"x"), id="bytes"),
        pytest.param(("a", None), id="none"),
        pytest.param(("a", ("name.bin",)), id="file-name-alone"),
        pytest.param(("a",), id="name-alone"),
        pytest.param(("a", b"x", "text/plain"), id="three"),
        pytest.param(object(), id="client's-own"),
    ],
)
def test_parts_that_are_no_streams(other: object) -> None:
    """S2. What else stands in a form is the client's to judge, and a stream behind it is found."""
    api = Session()
    api.check_parts([other])
    with pytest.raises(TypeError, match="a SizedStream cannot be a part"):
        api.check_parts([other, ("file", SizedStream(3, b"abc"))])


def test_an_iterator_of_parts_is_left_to_the_client() -> None:
    """S2. It could not be looked at and sent too."""
    parts = iter([("file", SizedStream(3, b"abc"))])
    Session().check_parts(parts)

    assert [name for name, _ in parts] == ["file"]
