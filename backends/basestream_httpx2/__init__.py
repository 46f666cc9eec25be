"""basestream on httpx2: a client with a base URL, sync and async, and upload bodies of known size.

Example:
    >>> from basestream_httpx2 import BaseUrlSession, StreamingIterator
    >>> with BaseUrlSession("https://api.example.com/v1") as api:
    ...     api.create_url("users")
    'https://api.example.com/v1/users'
"""

from __future__ import annotations

from basestream import AuthError as AuthError
from basestream import BasestreamError as BasestreamError
from basestream import BodyConsumed as BodyConsumed
from basestream import BodyError as BodyError
from basestream import BodySizeError as BodySizeError
from basestream import BodySourceError as BodySourceError
from basestream import BodyTooLong as BodyTooLong
from basestream import BodyTooShort as BodyTooShort
from basestream import FramingError as FramingError
from basestream import InvalidURL as InvalidURL
from basestream import MissingBaseURL as MissingBaseURL
from basestream import OutOfReachURL as OutOfReachURL
from basestream import SizedStream as SizedStream
from basestream import StreamingIterator as StreamingIterator
from basestream import user_agent as user_agent
from basestream.backend import missing_client as _missing_client

try:
    from ._auth import GuessAuth as GuessAuth
    from ._sessions import AsyncBaseUrlSession as AsyncBaseUrlSession
    from ._sessions import BaseUrlSession as BaseUrlSession
except ImportError as _error:
    raise _missing_client("httpx2", _error) from _error

BODY_KEYWORD = "content"
"""The client's own word for the body of a request."""
SEND_ONCE: dict[str, bool] = {"follow_redirects": False}
"""Arguments with which a request is sent once, without following a redirect or trying again."""
TIMEOUT_KEYWORD = "timeout"
"""The client's own word for the seconds that a request may wait without progress."""

__all__ = [
    "BODY_KEYWORD",
    "SEND_ONCE",
    "TIMEOUT_KEYWORD",
    "AsyncBaseUrlSession",
    "AuthError",
    "BaseUrlSession",
    "BasestreamError",
    "BodyConsumed",
    "BodyError",
    "BodySizeError",
    "BodySourceError",
    "BodyTooLong",
    "BodyTooShort",
    "FramingError",
    "GuessAuth",
    "InvalidURL",
    "MissingBaseURL",
    "OutOfReachURL",
    "SizedStream",
    "StreamingIterator",
    "user_agent",
]
