"""What `basestream_urllib3` says of its types; checked by mypy and pyright, never run."""

from __future__ import annotations

import urllib3
from typing_extensions import assert_type
from urllib3.util import parse_url

import basestream
import basestream_urllib3
from basestream_urllib3 import BaseUrlSession, GuessAuth, GuessProxyAuth, SizedStream, StreamingIterator


class Api(BaseUrlSession):
    """A user's own, as the documentation shows them."""

    base_url = "https://api.example.com/v1"

    def create_url(self, url: str) -> str:
        """Compose."""
        return super().create_url(url.lower())


def construction() -> None:
    """Every argument, with every kind of value it has."""
    BaseUrlSession()
    BaseUrlSession(None, retries=False)
    BaseUrlSession(parse_url("https://a"), urllib3.PoolManager(), headers={"Accept": "text/csv"})
    BaseUrlSession("https://a", urllib3.ProxyManager("http://b"), auth=("me", "secret"))
    BaseUrlSession("https://a", reach="base", send_credentials="include", abort="close")
    BaseUrlSession("https://a", send_credentials=["https://b"], credential_headers=("X-Api-Key",))
    with Api("https://b") as api:
        assert_type(api, Api)


def verbs(api: BaseUrlSession) -> None:
    """The client's own response comes back."""
    body = StreamingIterator(1, b"x")
    assert_type(api.get("users"), urllib3.BaseHTTPResponse)
    assert_type(api.options("users"), urllib3.BaseHTTPResponse)
    assert_type(api.head("users"), urllib3.BaseHTTPResponse)
    assert_type(api.post("users", body=body), urllib3.BaseHTTPResponse)
    assert_type(api.put("users", body=SizedStream(1, b"x")), urllib3.BaseHTTPResponse)
    assert_type(api.patch("users", body=body), urllib3.BaseHTTPResponse)
    assert_type(api.delete("users"), urllib3.BaseHTTPResponse)
    assert_type(api.request("PUT", "users", body=body, fields={"q": "1"}), urllib3.BaseHTTPResponse)
    assert_type(api.urlopen("PUT", "users", body=body), urllib3.BaseHTTPResponse)


def surroundings(api: BaseUrlSession) -> None:
    """What a session holds."""
    assert_type(api.manager, urllib3.PoolManager)
    assert_type(api.base_url, str | None)
    assert_type(api.create_url("users"), str)
    api.base_url = None
    api.clear()
    api.close()
    as_manager: urllib3.PoolManager = api  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    as_manager.clear()


def auth(api: BaseUrlSession) -> None:
    """Two ways to say it."""
    api.auth = GuessAuth("me", "secret")
    api.auth = GuessProxyAuth("me", "secret")
    api.auth = ("me", "secret")
    api.auth = "me:secret"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    GuessAuth("me")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    GuessAuth("me", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def misuse(api: BaseUrlSession) -> None:
    """Words that no session knows."""
    BaseUrlSession("https://a", reach="all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    BaseUrlSession("https://a", abort="loud")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    BaseUrlSession("https://a", send_credentials=True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    BaseUrlSession(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.reach = "all"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    api.create_url(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.get(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def one_import_line(
    short: basestream_urllib3.BodyTooShort,
    long: basestream_urllib3.BodyTooLong,
    consumed: basestream_urllib3.BodyConsumed,
    source: basestream_urllib3.BodySourceError,
    framing: basestream_urllib3.FramingError,
    size: basestream_urllib3.BodySizeError,
    body: basestream_urllib3.BodyError,
    url: basestream_urllib3.InvalidURL,
    base: basestream_urllib3.MissingBaseURL,
    reach: basestream_urllib3.OutOfReachURL,
    auth: basestream_urllib3.AuthError,
    root: basestream_urllib3.BasestreamError,
) -> None:
    """The errors, streams and ``user_agent`` are those of the core, under the adapter's name."""
    assert_type(short, basestream.BodyTooShort)
    assert_type(long, basestream.BodyTooLong)
    assert_type(consumed, basestream.BodyConsumed)
    assert_type(source, basestream.BodySourceError)
    assert_type(framing, basestream.FramingError)
    assert_type(size, basestream.BodySizeError)
    assert_type(body, basestream.BodyError)
    assert_type(url, basestream.InvalidURL)
    assert_type(base, basestream.MissingBaseURL)
    assert_type(reach, basestream.OutOfReachURL)
    assert_type(auth, basestream.AuthError)
    assert_type(root, basestream.BasestreamError)
    assert_type(SizedStream(1, b"x"), basestream.SizedStream)
    assert_type(StreamingIterator(1, b"x"), basestream.StreamingIterator)
    assert_type(basestream_urllib3.user_agent("app", "1.0"), str)
    words: list[str] = [basestream_urllib3.BODY_KEYWORD, basestream_urllib3.TIMEOUT_KEYWORD]
    print(words)
    assert_type(basestream_urllib3.SEND_ONCE, dict[str, bool])
