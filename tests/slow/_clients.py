"""Where each client would send a URL, asked of the client; and the sessions under test, without a network.

This module knows no rule: it does not say what is home.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import httpx2
import requests
from urllib3.util import parse_url

import basestream_httpx
import basestream_httpx2
import basestream_requests
import basestream_urllib3
from basestream.backend import SessionRules

_yarl: Any = importlib.import_module("yarl")  # so that nothing but a run needs it
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}


class Place(NamedTuple):
    """Where a request goes."""

    scheme: str
    host: str
    port: int | None


def place(scheme: str | None, host: str | None, port: int | None) -> Place | None:
    """Give a place, or None where the client names no host."""
    if not scheme or not host:
        return None
    name, percent, zone = host.strip("[]").partition("%")
    if ":" not in name:  # case matters in a zone, and nowhere else; RFC 6874 writes its "%" as "%25"
        name, percent, zone = host, "", ""
    scheme, host = scheme.lower(), name.lower() + percent + zone.removeprefix("25")
    return Place(scheme, host, _PORTS.get(scheme) if port is None else port)


def by_requests(url: str) -> Place | None:
    """What requests prepares, as its adapter takes it apart."""
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, None)
    parts = urlsplit(prepared.url or "")
    return place(parts.scheme, parts.hostname, parts.port)


def by_requests_pool(url: str) -> Place | None:
    """What requests prepares, as urllib3 takes it apart: older versions connect so."""
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, None)
    return by_urllib3(prepared.url or "")


def by_httpx(url: str) -> Place | None:
    """What httpx hands to its transport."""
    parsed = httpx.URL(url)
    return place(parsed.scheme, parsed.raw_host.decode("ascii"), parsed.port)


def by_httpx2(url: str) -> Place | None:
    """What httpx2 hands to its transport."""
    parsed = httpx2.URL(url)
    return place(parsed.scheme, parsed.raw_host.decode("ascii"), parsed.port)


def by_urllib3(url: str) -> Place | None:
    """What a manager of urllib3's makes a pool for."""
    parsed = parse_url(url)
    return place(parsed.scheme, parsed.host, parsed.port)


def by_yarl(url: str) -> Place | None:
    """What aiohttp would connect to."""
    parsed = _yarl.URL(url)
    return place(parsed.scheme, parsed.raw_host, parsed.port)


Reader = Callable[[str], Place | None]
READERS: dict[str, Reader] = {
    "requests": by_requests,
    "requests' pool": by_requests_pool,
    "httpx": by_httpx,
    "httpx2": by_httpx2,
    "urllib3": by_urllib3,
    "yarl": by_yarl,
}


def read(reader: str, url: str) -> Place | None:
    """Give where a client would send a URL; None if it refuses it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return READERS[reader](url)
    except Exception:  # each has errors of its own, and some that slip through: no request is sent
        return None


class BareRules(SessionRules):
    """The rules without a client: URLs are compared as they are written."""


CORE = "basestream"
SESSIONS: dict[str, Callable[[], SessionRules]] = {
    CORE: BareRules,
    "requests": basestream_requests.BaseUrlSession,
    "httpx": basestream_httpx.BaseUrlSession,
    "httpx2": basestream_httpx2.BaseUrlSession,
    "urllib3": basestream_urllib3.BaseUrlSession,
}


@lru_cache(256)
def session(client: str, base: str) -> SessionRules | None:
    """Give a session with a base; None if it refuses that base."""
    session = SESSIONS[client]()
    try:
        session.set_rules(base, "any", "same-origin", ())
    except ValueError:
        return None
    return session
