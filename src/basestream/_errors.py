"""The errors, alone, so that every other module may raise them.

What this module does not know: any client. An adapter derives classes from these that are also its
client's own errors, so that ``except requests.exceptions.InvalidURL`` keeps working.

    BasestreamError
    ├── InvalidURL (ValueError)              a URL that cannot be used as it stands
    │   ├── MissingBaseURL                   a relative reference and no base
    │   └── OutOfReachURL                    a reference outside of what ``reach`` allows
    ├── AuthError                            a challenge that cannot be answered here
    └── BodyError                            an upload that must not go on
        ├── BodySizeError (ValueError)       the source does not hold ``size`` bytes
        │   ├── BodyTooShort
        │   └── BodyTooLong
        ├── BodyConsumed (RuntimeError)      a second pass over a source that can be read once
        ├── BodySourceError                  the source failed with an error a client would take for its own
        └── FramingError (ValueError)        headers that contradict the size of the body

None is an ``OSError``: urllib3 swallows a ``BrokenPipeError`` raised by a body (and reports 200 for a
truncated upload) and sends the request again after any other ``OSError``.
"""

from __future__ import annotations

import re
from typing import Any

# Where userinfo may begin; also of "http:/me:secret@host", which is refused and shown.
_AUTHORITY = re.compile(r"^https?:/*|//", re.IGNORECASE | re.ASCII)


def redacted(url: str) -> str:
    """Give the URL with its userinfo, if any, replaced by ``***``: messages end up in logs.

    Example:
        >>> redacted("https://me:secret@api.example.com/v1")
        'https://***@api.example.com/v1'
    """
    if "@" not in url or (begin := _AUTHORITY.search(url)) is None:
        return url
    start = begin.end()
    end = min((at for at in (url.find(mark, start) for mark in "/?#") if at >= 0), default=len(url))
    at = url.rfind("@", start, end)
    if at < 0:
        # An unescaped "/", "?" or "#" in a password ends the authority early: what looks like a port then
        # is the beginning of the password.
        host, colon, port = url[start:end].partition(":")
        if colon and port and not port.isdigit() and not host.startswith("["):
            at = url.rfind("@")
    return url if at < 0 else f"{url[:start]}***{url[at:]}"


class BasestreamError(Exception):
    """The root of all errors of this library."""


class InvalidURL(BasestreamError, ValueError):
    """A reference or a base URL cannot be used as it stands; nothing was sent.

    Args:
        message: What is wrong and what to write instead.
        url: The offending URL or reference. Userinfo is redacted.
        base_url: The base it was to be joined to, redacted likewise, or None.
    """

    url: str
    base_url: str | None

    def __init__(self, message: str, *, url: str = "", base_url: str | None = None) -> None:
        super().__init__(message)
        self.url = redacted(url)
        self.base_url = None if base_url is None else redacted(base_url)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_url_error, (type(self), str(self), self.url, self.base_url)


class MissingBaseURL(InvalidURL):
    """A relative reference was given to a session without a base URL; nothing was sent."""


class OutOfReachURL(InvalidURL):
    """The reference leaves what the session's ``reach`` allows; nothing was sent."""


class AuthError(BasestreamError):
    """A server asks for credentials in a way that cannot be served; it gave no other choice."""


class BodyError(BasestreamError):
    """An upload was stopped so that no wrong body completes."""


class BodySizeError(BodyError, ValueError):
    """The source does not hold exactly ``size`` bytes.

    Args:
        message: What happened.
        size: The declared size in bytes.
        seen: How many bytes the source had given when the error was noticed.
    """

    size: int
    seen: int

    def __init__(self, message: str, *, size: int, seen: int) -> None:
        super().__init__(message)
        self.size = size
        self.seen = seen

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_size_error, (type(self), str(self), self.size, self.seen)


class BodyTooShort(BodySizeError):
    """The source ended before ``size`` bytes."""


class BodyTooLong(BodySizeError):
    """The source has more than ``size`` bytes."""


class BodyConsumed(BodyError, RuntimeError):
    """A one-shot source was asked for a second pass."""


class BodySourceError(BodyError):
    """The source raised an error that the client would take for its own.

    Args:
        message: What happened.
        source_error: The original, which is ``__cause__`` too. A client may wipe that (httpcore's pool raises
            everything ``from None``), and the sessions put it back. It is not pickled.
    """

    source_error: BaseException | None

    def __init__(self, message: str, source_error: BaseException | None = None) -> None:
        super().__init__(message)
        self.source_error = source_error

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self),)


class FramingError(BodyError, ValueError):
    """The request's headers contradict the declared size of its body; nothing was sent."""


def _rebuild_url_error(kind: type[InvalidURL], message: str, url: str, base_url: str | None) -> InvalidURL:
    return kind(message, url=url, base_url=base_url)


def _rebuild_size_error(kind: type[BodySizeError], message: str, size: int, seen: int) -> BodySizeError:
    return kind(message, size=size, seen=seen)
