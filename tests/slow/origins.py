"""P3, differential: what a session calls home, no client may send elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from random import Random

from basestream.backend import SessionRules

from ._clients import CORE, READERS, SESSIONS, Place, read, session
from ._texts import HOSTILE, mutated, odd_character, pieces, words
from ._trials import Broken, Case, Trial

_BASES = (
    *words("https://api https://api:443 https://api:8443/v1 http://api http://api:8080/v1/ HTTPS://API/v1"),
    *words(
        "https://api.example.com/v1 https://api.example.com./ https://u:p@api.example.com/v1 https://user@api"
    ),
    *words("http://127.0.0.1:8080 http://127.1/ http://0177.0.0.1/ http://2130706433 http://0x7f000001/"),
    *words("http://[::1]/ http://[::1]:8080/v1 http://[fe80::1%25eth0]/ http://[fe80::1%eth0]:80/"),
    *words("http://[::ffff:127.0.0.1] https://faß.de/ https://fass.de https://xn--fa-hia.de"),
    *words(
        "https://bücher.example/é https://\uff21\uff30\uff29/ https://日本\u3002jp/ https://%61pi https://a_b-c/"
    ),
    *words("http+unix://%2Fvar%2Frun%2Fdocker.sock/v1 mock://h/x ws://api wss://api:443"),
)
_EVIL = words("evil evil.example evil:443 [::2] 127.0.0.2 evil\u3002example api.evil")
_TAILS = ("", *words("/ /v1/users ?q=1 #f /@evil /a:b@c /\\@evil //evil /%2e%2e//evil"))
_PORTS = (
    *("", ": 443", ":443 ", ":\uff14\uff14\uff13", ":\u0664\u0664\u0663"),
    *words(": :0 :1 :80 :443 :0443 :00000000443 :8080 :8443 :65535 :65536 :-1 :+443"),
    *words(":4_43 :443:443 :x :443@ :1443 :443.0 :0x1bb"),
)
_IPS = (
    *words(
        "127.0.0.1 127.1 0177.0.0.1 0x7f.0.0.1 0x7f000001 2130706433 127.0.0.1. 127.000.000.001 127.0.0.01"
    ),
    *words("\uff11\uff12\uff17.0.0.1 127\u30020\u30020\u30021 [::1] [0:0::1] [::0001] [::ffff:7f00:1]"),
    *words("[::127.0.0.1] [::1%eth0] [::1%25eth0] [fe80::1%25ETH0] [FE80::1%25eth0] [fe80::1%2525eth0]"),
    *words("[fe80::1%] [::1 ::1 [v1.x] [::1]x [::1]8080 [::1].evil x[::1] [[::1]] [::1]] %5B::1%5D [::%31]"),
)
_BETWEEN = words(r"@ %40 \ # ? / : :443 . ; & %00 %2f %5c")
_USERS = ("", "", "", *words(r"u@ u:p@ evil@ %40@ @ a@b@ \@ [@ evil:443@ @evil@"))
_SLASHES = ("//", "//", "//", "//", "///", "/", "\\\\", "/\\", "")


def generate(random: Random) -> Case:
    """Give a base, and a URL that wants to look like it."""
    base = random.choice(_BASES)
    which = random.random()
    if which < 0.4:
        text = base.rstrip("/") + random.choice(_TAILS)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            text = mutated(random, text)
        return Case(base, text)
    if which < 0.6:
        return Case(base, _tricked(random, base))
    return Case(base, _rebuilt(random, base))


def _tricked(random: Random, base: str) -> str:
    """Put something between the base and another host, or the other way round."""
    scheme, authority = parts_of(base)
    between = "".join(random.choices(_BETWEEN, k=random.randint(0, 2)))
    between += odd_character(random) if random.random() < 0.5 else ""
    first, second = authority, random.choice(_EVIL)
    if random.random() < 0.5:
        first, second = second, first
    at = "@" if random.random() < 0.7 else ""
    return f"{scheme}://{first}{between}{at}{second}{_port(random)}{random.choice(_TAILS)}"


def _rebuilt(random: Random, base: str) -> str:
    """Write the same scheme, userinfo, host and port in other ways."""
    scheme, authority = parts_of(base)
    host = authority.rpartition("@")[2]
    if random.random() < 0.6:
        host = host.rpartition(":")[0] or host
    schemes = (scheme, scheme, scheme.upper(), "http", "https", "ws", "ftp", scheme + "s", "http+unix")
    slashes, user = random.choice(_SLASHES), random.choice(_USERS)
    tail = random.choice(_TAILS) if random.random() < 0.7 else pieces(random, 3)
    return f"{random.choice(schemes)}:{slashes}{user}{_host(random, host)}{_port(random)}{tail}"


def _port(random: Random) -> str:
    return ":" + "0" * 5000 if random.random() < 0.0005 else random.choice(_PORTS)


def _host(random: Random, host: str) -> str:
    which = random.random()
    if which < 0.2:
        return random.choice(_IPS)
    at = random.randrange(len(host))
    other = host[at]
    if which < 0.4:
        other = f"%{ord(other):02x}" if other.isascii() else "".join(f"%{b:02X}" for b in other.encode())
    elif which < 0.5:
        other = chr(ord(other) + 0xFEE0) if "!" <= other <= "~" else other  # its full-width form
    elif which < 0.6:
        other = other.swapcase()
    elif which < 0.7:
        other += random.choice(HOSTILE)
    elif which < 0.75:
        return host + random.choice((".", "..", "\u3002", "\uff0e", "\uff61", "%2e", "\xad", "\u200d"))
    return host[:at] + other + host[at + 1 :]


@lru_cache(256)
def parts_of(base: str) -> tuple[str, str]:
    """Give scheme and authority of one of the bases."""
    scheme, _, rest = base.partition("://")
    return scheme, rest.partition("/")[0]


def judge(case: Case) -> str:
    """Ask every session whether a URL is home, and every client where it would send it."""
    asked = {client: rules for client in SESSIONS if (rules := session(client, case.base)) is not None}
    home = {client for client, rules in asked.items() if _is_home(client, rules, case.text)}
    passed = any(_passes(asked[client], case.text) for client in home)
    for reader in _concerned(home, case.text):
        at_home, there = _base_read(reader, case.base), read(reader, case.text)
        if at_home is not None and there is not None and at_home != there:
            raise Broken(
                f"{_accused(home, reader)}, {reader} goes elsewhere ({'passed on' if passed else 'refused'})",
                f"{reader} reads {there}, and the base as {at_home}",
            )
    if not home:
        return "foreign"
    return (
        f"home{'' if home >= set(asked) - {CORE} else ' to some'}, {'passed on' if passed else 'but refused'}"
    )


def _accused(home: set[str], reader: str) -> str:
    """A session answers for its own client first, and the rules without a client for all of them."""
    own = reader.partition("'")[0]
    if own in home:
        return "the session says home, its own client"
    return "the core says home" if CORE in home else f"{'/'.join(sorted(home))} says home"


def _concerned(home: set[str], url: str) -> Iterable[str]:
    """Give the clients to ask.

    Where one "%" of a URL is broken requests quotes all of them again, those of the host too. Its session
    knows, for it asks requests how the URL is written; the others cannot.
    """
    if not home:
        return ()
    authority = url.partition("://")[2].partition("/")[0]
    requoted = "%" in authority and re.search(r"%(?![0-9A-Fa-f]{2})", url) is not None
    return (reader for reader in READERS if "requests" not in reader or "requests" in home or not requoted)


def _is_home(client: str, rules: SessionRules, url: str) -> bool:
    try:
        return rules.is_home(url)
    except Exception as error:
        raise Broken(
            f"is_home answers, whatever the text ({client}, {type(error).__name__})", repr(error)
        ) from error


def _passes(rules: SessionRules, url: str) -> bool:
    try:
        return rules.create_url(url) == url
    except ValueError:
        return False


@lru_cache(1024)
def _base_read(reader: str, base: str) -> Place | None:
    return read(reader, base)


TRIAL = Trial("origins", 400_000, generate, judge)
