"""The core's URL errors, each also the error that httpx itself raises for the same text (U16)."""

from __future__ import annotations

import httpx

import basestream


class InvalidURL(basestream.InvalidURL, httpx.InvalidURL):
    """`basestream.InvalidURL`, and `httpx.InvalidURL`."""


class UnsupportedURL(InvalidURL, httpx.UnsupportedProtocol):
    """An `InvalidURL` without a scheme or a host: httpx reads such a URL and refuses it as a protocol."""


class OutOfReachURL(basestream.OutOfReachURL, httpx.InvalidURL):
    """`basestream.OutOfReachURL`, and `httpx.InvalidURL`."""


class MissingBaseURL(basestream.MissingBaseURL, httpx.UnsupportedProtocol):
    """`basestream.MissingBaseURL`, and `httpx.UnsupportedProtocol`."""


def as_refused(error: basestream.InvalidURL) -> basestream.InvalidURL:
    """Give the error as the one that httpx raises for the same text (U16)."""
    if type(error) is InvalidURL:
        try:
            url = httpx.URL(error.url)
        except Exception:  # httpx cannot read it: an InvalidURL of its own
            return error
        if not (url.scheme and url.host):
            return UnsupportedURL(str(error), url=error.url, base_url=error.base_url)
    return error
