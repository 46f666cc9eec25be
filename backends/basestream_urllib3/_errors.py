"""The core's URL errors, each also the error that urllib3 itself raises for the same text (U16)."""

from __future__ import annotations

from urllib3.exceptions import LocationValueError

import basestream


class InvalidURL(basestream.InvalidURL, LocationValueError):
    """`basestream.InvalidURL`, and `urllib3.exceptions.LocationValueError`."""


class OutOfReachURL(basestream.OutOfReachURL, LocationValueError):
    """`basestream.OutOfReachURL`, and `urllib3.exceptions.LocationValueError`."""


class MissingBaseURL(basestream.MissingBaseURL, LocationValueError):
    """`basestream.MissingBaseURL`, and `urllib3.exceptions.LocationValueError`."""
