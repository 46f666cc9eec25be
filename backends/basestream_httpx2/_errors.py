"""The core's URL errors, each also the error that httpx2 itself raises for the same text (U16)."""

from __future__ import annotations

import httpx2

import basestream


class InvalidURL(basestream.InvalidURL, httpx2.InvalidURL):
    """`basestream.InvalidURL`, and `httpx2.InvalidURL`."""


class UnsupportedURL(InvalidURL, httpx2.UnsupportedProtocol):
    """An `InvalidURL` without a scheme or a host: httpx2 reads such a URL and refuses it as a protocol."""


class OutOfReachURL(basestream.OutOfReachURL, httpx2.InvalidURL):
    """`basestream.OutOfReachURL`, and `httpx2.InvalidURL`."""


class MissingBaseURL(basestream.MissingBaseURL, httpx2.UnsupportedProtocol):
    """`basestream.MissingBaseURL`, and `httpx2.UnsupportedProtocol`."""


def as_refused(error: basestream.InvalidURL) -> basestream.InvalidURL:
    """Give the error as the one that httpx2 raises for the same text (U16)."""
    if type(error) is InvalidURL:
        try:
            url = httpx2.URL(error.url)
        except Exception:  # httpx2 cannot read it: an InvalidURL of its own
            return error
        if not (url.scheme and url.host):
            return UnsupportedURL(str(error), url=error.url, base_url=error.base_url)
    return error
