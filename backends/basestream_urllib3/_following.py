"""What happens to a request of a session: redirects are followed here, so that each hop can be judged (P2).

What this module does not know: how a URL was joined, and what a challenge is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urljoin

import urllib3
from urllib3 import BaseHTTPResponse, HTTPHeaderDict  # urllib3 1.26 has neither, and the door says so
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from basestream.backend import SessionRules, Upload

from ._auth import Way, answered
from ._headers import BODY_HEADERS


def follow(
    rules: SessionRules,
    manager: urllib3.PoolManager,
    method: str,
    url: str,
    body: Any,
    headers: Mapping[str, str],
    ways: list[Way],
    kw: dict[str, Any],
) -> BaseHTTPResponse:
    """Send a request, follow redirects as the manager would, and answer challenges on the way.

    Args:
        rules: The session's.
        manager: Sends each hop.
        method: The method.
        url: Where it goes first, absolute.
        body: An `Upload`, or what urllib3 takes.
        headers: What it is sent with.
        ways: Its ways through challenges (A1).
        kw: For the manager's ``urlopen``.
    """
    redirect: bool = kw.pop("redirect", True)
    retries = kw.pop("retries", None)
    if retries is None:
        retries = manager.connection_pool_kw.get("retries")
    if retries is not None:  # an int would lose its redirects to redirect=False
        retries = Retry.from_int(retries, redirect=redirect)
    while True:
        response = _hop(manager, method, url, body, headers, ways, {"retries": retries, **kw})
        location = response.get_redirect_location() if redirect else None
        if not location:
            return response
        target = urljoin(url, location)
        retries = response.retries or Retry.from_int(retries)
        headers = kept = _headers_after(rules, manager, retries, url, target, headers)
        if response.status == 303:
            method, body = "GET", None
            for name in BODY_HEADERS:
                kept.discard(name)
            kw.pop("chunked", None)
        try:
            retries = retries.increment(method, url, response=response)
        except MaxRetryError:
            if retries.raise_on_redirect:
                response.drain_conn()
                raise
            return response
        response.drain_conn()
        url = target


def _hop(
    manager: urllib3.PoolManager,
    method: str,
    url: str,
    body: Any,
    headers: Mapping[str, str],
    ways: list[Way],
    kw: dict[str, Any],
) -> BaseHTTPResponse:
    def send(headers: Mapping[str, str]) -> BaseHTTPResponse:
        if isinstance(body, Upload):
            body.prime()
        return manager.urlopen(method, url, redirect=False, body=body, headers=headers, **kw)

    if not ways:
        return send(headers)
    return answered(ways, method, url, HTTPHeaderDict(headers), send)  # a copy: an answer is for one hop


def _headers_after(
    rules: SessionRules,
    manager: urllib3.PoolManager,
    retries: Retry,
    url: str,
    target: str,
    headers: Mapping[str, str],
) -> HTTPHeaderDict:
    """Give the headers that a redirect may carry on."""
    kept = HTTPHeaderDict(headers)
    names: Collection[str] = ()
    if not manager.connection_from_url(url).is_same_host(target):
        names = retries.remove_headers_on_redirect
    if rules.strips(rules.written_form(url), rules.written_form(target)):
        names = {*names, *rules.credential_policy().headers}
    for name in names:
        kept.discard(name)
    return kept
