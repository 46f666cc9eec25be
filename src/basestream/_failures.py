"""What the command line says when something fails: one line, an exit code, and nobody's secrets.

Rule 1: whatever others have written (a client's error, a server's answer, a URL) is shown as one line in which
        nothing can steer a terminal.
Rule 2: no message has a password, userinfo, a credential header, or a query that may be a signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote

from ._errors import (
    BodyConsumed,
    BodySizeError,
    BodySourceError,
    BodyTooShort,
    FramingError,
    InvalidURL,
    redacted,
)
from ._origins import DEFAULT_CREDENTIAL_HEADERS
from ._rfc3986 import split

FAILED, USAGE, SIZE, STATUS, INTERRUPTED = 1, 2, 3, 22, 130
"""Exit codes besides 0; 22 is what ``curl --fail`` gives."""


class CannotRun(Exception):
    """The command cannot be run as it was asked for; the message says why, in one line."""


class Failed(Exception):
    """The command was run, and has failed; the message says why, in one line.

    Args:
        message: For the user.
        exit_code: Of the command.
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def printable(text: str) -> str:
    """Give text as one line in which nothing can steer a terminal, and without any URL's userinfo.

    Example:
        >>> printable("two\\nlines, \\x1b[31m http://me:secret@host/")
        'two lines, \\\\x1b[31m http://***@host/'
    """
    line = " ".join(map(redacted, text.split()))
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def one_line(error: Exception) -> str:
    """Give an error as one line."""
    return printable(f"{type(error).__name__}: {error}")


def explained(error: Exception, name: str) -> Failed:
    """Say what an error means to whoever uploads from a file or a pipe.

    Args:
        error: One of ours, or anything that a client has raised.
        name: The input's, ``"-"`` for standard input.
    """
    what = "standard input" if name == "-" else repr(name)
    if isinstance(error, BodySizeError):
        return Failed(f"{what} {_counted(error)}: no complete request was sent", SIZE)
    if isinstance(error, BodyConsumed):
        return Failed(f"the server wants the body again, and {what} can be read once: upload a file", FAILED)
    if isinstance(error, BodySourceError):
        return Failed(f"cannot read {what}: {getattr(error.source_error, 'strerror', None) or error}", FAILED)
    if isinstance(error, (FramingError, InvalidURL)):
        return Failed(str(error), USAGE)
    return Failed(one_line(error), FAILED)


def _counted(error: BodySizeError) -> str:
    if isinstance(error, BodyTooShort):
        return f"has {error.seen} bytes, fewer than the declared {error.size}"
    return f"has more than the declared {error.size} bytes"


def scrubbed(text: str, url: str, headers: Mapping[str, str], user: tuple[str, str] | None) -> str:
    """Take out of a message what nobody else may read, also where a client quotes it.

    Args:
        text: The message.
        url: Where the upload went.
        headers: The user's own.
        user: Name and password.

    Example:
        >>> scrubbed("no route to /x?sig=1 for me:pw", "http://host/x?sig=1", {}, ("me", "pw"))
        'no route to /x?*** for me:***'
    """
    for secret in sorted(_secrets(url, headers, user), key=len, reverse=True):
        text = text.replace(secret, "***")
    return re.sub(r"\?[^\s'\")>]+", "?***", text) if "?" in url else text


def _secrets(url: str, headers: Mapping[str, str], user: tuple[str, str] | None) -> Iterator[str]:
    userinfo = (split(url).authority or "").rpartition("@")[0]
    passwords = [userinfo, userinfo.partition(":")[2], user[1] if user else ""]
    for name, value in headers.items():
        if name.lower() in DEFAULT_CREDENTIAL_HEADERS:
            passwords += [value, value.rpartition(" ")[2]]
    for password in filter(None, passwords):
        yield from (password, unquote(password), quote(password, safe=""))
