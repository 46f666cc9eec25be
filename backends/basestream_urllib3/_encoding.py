"""Forms and JSON as urllib3's own ``request`` encodes them, and fields in the query of any reference (U19)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from urllib3 import encode_multipart_formdata


def with_query(url: str, fields: Any) -> str:
    """Add fields to the query of a URL, keeping the one it has."""
    rest, mark, fragment = url.partition("#")
    joint = "&" if rest.partition("?")[2] else "" if rest.endswith("?") else "?"
    return f"{rest}{joint}{urlencode(fields)}{mark}{fragment}"


def encoded_body(
    body: Any, fields: Any, data: Any, multipart: bool, boundary: str | None
) -> tuple[Any, dict[str, str]]:
    """Give the body of a request, and the headers that describe it.

    Raises:
        TypeError: More than one argument would be the body.
    """
    given = [
        name for name, value in (("body", body), ("fields", fields), ("json", data)) if value is not None
    ]
    if len(given) > 1 and not (given == ["body", "fields"] and not fields):
        raise TypeError(f"{' and '.join(given)} would both be the body: pass one of them")
    if data is not None:
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        return text.encode(), {"Content-Type": "application/json"}
    if not fields:
        return body, {}
    if multipart:
        form, content_type = encode_multipart_formdata(fields, boundary=boundary)
        return form, {"Content-Type": content_type}
    return urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"}
