"""What the command line needs of the installed backends: finding them, and calling them alike (B1).

Rule 1: backends are found and called as `basestream.backend` says; the clients' names serve as hints only.
Rule 2: this module prints nothing, and decides nothing about an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

from ._failures import CannotRun, one_line, printable
from .backend import GROUP, available, load

T = TypeVar("T")

EXTRAS = ("requests", "httpx", "httpx2", "urllib3")  # in the order in which they are shown and chosen
NO_CLIENT = (
    "no HTTP client is installed: pip install 'basestream[requests]' (or [httpx], [httpx2], [urllib3], [all])"
)


class NotInstalled(CannotRun):
    """The client of a backend is missing; the message says what to install."""


def known() -> list[str]:
    """Give the names of all backends in their fixed order: those of this distribution, then by name."""
    names = available()
    return sorted(names, key=(*EXTRAS, *names).index)


def find(name: str) -> ModuleType:
    """Load a backend.

    Raises:
        CannotRun: There is none of that name.
        NotInstalled: Its client is missing.
        Exception: Whatever else its code raises.
    """
    try:
        module = load(name)
    except LookupError as error:
        if type(error) is not LookupError:  # a KeyError, say, of its own code
            raise
        raise CannotRun(str(error)) from None
    except ModuleNotFoundError as error:
        hint = f"not installed (pip install 'basestream[{name}]')" if name in EXTRAS else one_line(error)
        raise NotInstalled(f"{name}: {hint}") from None
    if not any(sessions_of(module)):
        raise TypeError(f"{module.__name__} has neither BaseUrlSession nor AsyncBaseUrlSession")
    return module


def first() -> ModuleType:
    """Load the first backend that can be loaded.

    Raises:
        CannotRun: There is none.
    """
    for name in known():
        with suppress(Exception):  # a backend is anybody's code, and this one was not asked for by its name
            return find(name)
    raise CannotRun(NO_CLIENT)


def sessions_of(module: ModuleType) -> tuple[bool, bool]:
    """Tell whether a backend has a sync session, and an async one."""
    return hasattr(module, "BaseUrlSession"), hasattr(module, "AsyncBaseUrlSession")


def as_body(module: ModuleType, body: object) -> dict[str, object]:
    """Give the argument for a body, by the client's own word."""
    return {getattr(module, "BODY_KEYWORD", "content"): body}


class Answer(NamedTuple):
    """A response, whichever client's."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".strip()

    def header(self, name: str) -> str | None:
        """Give the value of a header field, by its name in lower case."""
        return next((value for key, value in self.headers.items() if key.lower() == name), None)


def answer_of(response: Any) -> Answer:
    """Read a client's own response: ``status_code`` or ``status``, ``content`` or ``data``."""
    status = int(getattr(response, "status_code", None) or response.status)
    content = response.content if hasattr(response, "content") else response.data
    reason = getattr(response, "reason", None) or getattr(response, "reason_phrase", None) or _phrase(status)
    return Answer(status, printable(str(reason)), getattr(response, "headers", {}), content)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


class Session:
    """A backend's session, called alike whichever it is, sync or async.

    Args:
        module: The backend.
        native: Its session.
        timeout: Seconds without progress, for each request, where the backend takes them.
    """

    def __init__(self, module: ModuleType, native: Any, timeout: float) -> None:
        self.native: Any = native
        self._module = module
        self._given: dict[str, object] = dict(getattr(module, "SEND_ONCE", {}))
        if hasattr(module, "TIMEOUT_KEYWORD"):
            self._given[module.TIMEOUT_KEYWORD] = timeout

    async def request(self, method: str, url: str, headers: Mapping[str, str], body: object = None) -> Answer:
        """Send a request, once where the backend can, and read the answer; with a sync session nothing waits."""
        given: dict[str, object] = {} if body is None else as_body(self._module, body)
        if headers:
            given["headers"] = dict(headers)
        response = self.native.request(method, url, **given, **self._given)
        return answer_of(await response if hasattr(response, "__await__") else response)


def run(
    module: ModuleType, base_url: str, timeout: float, work: Callable[[Session], Coroutine[Any, Any, T]]
) -> T:
    """Open a session, a sync one if there is one, and do some work with it.

    Args:
        module: The backend.
        base_url: Its base, and with that the origin at which credentials stay (P2).
        timeout: Seconds without progress, where the backend takes them.
        work: What is to be done; with a sync session it must not wait for anything.
    """
    if hasattr(module, "BaseUrlSession"):
        with module.BaseUrlSession(base_url) as native:
            return _at_once(work(Session(module, native, timeout)))

    async def main() -> T:
        async with module.AsyncBaseUrlSession(base_url) as native:
            return await work(Session(module, native, timeout))

    return _on_a_loop(main())


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in which nothing waits: it ends at its first step, and needs no event loop."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("a sync session has waited")


def _on_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as ``asyncio.run`` does, but let Ctrl-C interrupt a read that waits for a pipe.

    ``asyncio.run`` makes a cancellation of it (since Python 3.11), which a read inside of a task never sees.
    """
    import asyncio

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_unheard)
    try:
        task = loop.create_task(work)
        try:
            return loop.run_until_complete(task)
        except KeyboardInterrupt:
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))  # the session closes its connections
            raise
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _unheard(loop: object, context: object) -> None:
    """Say nothing: what the tasks of a client leave behind at Ctrl-C is nobody's news."""


def described(name: str) -> list[str]:
    """Give the name of a backend, and its version and what it has, or why it cannot be used."""
    try:
        module = find(name)
    except NotInstalled as error:
        return [name, str(error).partition(": ")[2]]
    except Exception as error:  # a broken backend of somebody's
        return [name, f"FAILED: {one_line(error)}"]
    return [name, _version(name), ", ".join(_capabilities(module))]


def _capabilities(module: ModuleType) -> Iterator[str]:
    sync, asynchronous = sessions_of(module)
    if sync:
        yield "sync"
    if asynchronous:
        yield "async"
    if hasattr(module, "GuessAuth"):
        yield "--user"
    if hasattr(module, "TIMEOUT_KEYWORD"):
        yield "--timeout"


def _version(name: str) -> str:
    """Give the version of a client, or of the distribution that brings another backend."""
    from importlib.metadata import entry_points, version

    if name in EXTRAS:
        return version(name)
    (*_, point) = entry_points(group=GROUP, name=name)
    return f"{point.dist.name} {point.dist.version}" if point.dist else ""
