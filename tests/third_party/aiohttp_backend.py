"""basestream on aiohttp, async only, around an `aiohttp.ClientSession`; a client that reads while it writes.

Redirects are followed here: only so can each hop be judged (P2), and a body be sent again.

Example:
    >>> AsyncBaseUrlSession("https://api.example.com/v1").create_url("users")
    'https://api.example.com/v1/users'
"""

from __future__ import annotations

import importlib
import socket
from collections.abc import AsyncIterator, Collection, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple
from urllib.parse import urlencode

from basestream import SizedStream, StreamingIterator, backend

__all__ = ["BODY_KEYWORD", "AsyncBaseUrlSession", "SizedStream", "StreamingIterator"]

aiohttp: Any = importlib.import_module("aiohttp")  # not installed where the types are checked
yarl: Any = importlib.import_module("yarl")

BODY_KEYWORD = "data"
TRANSPORT = backend.Transport()
GUARD: ContextVar[backend.AbortGuard | None] = ContextVar("GUARD", default=None)


class Response(NamedTuple):
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Blocks:
    """One pass over a body. It remembers an error, for aiohttp raises one of its own, or none at all."""

    def __init__(self, upload: backend.AsyncUpload) -> None:
        self.blocks = aiter(upload)
        self.left = upload.size
        self.error: Exception | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self.left:  # at once: aiohttp breaks off an upload that has not ended when the answer is there
            raise StopAsyncIteration
        try:
            block = await anext(self.blocks)
        except Exception as error:
            self.error = error
            raise
        self.left -= len(block)
        return block

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self.error is not None and (error is None or isinstance(error, aiohttp.ClientError)):
            raise self.error


class AsyncBaseUrlSession(backend.SessionRules):
    """A session whose references are joined to a base URL; the arguments are those of every backend."""

    base_url: str | None = None

    def __init__(
        self,
        base_url: backend.URLTypes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        reach: backend.Reach | None = None,
        send_credentials: backend.SendCredentials | None = None,
        credential_headers: Collection[str] | None = None,
        abort: backend.Abort | None = None,
    ) -> None:
        self.headers = dict(headers or {})
        self._client: Any = None  # aiohttp's wants a running loop
        self.set_rules(base_url, reach, send_credentials, credential_headers, abort)

    async def request(
        self,
        method: str,
        url: backend.URLTypes,
        data: SizedStream | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Response:
        """Join the URL, send a request, follow redirects and read the answer."""
        target = self.joined_url(url).partition("#")[0]  # joined once for each request (U20)
        if params:
            target += ("&" if "?" in target else "?") + urlencode(params)  # U19
        sent = self._headers(target, headers or {})
        if data is None:
            return await self._follow(method, target, None, sent)
        body = SizedStream(len(data), data) if isinstance(data, bytes) else data
        backend.check_framing(sent.items(), body.size)  # W1
        sent["content-length"] = str(body.size)  # without it aiohttp sends chunks
        upload = backend.AsyncUpload(body, TRANSPORT, reset_on_abort=self.abort == "reset")
        try:
            return await self._follow(method, target, upload, sent)
        finally:
            await upload.end()

    def _headers(self, url: str, given: Mapping[str, str]) -> dict[str, str]:
        """Merge the session's headers with the call's; the session's credentials stay at home (P2)."""
        own, call = ({name.lower(): value for name, value in d.items()} for d in (self.headers, given))
        if not self.is_home(url):
            secret = (self.credential_policy().headers & own.keys()) - call.keys()
            self.note_withheld(url, secret)
            own = {name: value for name, value in own.items() if name not in secret}
        return {**own, **call}

    async def _follow(
        self, method: str, url: str, body: backend.AsyncUpload | None, headers: dict[str, str]
    ) -> Response:
        for _ in range(10):
            response = await self._exchange(method, url, body, headers)
            if response.status not in (301, 302, 303, 307, 308) or "location" not in response.headers:
                return response
            before, url = url, str(yarl.URL(url, encoded=True).join(yarl.URL(response.headers["location"])))
            dropped: Collection[str] = self.credential_policy().headers if self.strips(before, url) else ()
            if response.status == 303 or (response.status < 303 and method == "POST"):
                method, body, dropped = "GET", None, {*dropped, "content-length", "content-type"}
            headers = {name: value for name, value in headers.items() if name not in dropped}
        raise aiohttp.ClientError("more than 10 redirects")

    async def _exchange(
        self, method: str, url: str, body: backend.AsyncUpload | None, headers: dict[str, str]
    ) -> Response:
        if body is None:
            return await self._send(method, url, None, headers)
        await body.prime()  # a wrong body of one block opens no connection (S4)
        blocks, guard = Blocks(body), backend.AbortGuard()
        if body.reset_on_abort and url.startswith("http:"):
            guard.arm()
        token = GUARD.set(guard)
        try:
            with blocks:
                response = await self._send(method, url, blocks, headers)
        finally:
            GUARD.reset(token)
        if not blocks.left:  # else the answer came early, and aiohttp has broken the upload off (W5)
            await anext(blocks.blocks, b"")  # tells the last progress
            guard.disarm()
        return response

    async def _send(self, method: str, url: str, data: Blocks | None, headers: dict[str, str]) -> Response:
        if self._client is None:
            connector = aiohttp.TCPConnector(socket_factory=_guarded_socket)
            self._client = aiohttp.ClientSession(connector=connector)
        target = yarl.URL(url, encoded=True)  # every byte as it is (U8, U13)
        sent = self._client.request(method, target, data=data, headers=headers, allow_redirects=False)
        async with sent as answer:
            return Response(answer.status, answer.headers, await answer.read())

    async def aclose(self) -> None:
        """Close the connections; the session can be used again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def __aenter__(self) -> AsyncBaseUrlSession:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


def _guarded_socket(info: tuple[Any, ...]) -> socket.socket:
    """Open a socket as aiohttp does, and show it to the guard of the upload that it is opened for (W4)."""
    opened = socket.socket(*info[:3])
    if guard := GUARD.get():
        guard.attach(opened)
    return opened
