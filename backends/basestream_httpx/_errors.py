"""The core's URL errors, each also the error that httpx itself raises for the same text (U16)."""

from __future__ import annotations

import httpx

import basestream


class InvalidURL(basestream.InvalidURL, httpx.InvalidURL):
    """`basestream.InvalidURL`, and `httpx.InvalidURL`."""


class OutOfReachURL(basestream.OutOfReachURL, httpx.InvalidURL):
    """`basestream.OutOfReachURL`, and `httpx.InvalidURL`."""


class MissingBaseURL(basestream.MissingBaseURL, httpx.UnsupportedProtocol):
    """`basestream.MissingBaseURL`, and `httpx.UnsupportedProtocol`."""
