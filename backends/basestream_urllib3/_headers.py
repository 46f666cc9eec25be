"""Headers that urllib3 leaves to its caller: Basic credentials, userinfo, and what a 303 leaves behind."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import MutableMapping
from urllib.parse import unquote_to_bytes

from urllib3.util import parse_url

# What describes a body that a 303 leaves behind (RFC 9110 section 15.4).
BODY_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-type",
    "transfer-encoding",
)


def basic(credentials: bytes) -> str:
    """Give the value of an Authorization header (RFC 7617)."""
    return f"Basic {b64encode(credentials).decode('ascii')}"


def without_userinfo(url: str, headers: MutableMapping[str, str]) -> str:
    """Turn a URL's userinfo into a header; urllib3 ignores it, and would send it to a proxy."""
    parsed = parse_url(url)
    if parsed.auth is None:
        return url
    if "authorization" not in headers:
        headers["Authorization"] = basic(unquote_to_bytes(parsed.auth))
    return parsed._replace(auth=None).url
