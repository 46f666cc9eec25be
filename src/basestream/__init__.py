"""A session with a base URL and an upload body of known size, the same on every HTTP client.

This is the core: URL joining, the sized stream, the errors. It imports no client; the sessions are in
``basestream_requests``, ``basestream_httpx``, ``basestream_httpx2`` and ``basestream_urllib3``.
"""

from __future__ import annotations

from ._errors import AuthError as AuthError
from ._errors import BasestreamError as BasestreamError
from ._errors import BodyConsumed as BodyConsumed
from ._errors import BodyError as BodyError
from ._errors import BodySizeError as BodySizeError
from ._errors import BodySourceError as BodySourceError
from ._errors import BodyTooLong as BodyTooLong
from ._errors import BodyTooShort as BodyTooShort
from ._errors import FramingError as FramingError
from ._errors import InvalidURL as InvalidURL
from ._errors import MissingBaseURL as MissingBaseURL
from ._errors import OutOfReachURL as OutOfReachURL
from ._rfc3986 import resolve as resolve
from ._streams import SizedStream as SizedStream
from ._streams import StreamingIterator as StreamingIterator
from ._urls import join_url as join_url
from ._user_agent import user_agent as user_agent

__version__ = "0.1.0"

__all__ = [
    "AuthError",
    "BasestreamError",
    "BodyConsumed",
    "BodyError",
    "BodySizeError",
    "BodySourceError",
    "BodyTooLong",
    "BodyTooShort",
    "FramingError",
    "InvalidURL",
    "MissingBaseURL",
    "OutOfReachURL",
    "SizedStream",
    "StreamingIterator",
    "__version__",
    "join_url",
    "resolve",
    "user_agent",
]
