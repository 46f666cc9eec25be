"""The words on a command line as values, each refused with what to write instead.

Rule: a message never repeats what may be a secret: a header's value, a password.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

_SIZE = re.compile(r"([0-9]{1,18}) ?(?:([kmg])(i?b)?|b)?", re.IGNORECASE | re.ASCII)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2
_VALUE = re.compile(
    r"(?:[!-~](?:[ \t!-~]*[!-~])?)?"
)  # RFC 9110 section 5.5; other than ASCII differs by client


def parse_size(text: str) -> int:
    """Read a number of bytes: ``10``, ``10kB`` and ``10MB`` (powers of 1000), ``10k`` and ``10MiB`` (of 1024).

    Raises:
        ArgumentTypeError: It is none.

    Example:
        >>> parse_size("10"), parse_size("10kB"), parse_size("10KiB"), parse_size("10k")
        (10, 10000, 10240, 10240)

    Source: a bare letter is a power of 1024 in GNU coreutils too.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ArgumentTypeError(
            f"{text!r} is no size: write bytes, or a number with kB, MB, GB, KiB, MiB or GiB"
        )
    number, letter, unit = match.groups()
    if letter is None:
        return int(number)
    factor = 1000 if (unit or "").lower() == "b" else 1024
    return int(number) * int(factor ** (1 + "kmg".index(letter.lower())))


def parse_method(text: str) -> str:
    """Read a method, in upper case, as every client sends it.

    Raises:
        ArgumentTypeError: It is none.
    """
    if _TOKEN.fullmatch(text) is None:
        raise ArgumentTypeError(f"{text!r} is no method")
    return text.upper()


def parse_header(text: str) -> tuple[str, str]:
    """Read a header field, ``Name: value``.

    Raises:
        ArgumentTypeError: It is none.

    Example:
        >>> parse_header("Content-Type: text/csv")
        ('Content-Type', 'text/csv')
    """
    name, colon, value = text.partition(":")
    if not colon or _TOKEN.fullmatch(name) is None:
        raise ArgumentTypeError("write a header as 'Name: value'")
    if _VALUE.fullmatch(value.strip(" \t")) is None:
        raise ArgumentTypeError(f"the value of {name} has characters that no header can have")
    return name, value.strip(" \t")


def parse_user(text: str) -> tuple[str, str]:
    """Read ``USER:PASSWORD``.

    Raises:
        ArgumentTypeError: There is no colon.
    """
    user, colon, password = text.partition(":")
    if not colon:
        raise ArgumentTypeError("write USER:PASSWORD")
    return user, password


def parse_count(text: str) -> int:
    """Read a number of times.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not text.isascii() or not text.isdecimal() or len(text) > 3:
        raise ArgumentTypeError(f"{text!r} is no number from 0 to 999")
    return int(text)


def parse_seconds(text: str) -> float:
    """Read a time in seconds.

    Raises:
        ArgumentTypeError: It is none, or none that can be waited for.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise ArgumentTypeError(f"{text!r} is no time: write seconds, more than 0")
    return seconds
