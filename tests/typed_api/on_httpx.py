"""What `basestream_httpx` says of its types; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from typing_extensions import assert_type

import basestream
import basestream_httpx
from basestream_httpx import AsyncBaseUrlSession, BaseUrlSession, GuessAuth, SizedStream, StreamingIterator


class Api(BaseUrlSession):
    """A user's own, as the documentation shows them."""

    def create_url(self, url: str) -> str:
        """Compose."""
        return super().create_url(url.lower())


class AsyncApi(AsyncBaseUrlSession):
    """Its async twin."""


def construction() -> None:
    """Every argument, with every kind of value it has; the client's own pass through."""
    BaseUrlSession()
    BaseUrlSession(None, timeout=3, http2=True)
    BaseUrlSession(httpx.URL("https://a"), reach="base", send_credentials="include", abort="close")
    BaseUrlSession("https://a", send_credentials=["https://b"], credential_headers=("X-Api-Key",))
    BaseUrlSession("https://a", event_hooks={"request": [print]})
    with Api("https://b") as api:
        assert_type(api, Api)


def verbs(api: BaseUrlSession) -> None:
    """The client's own response comes back."""
    body = StreamingIterator(1, b"x")
    assert_type(api.get("users"), httpx.Response)
    assert_type(api.options("users"), httpx.Response)
    assert_type(api.head("users"), httpx.Response)
    assert_type(api.post("users", content=body), httpx.Response)
    assert_type(api.put("users", content=SizedStream(1, b"x")), httpx.Response)
    assert_type(api.patch("users", content=body), httpx.Response)
    assert_type(api.delete("users"), httpx.Response)
    assert_type(api.request("PUT", "users", content=body), httpx.Response)
    with api.stream("PUT", "users", content=body) as response:
        assert_type(response, httpx.Response)


async def async_verbs(api: AsyncBaseUrlSession, chunks: AsyncIterator[bytes]) -> None:
    """So it does from an async session, whose bodies may be async."""
    body = SizedStream(1, chunks).aio()
    assert_type(await api.get("users"), httpx.Response)
    assert_type(await api.put("users", content=body), httpx.Response)
    assert_type(await api.put("users", content=SizedStream(1, b"x")), httpx.Response)
    async with api.stream("PUT", "users", content=body) as response:
        assert_type(response, httpx.Response)
    async with AsyncApi("https://b") as entered:
        assert_type(entered, AsyncApi)


def steps(api: BaseUrlSession) -> None:
    """What stands between the verbs and the wire."""
    request = api.build_request("PUT", "users", content=SizedStream(1, b"x"))
    assert_type(request, httpx.Request)
    assert_type(api.send(request), httpx.Response)
    assert_type(api.create_url("users"), str)
    assert_type(api.base_url, httpx.URL)
    as_client: httpx.Client = api
    as_client.close()
    api.base_url = "https://b"


async def async_steps(api: AsyncBaseUrlSession) -> None:
    """The same, and building a request does not wait."""
    request = api.build_request("PUT", "users", content=SizedStream(1, b"x"))
    assert_type(request, httpx.Request)
    assert_type(await api.send(request), httpx.Response)
    as_client: httpx.AsyncClient = api
    await as_client.aclose()


def auth(api: BaseUrlSession) -> None:
    """Where the client takes any auth, it takes ours."""
    api.auth = GuessAuth("me", "secret")
    as_auth: httpx.Auth = GuessAuth("me", "secret")
    api.get("users", auth=as_auth)
    GuessAuth("me")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    GuessAuth("me", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def misuse(api: BaseUrlSession, async_api: AsyncBaseUrlSession) -> None:
    """Words that no session knows."""
    BaseUrlSession("https://a", reach="all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    BaseUrlSession("https://a", abort="loud")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    BaseUrlSession("https://a", send_credentials=True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    BaseUrlSession("https://a", "base")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AsyncBaseUrlSession(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.reach = "all"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    api.create_url(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    print(async_api.get("users").status_code)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]


def one_import_line(
    short: basestream_httpx.BodyTooShort,
    long: basestream_httpx.BodyTooLong,
    consumed: basestream_httpx.BodyConsumed,
    source: basestream_httpx.BodySourceError,
    framing: basestream_httpx.FramingError,
    size: basestream_httpx.BodySizeError,
    body: basestream_httpx.BodyError,
    url: basestream_httpx.InvalidURL,
    base: basestream_httpx.MissingBaseURL,
    reach: basestream_httpx.OutOfReachURL,
    auth: basestream_httpx.AuthError,
    root: basestream_httpx.BasestreamError,
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
    assert_type(basestream_httpx.user_agent("app", "1.0"), str)
    words: list[str] = [basestream_httpx.BODY_KEYWORD, basestream_httpx.TIMEOUT_KEYWORD]
    print(words)
    assert_type(basestream_httpx.SEND_ONCE, dict[str, bool])
