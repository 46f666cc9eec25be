"""U13, U18, differential: of a relative reference every client sends the same request target to the same place."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from random import Random

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import parse_url

import basestream_httpx
import basestream_httpx2
import basestream_requests
import basestream_urllib3
from basestream import InvalidURL

from ._clients import READERS, read
from ._texts import reference, words
from ._trials import Broken, Case, Trial

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BASES = (
    *words("https://api https://api/v1 https://api/v1/ http://u:s3cret@h:8080/a/b https://faß.de//a//b"),
    *words("http://[::1]:8080/é http://127.0.0.1:80/%7euser/a%2fb http://xn--fa-hia.de//"),
)


@cache
def _requests(base: str) -> basestream_requests.BaseUrlSession:
    return basestream_requests.BaseUrlSession(base)


@cache
def _httpx(base: str) -> basestream_httpx.BaseUrlSession:
    return basestream_httpx.BaseUrlSession(base)


@cache
def _httpx2(base: str) -> basestream_httpx2.BaseUrlSession:
    return basestream_httpx2.BaseUrlSession(base)


@cache
def _urllib3(base: str) -> basestream_urllib3.BaseUrlSession:
    return basestream_urllib3.BaseUrlSession(base)


def on_requests(base: str, ref: str) -> str:
    """Prepare as the session does, and give the target that the adapter would write."""
    prepared = _requests(base).prepare_request(requests.Request("GET", ref))
    return HTTPAdapter().request_url(prepared, {})


def on_httpx(base: str, ref: str) -> str:
    """Build as the session does."""
    return _httpx(base).build_request("GET", ref).url.raw_path.decode("ascii")


def on_httpx2(base: str, ref: str) -> str:
    """Build as the session does."""
    return _httpx2(base).build_request("GET", ref).url.raw_path.decode("ascii")


def on_urllib3(base: str, ref: str) -> str:
    """Join as the session does, and give the target that the manager would write."""
    return parse_url(_urllib3(base).create_url(ref)).request_uri


CLIENTS: dict[str, Callable[[str, str], str]] = {
    "urllib3": on_urllib3,
    "httpx": on_httpx,
    "httpx2": on_httpx2,
    "requests": on_requests,
}


def generate(random: Random) -> Case:
    """Give a base and a reference."""
    return Case(random.choice(_BASES), reference(random))


def judge(case: Case) -> str:
    """Compare the targets, then the places."""
    if _ABSOLUTE.match(case.text):
        return "absolute: passed on as it is"
    targets = {client: _target(client, case) for client in CLIENTS}
    wanted = targets["urllib3"]
    if wanted is None:
        if any(targets.values()):
            raise Broken("all sessions refuse the same references", repr(targets))
        return "refused by all"
    dropped = wanted.find("?") == len(wanted) - 1  # requests drops an empty query: the one difference
    for client, target in targets.items():
        if target != (wanted[:-1] if dropped and client == "requests" else wanted):
            raise Broken(f"{client} sends the target that urllib3 sends", repr(targets))
    _judge_places(case)
    return "the same target" + (", but for the empty query on requests" if dropped else "")


def _target(client: str, case: Case) -> str | None:
    """Give what a client would write into its request line; None if our session refuses the reference."""
    try:
        return CLIENTS[client](case.base, case.text)
    except InvalidURL:
        return None
    except Exception as error:
        raise Broken(f"{client} takes what our session has joined", repr(error)) from error


def _judge_places(case: Case) -> None:
    url = _urllib3(case.base).create_url(case.text)
    for reader in READERS:
        there, home = read(reader, url), read(reader, case.base)
        if there is None or there != home:
            raise Broken(f"{reader} stays at the base", f"{url}: {there}, {home}")


TRIAL = Trial("targets", 40_000, generate, judge)
