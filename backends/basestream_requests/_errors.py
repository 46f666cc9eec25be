"""The core's URL errors, each also the error that requests itself raises for the same text (U16)."""

from __future__ import annotations

import re

import requests.exceptions as native

import basestream


class InvalidURL(basestream.InvalidURL, native.InvalidURL):
    """`basestream.InvalidURL`, and `requests.exceptions.InvalidURL`."""


class OutOfReachURL(basestream.OutOfReachURL, native.InvalidURL):
    """`basestream.OutOfReachURL`, and `requests.exceptions.InvalidURL`."""


class MissingBaseURL(basestream.MissingBaseURL, native.MissingSchema):
    """`basestream.MissingBaseURL`, and `requests.exceptions.MissingSchema`."""


class MissingBaseURLForName(basestream.MissingBaseURL, native.InvalidSchema):
    """`basestream.MissingBaseURL`, and `requests.exceptions.InvalidSchema`: requests reads ``name:x`` as a scheme."""


_NAME = re.compile(r"[^/?#]*:")


def missing_base(error: basestream.MissingBaseURL) -> basestream.MissingBaseURL:
    """Give the error as the one that requests raises for the same reference."""
    kind = MissingBaseURLForName if _NAME.match(error.url) else MissingBaseURL
    return kind(str(error), url=error.url, base_url=error.base_url)
