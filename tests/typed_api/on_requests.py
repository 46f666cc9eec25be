"""What `basestream_requests` says of its types; checked by mypy and pyright, never run."""

from __future__ import annotations

from typing import Any

import requests
from typing_extensions import assert_type

import basestream
import basestream_requests
from basestream_requests import BaseUrlSession, GuessAuth, GuessProxyAuth, SizedStream, StreamingIterator


class Api(BaseUrlSession):
    """A user's own, as the documentation shows them."""

    base_url = "https://api.example.com/v1"

    def create_url(self, url: str) -> str:
        """Compose."""
        return super().create_url(url.lower())

    def request(self, method: str, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Compose, with fewer types than the base class has."""
        return super().request(method, url, *args, **kwargs)


def construction() -> None:
    """Every argument, with every kind of value it has."""
    BaseUrlSession()
    BaseUrlSession(None)
    BaseUrlSession(b"https://api.example.com/v1", reach="base", send_credentials="include", abort="close")
    BaseUrlSession("https://a", send_credentials=["https://b"], credential_headers=("X-Api-Key",))
    with Api("https://b") as api:
        assert_type(api, Api)


def verbs(api: BaseUrlSession) -> None:
    """The client's own response comes back."""
    body = StreamingIterator(1, b"x")
    assert_type(api.get("users"), requests.Response)
    assert_type(api.options("users"), requests.Response)
    assert_type(api.head("users"), requests.Response)
    assert_type(api.post("users", data=body), requests.Response)
    assert_type(api.put("users", data=SizedStream(1, b"x")), requests.Response)
    assert_type(api.patch("users", data=body), requests.Response)
    assert_type(api.delete("users"), requests.Response)
    assert_type(api.request("PUT", "users", data=body, timeout=3), requests.Response)


def steps(api: BaseUrlSession) -> None:
    """What stands between the verbs and the wire."""
    prepared = api.prepare_request(requests.Request("PUT", "users", data=SizedStream(1, b"x")))
    assert_type(prepared, requests.PreparedRequest)
    assert_type(api.send(prepared), requests.Response)
    assert_type(api.create_url("users"), str)
    assert_type(api.base_url, str | None)
    as_session: requests.Session = api
    as_session.close()
    api.base_url = None


def auth(api: BaseUrlSession) -> None:
    """Where the client takes any auth, it takes ours."""
    api.auth = GuessAuth("me", "secret")
    api.get("users", auth=GuessProxyAuth("me", "secret"))
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
    api.prepare_request("users")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def one_import_line(
    short: basestream_requests.BodyTooShort,
    long: basestream_requests.BodyTooLong,
    consumed: basestream_requests.BodyConsumed,
    source: basestream_requests.BodySourceError,
    framing: basestream_requests.FramingError,
    size: basestream_requests.BodySizeError,
    body: basestream_requests.BodyError,
    url: basestream_requests.InvalidURL,
    base: basestream_requests.MissingBaseURL,
    reach: basestream_requests.OutOfReachURL,
    auth: basestream_requests.AuthError,
    root: basestream_requests.BasestreamError,
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
    assert_type(basestream_requests.user_agent("app", "1.0"), str)
    words: list[str] = [basestream_requests.BODY_KEYWORD, basestream_requests.TIMEOUT_KEYWORD]
    print(words)
    assert_type(basestream_requests.SEND_ONCE, dict[str, bool])
