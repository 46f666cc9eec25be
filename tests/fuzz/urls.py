"""U18, P1 to P3. Whatever stands in a reference or in a base."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from basestream import InvalidURL, MissingBaseURL, OutOfReachURL, join_url, resolve
from basestream._origins import CredentialPolicy, Reach, origin_of, same_origin
from basestream._rfc3986 import normal_path, split, unsplit

from ._inputs import assert_linear, read_input

BASES = [
    "https://api",
    "https://api/v1",
    "http://u:p@h:8080/a/b",
    "http+unix://%2Fs.sock/x",
    "http://[fe80::1%25eth0]:80/%C3%A9",
    "https://fa\xdf.de//a//b",
    "x-y://H",
]
REACHES: list[Reach] = ["any", "origin", "base"]
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
IN_PATH = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*")
IN_QUERY = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-F]{2})*")
UNRESERVED = re.compile(r"%(?:2[DE]|3\d|[46][1-9A-F]|[57][0-9A]|5F|7E)")
CLIMB = re.compile(r"(?:^|/|%2F|%5C)\.\.(?:/|%2F|%5C|;|$)")
SECRET = "hunter2"  # what no message may show
POLICY = CredentialPolicy("same-origin", ())


def check(data: bytes) -> None:
    """Join the reference of an input to a base; of two texts the first one is the base."""
    given = read_input(data, "utf-8")
    text = given.texts[-1]
    base = given.texts[0] if len(given.texts) > 1 else BASES[given.choose(len(BASES), 0)]
    _check_parts(text)
    _check_resolve(base, text)
    _check_secret(base, text)
    url = _joined(base, text)
    if url is not None and base:
        _check_join(base, text, url)
        for reach in REACHES:
            _check_reach(base, text, url, reach)
        _check_home(base, url)
    if given.switches < 256:
        assert_linear(lambda pumped: _joined("https://api/v1", pumped), text)
        assert_linear(lambda pumped: _joined(pumped, "x"), text)
        assert_linear(origin_of, text)


def _joined(base: str, ref: str, reach: Reach = "any") -> str | None:
    """Join, or give None: there is no error but `InvalidURL` and those below it."""
    try:
        url = join_url(base, ref, reach=reach)
    except InvalidURL as error:
        assert str(error)
        assert not isinstance(error, MissingBaseURL) or not base
        assert not isinstance(error, OutOfReachURL) or reach != "any"
        return None
    assert type(url) is str
    return url


def _check_parts(text: str) -> None:
    """Splitting loses nothing, and an origin is the same when its text is read again."""
    assert unsplit(split(text)) == text
    origin = origin_of(text)
    assert same_origin(text, text) is (origin is not None)
    assert origin is None or origin_of(str(origin)) == origin


def _check_resolve(base: str, ref: str) -> None:
    """RFC 3986 alone: total, but for a base without a scheme."""
    try:
        url = resolve(base, ref)
    except InvalidURL:
        assert split(base).scheme is None
        return
    assert resolve(url, "") == unsplit(split(url)._replace(fragment=None))


def _check_secret(base: str, text: str) -> None:
    """A password is not shown, neither of a base nor of a reference."""
    if SECRET in base + text:
        return
    for made_of in (f"https://me:{SECRET}@{text}", f"x-y://me:{SECRET}@{text}"):
        assert SECRET not in _message(base, made_of)
        assert SECRET not in _message(made_of, text)


def _message(base: str, ref: str) -> str:
    """All that an error shows, if there is one."""
    try:
        join_url(base, ref, reach="base")
    except InvalidURL as error:
        return f"{error} {error.url} {error.base_url}"
    except ValueError:  # a limit without a base
        assert base == ""
    return ""


def _check_join(base: str, ref: str, url: str) -> None:
    """An absolute URL as it is; a reference below the authority of the base, and in normal form."""
    assert join_url(base, url) == url
    if ABSOLUTE.match(ref):
        assert url == ref
        return
    parts = split(url)
    assert parts[:2] == split(base)[:2]
    _check_normal(parts.path, parts.query, parts.fragment)
    if re.split("[?#]", ref, maxsplit=1)[0]:
        assert join_url(base + "/", ref) == url or base.endswith("/")
    _check_stdlib(base, url)


def _check_normal(path: str, query: str | None, fragment: str | None) -> None:
    """ASCII that every client leaves as it is, without dot segments."""
    assert path.startswith("/")
    assert IN_PATH.fullmatch(path)
    assert not {".", ".."} & set(path.split("/"))
    assert not UNRESERVED.search(path)
    for part in (query, fragment):
        assert part is None or (IN_QUERY.fullmatch(part) and not UNRESERVED.search(part))


def _check_stdlib(base: str, url: str) -> None:
    """Another parser sees the same host."""
    try:
        ours = urlsplit(base)
        where = ours.scheme, ours.username, ours.password, ours.hostname, ours.port
    except ValueError:  # it knows fewer forms of an authority
        return
    theirs = urlsplit(url)
    assert (theirs.scheme, theirs.username, theirs.password, theirs.hostname, theirs.port) == where
    assert theirs.path == split(url).path


def _check_reach(base: str, ref: str, url: str, reach: Reach) -> None:
    """A limit refuses, and never changes a URL; what it lets through is inside."""
    limited = _joined(base, ref, reach)
    assert limited in (None, url)
    if limited is None or reach == "any":
        return
    assert same_origin(url, base)
    if reach == "base":
        path, below = normal_path(split(url).path), normal_path(split(base).path).removesuffix("/")
        assert f"{path}/".startswith(f"{below}/")
        assert not CLIMB.search(path)


def _check_home(base: str, url: str) -> None:
    """Credentials go to the host that the standard library sees in the base, and nowhere else."""
    if not POLICY.is_home(base, url):
        assert POLICY.strips(base, base, url) is (origin_of(base) is None or not _upgrades(base, url))
        return
    try:
        ours, theirs = urlsplit(base), urlsplit(url)
        hosts = ours.hostname, theirs.hostname
    except ValueError:
        return
    assert hosts[0] == hosts[1]


def _upgrades(base: str, url: str) -> bool:
    before, target = str(origin_of(base)), str(origin_of(url))
    return before.startswith("http://") and target == "https" + before.removeprefix("http")
