"""One application in two forms, WSGI and ASGI; it notes its requests, and redirects below ``/v1/old``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple


class Seen(NamedTuple):
    """A request as an application sees it."""

    line: str
    length: str | None
    coding: str | None
    body: bytes


class Application:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.raised: list[str] = []

    def answer(self, path: str) -> tuple[int, list[tuple[str, str]]]:
        """Give a status and header fields."""
        return (307, [("Location", "/v1/new")]) if path == "/v1/old" else (200, [])

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Read the body at once."""
        path = environ["PATH_INFO"]
        self.seen.append(
            Seen(
                f"{environ['REQUEST_METHOD']} {path}",
                environ.get("HTTP_CONTENT_LENGTH", environ.get("CONTENT_LENGTH")),
                environ.get("HTTP_TRANSFER_ENCODING"),
                environ["wsgi.input"].read(),
            )
        )
        status, headers = self.answer(path)
        start_response(f"{status} x", headers)
        return [b"ok"]

    async def asgi(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Read the body message by message."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body, more = b"", True
        while more:
            try:
                message = await receive()
            except Exception as error:
                self.raised.append(type(error).__name__)
                raise
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.seen.append(
            Seen(
                f"{scope['method']} {scope['path']}",
                headers.get("content-length"),
                headers.get("transfer-encoding"),
                body,
            )
        )
        status, fields = self.answer(scope["path"])
        raw = [(name.lower().encode(), value.encode()) for name, value in fields]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b"ok"})
