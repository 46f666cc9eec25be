"""The core's URL errors, each also the error that httpx2 itself raises for the same text (U16)."""

from __future__ import annotations

import httpx2

import basestream


class InvalidURL(basestream.InvalidURL, httpx2.InvalidURL):
    """`basestream.InvalidURL`, and `httpx2.InvalidURL`."""


class OutOfReachURL(basestream.OutOfReachURL, httpx2.InvalidURL):
    """`basestream.OutOfReachURL`, and `httpx2.InvalidURL`."""


class MissingBaseURL(basestream.MissingBaseURL, httpx2.UnsupportedProtocol):
    """`basestream.MissingBaseURL`, and `httpx2.UnsupportedProtocol`."""
