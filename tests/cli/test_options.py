"""C1: the words of a command line as values, and what is said of those that are none."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

import pytest

from basestream import _options


@pytest.mark.parametrize(
    ("text", "size"),
    [
        pytest.param("0", 0, id="zero"),
        pytest.param("10", 10, id="bytes"),
        pytest.param("10B", 10, id="bytes with their unit"),
        pytest.param("10kB", 10_000, id="kB"),
        pytest.param("10MB", 10_000_000, id="MB"),
        pytest.param("10 MB", 10_000_000, id="with a space"),
        pytest.param("3GB", 3 * 10**9, id="GB"),
        pytest.param("10KiB", 10 * 1024, id="KiB"),
        pytest.param("10MiB", 10 * 1024**2, id="MiB"),
        pytest.param("3GiB", 3 * 1024**3, id="GiB"),
        pytest.param("64k", 64 * 1024, id="k alone, as in coreutils"),
        pytest.param("2M", 2 * 1024**2, id="M alone"),
        pytest.param("1G", 1024**3, id="G alone"),
        pytest.param("10mib", 10 * 1024**2, id="in lower case"),
        pytest.param("3b", 3, id="bytes in lower case"),
        pytest.param("3kb", 3_000, id="kb"),
        pytest.param("3 KIB", 3 * 1024, id="KIB"),
        pytest.param("3Mb", 3_000_000, id="Mb"),
        pytest.param("9" * 18, 10**18 - 1, id="the most digits"),
    ],
)
def test_sizes(text: str, size: int) -> None:
    """C1. A size is bytes, or a number with a unit in any case: with i or alone of 1024, else of 1000; exactly."""
    read = _options.parse_size(text)
    assert (read, type(read)) == (size, int)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("ten", id="a word"),
        pytest.param("-1", id="negative"),
        pytest.param("1.5MB", id="a fraction"),
        pytest.param("1e6", id="an exponent"),
        pytest.param("10TB", id="a unit that is too large"),
        pytest.param("10iB", id="no letter"),
        pytest.param("MB", id="no number"),
        pytest.param("0x10", id="hexadecimal"),
        pytest.param("1_000", id="an underscore"),
        pytest.param("٣", id="digits of another script"),
        pytest.param(" 10", id="a leading space"),
        pytest.param("10\n", id="a line"),
        pytest.param("9" * 5000, id="more digits than Python converts"),
    ],
)
def test_no_sizes(text: str) -> None:
    """Anything else is refused with what to write instead."""
    with pytest.raises(argparse.ArgumentTypeError, match="is no size: write bytes"):
        _options.parse_size(text)


@pytest.mark.parametrize(
    ("text", "method"),
    [
        pytest.param("put", "PUT", id="lower case"),
        pytest.param("X-my_Own!", "X-MY_OWN!", id="signs of a token"),
    ],
)
def test_methods(text: str, method: str) -> None:
    """C1. A method is a token, in upper case."""
    assert _options.parse_method(text) == method


@pytest.mark.parametrize(
    ("text", "header"),
    [
        pytest.param("a:b", ("a", "b"), id="no space"),
        pytest.param("a: \t b c\t ", ("a", "b c"), id="spaces around"),
        pytest.param("a:", ("a", ""), id="empty"),
        pytest.param("a: x", ("a", "x"), id="one character"),
        pytest.param("a: xX", ("a", "xX"), id="two letters"),
        pytest.param("a: b: c", ("a", "b: c"), id="another colon"),
        pytest.param("x-A_1!: ~", ("x-A_1!", "~"), id="signs of a token"),
    ],
)
def test_headers(text: str, header: tuple[str, str]) -> None:
    """C1. A header is its name and its value, without the spaces around it."""
    assert _options.parse_header(text) == header


@pytest.mark.parametrize(
    ("text", "user"),
    [
        pytest.param("me:pw", ("me", "pw"), id="both"),
        pytest.param("me:p:w", ("me", "p:w"), id="a colon in the password"),
        pytest.param(":", ("", ""), id="empty"),
    ],
)
def test_users(text: str, user: tuple[str, str]) -> None:
    """C1. The user ends at the first colon."""
    assert _options.parse_user(text) == user


@pytest.mark.parametrize(
    ("text", "count"), [pytest.param("0", 0, id="none"), pytest.param("999", 999, id="the most")]
)
def test_counts(text: str, count: int) -> None:
    """C1. A number of times is from 0 to 999."""
    assert _options.parse_count(text) == count


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("5", 5.0, id="whole"),
        pytest.param("0.5", 0.5, id="less than one"),
        pytest.param("999999", 999_999.0, id="the most"),
    ],
)
def test_times(text: str, seconds: float) -> None:
    """C1. A time is seconds, more than none and less than a million."""
    assert _options.parse_seconds(text) == seconds


NO_SIZE = "is no size: write bytes, or a number with kB, MB, GB, KiB, MiB or GiB"


@pytest.mark.parametrize(
    ("parse", "text", "said"),
    [
        pytest.param(_options.parse_size, "1" * 19, f"'{'1' * 19}' {NO_SIZE}", id="too many digits"),
        pytest.param(_options.parse_size, "1  kB", f"'1  kB' {NO_SIZE}", id="two spaces"),
        pytest.param(_options.parse_size, "1\N{KELVIN SIGN}", f"'1\N{KELVIN SIGN}' {NO_SIZE}", id="kelvin"),
        pytest.param(_options.parse_method, "", "'' is no method", id="no method"),
        pytest.param(_options.parse_method, "a\n", r"'a\n' is no method", id="method and line"),
        pytest.param(_options.parse_header, ": s3cret", "write a header as 'Name: value'", id="no name"),
        pytest.param(_options.parse_header, "s3cret", "write a header as 'Name: value'", id="no colon"),
        pytest.param(_options.parse_header, "a : s3cret", "write a header as 'Name: value'", id="space"),
        pytest.param(
            _options.parse_header,
            "a: s3cret\x7f",
            "the value of a has characters that no header can have",
            id="control character",
        ),
        pytest.param(
            _options.parse_header,
            "a: s3cret\n",
            "the value of a has characters that no header can have",
            id="line end",
        ),
        pytest.param(_options.parse_user, "s3cret", "write USER:PASSWORD", id="no password"),
        pytest.param(_options.parse_count, "", "'' is no number from 0 to 999", id="no count"),
        pytest.param(_options.parse_count, "1000", "'1000' is no number from 0 to 999", id="too many"),
        pytest.param(_options.parse_count, "٣", "'٣' is no number from 0 to 999", id="another script"),
        pytest.param(
            _options.parse_seconds, "1e6", "'1e6' is no time: write seconds, more than 0", id="too long"
        ),
        pytest.param(
            _options.parse_seconds, "-1", "'-1' is no time: write seconds, more than 0", id="before"
        ),
        pytest.param(
            _options.parse_seconds, "soon", "'soon' is no time: write seconds, more than 0", id="a word"
        ),
    ],
)
def test_refused(parse: Callable[[str], object], text: str, said: str) -> None:
    """C1. What is none is refused with what to write instead, and without what may be a secret."""
    with pytest.raises(argparse.ArgumentTypeError, match=f"^{re.escape(said)}$"):
        parse(text)
