"""P2, end to end: whatever the URL or the Location, the session's secrets go to the base's origin alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from random import Random

from . import origins
from ._clients import Place
from ._texts import reference
from ._transports import LINES, SECRET, Get, Line, Sent
from ._trials import Broken, Case, Trial

_SCHEMES = ("http://", "https://")
_ENDS = (  # of what clients make of one text, the first of these is counted
    "home, without secrets",
    "upgraded, without secrets",
    "upgraded, with secrets",
    "away, without secrets",
    "home, with secrets",
)
_BASIC = ("dTpw", "dXNlcj")  # the userinfo of some bases


def generate(random: Random) -> Case:
    """Give a base, and a URL or a Location that wants to look like it."""
    case = origins.generate(random)
    while not case.base.lower().startswith(_SCHEMES):
        case = origins.generate(random)
    if random.random() < 0.15:
        return case._replace(text=reference(random))
    if random.random() < 0.15:
        return case._replace(text=case.text.partition(":")[2])
    return case


def judge(case: Case) -> str:
    """Ask for a text, then be sent there; at each place look for the secrets."""
    seen = {end for client in LINES for end in _judge_client(client, case)}
    return next((end for end in _ENDS if end in seen), "sent by none")


def _judge_client(client: str, case: Case) -> set[str]:
    opened = _opened(client, case.base)
    if opened is None:
        return set()
    line, get, home = opened
    # Userinfo of the base is a secret too, unless the text might be what brings it.
    secrets = (SECRET,) if "@" in case.text or "%" in case.text else (SECRET, *_BASIC)
    hops = [("asked", hop) for hop in _asked(line, get, case.text)]
    hops += [("redirected", hop) for hop in _redirected(line, get, case.text)]
    seen = set[str]()
    for how, (to, headers) in hops:
        where = "home" if to == home else "upgraded" if _is_upgrade(home, to, how) else "away"
        carried = any(secret in headers for secret in secrets)
        if carried and where == "away":
            raise Broken(f"the secrets stay at home ({client}, {how})", f"sent to {to}, home is {home}")
        seen.add(f"{where}, {'with' if carried else 'without'} secrets")
    return seen


def _is_upgrade(home: Place | None, to: Place | None, how: str) -> bool:
    """The one exception: a redirect from http to https of the same host, on their ports."""
    return (
        how == "redirected"
        and home is not None
        and home[::2] == ("http", 80)
        and to == ("https", home.host, 443)
    )


@cache
def _opened(client: str, base: str) -> tuple[Line, Get, Place | None] | None:
    try:
        line, get = LINES[client](base)
    except ValueError:
        return None
    _asked(line, get, "")
    return line, get, line.sent[0].to


def _asked(line: Line, get: Get, url: str) -> list[Sent]:
    return _sent(line, lambda: get(url))


def _redirected(line: Line, get: Get, location: str) -> list[Sent]:
    def started() -> None:
        line.location = location
        get("start")

    return _sent(line, started)[1:]


def _sent(line: Line, send: Callable[[], object]) -> list[Sent]:
    line.sent = []
    line.location = None
    with suppress(Exception):  # whatever a client says to a bad URL: what counts is what it has sent
        send()
    return line.sent


TRIAL = Trial("hops", 40_000, generate, judge)
