"""B1: finding the installed backends, and calling them alike."""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
from collections.abc import AsyncIterator
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from basestream import _backends, _failures
from cli_support import Plugin

NONE: dict[str, str] = {}
OK = SimpleNamespace(status=200, reason="Fine", headers={"A-B": "1"}, data=b"x")


def module_of(**attributes: Any) -> ModuleType:
    """Make a backend of these attributes."""
    module = ModuleType("made_here")
    for name, value in attributes.items():
        setattr(module, name, value)
    return module


class Native:
    """A client's session that notes how it was called."""

    def __init__(self, base_url: str = "") -> None:
        self.base_url = base_url
        self.calls: list[Any] = []
        self.open = False

    def __enter__(self) -> Native:
        self.open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.open = False

    def request(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append((args, kwargs))
        return OK


class AsyncNative(Native):
    """The same with an event loop."""

    async def __aenter__(self) -> AsyncNative:
        self.open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open = False

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        return super().request(*args, **kwargs)


def test_order(plugin: Plugin) -> None:
    """C1. Ours come first, in the order in which `put` chooses, and then others by their names."""
    plugin("zulu", "")
    plugin("alpha", "")
    assert _backends.known() == ["requests", "httpx", "httpx2", "urllib3", "alpha", "zulu"]


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        pytest.param(
            "import no_such_client",
            _backends.NotInstalled,
            "broken: ModuleNotFoundError: No module named 'no_such_client'",
            id="client",
        ),
        pytest.param("{}['x']", KeyError, "'x'", id="KeyError"),
        pytest.param(
            "", TypeError, "MODULE has neither BaseUrlSession nor AsyncBaseUrlSession", id="no session"
        ),
    ],
)
def test_broken_backend(source: str, error: type[Exception], said: str, plugin: Plugin) -> None:
    """B1. What keeps a backend from being used is raised, and a missing client is told from the rest."""
    plugin("broken", source)
    with pytest.raises(error) as caught:
        _backends.find("broken")
    assert type(caught.value) is error
    assert re.sub(r"plugin_\d+", "MODULE", str(caught.value)) == said


def test_unknown_backend() -> None:
    """B1. A name that nobody has is refused with the names that there are."""
    with pytest.raises(_failures.CannotRun, match=r"^there is no backend 'x'; installed are: ") as caught:
        _backends.find("x")
    assert type(caught.value) is _failures.CannotRun


@pytest.mark.usefixtures("no_client")
def test_missing_client() -> None:
    """B1. Of a client that is missing it is said how to install it."""
    with pytest.raises(
        _backends.NotInstalled, match=r"^httpx: not installed \(pip install 'basestream\[httpx\]'\)$"
    ):
        _backends.find("httpx")


@pytest.mark.usefixtures("no_client")
def test_first(plugin: Plugin) -> None:
    """C1. The first backend that can be used is taken; without any it is said what to install."""
    plugin("alpha", "raise RuntimeError")
    with pytest.raises(_failures.CannotRun, match=f"^{re.escape(_backends.NO_CLIENT)}$"):
        _backends.first()
    plugin("zulu", "AsyncBaseUrlSession = print")
    assert hasattr(_backends.first(), "AsyncBaseUrlSession")


@pytest.mark.parametrize(
    ("source", "has"),
    [
        pytest.param("BaseUrlSession = print", "sync", id="sync"),
        pytest.param("AsyncBaseUrlSession = print", "async", id="async"),
        pytest.param(
            "BaseUrlSession = AsyncBaseUrlSession = GuessAuth = print\nTIMEOUT_KEYWORD = 'x'",
            "sync, async, --user, --timeout",
            id="everything",
        ),
    ],
)
def test_described(source: str, has: str, plugin: Plugin) -> None:
    """C1. A backend is described by the distribution that brings it, and by what it has."""
    plugin("made", source)
    name, brought, described = _backends.described("made")
    assert (name, described) == ("made", has)
    assert re.fullmatch(r"plugin_\d+ 1", brought)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("import a.b", "ModuleNotFoundError: No module named 'a'", id="client"),
        pytest.param("raise OSError('x: y')", "FAILED: OSError: x: y", id="broken"),
    ],
)
def test_described_as_broken(source: str, said: str, plugin: Plugin) -> None:
    """C1. A backend that cannot be used is described by the reason."""
    plugin("made", source)
    assert _backends.described("made") == ["made", said]


def test_described_without_a_distribution(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. An entry point that belongs to no distribution has no version."""
    plugin("made", "BaseUrlSession = print")
    module = _backends.find("made")

    def entry_points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [EntryPoint("made", module.__name__, group)]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    assert _backends.described("made") == ["made", "", "sync"]


@pytest.mark.parametrize(
    ("attributes", "headers", "body", "passed"),
    [
        pytest.param({}, NONE, None, {}, id="nothing"),
        pytest.param({}, {"A": "1"}, b"x", {"headers": {"A": "1"}, "content": b"x"}, id="by default"),
        pytest.param(
            {"BODY_KEYWORD": "data", "SEND_ONCE": {"once": True}, "TIMEOUT_KEYWORD": "patience"},
            NONE,
            b"",
            {"data": b"", "once": True, "patience": 5.0},
            id="by its own words",
        ),
    ],
)
@pytest.mark.parametrize("kind", [Native, AsyncNative], ids=["sync", "async"])
def test_request(
    kind: type[Native], attributes: dict[str, Any], headers: Any, body: Any, passed: dict[str, Any]
) -> None:
    """B1. A session is opened on the base, called with what is there by the client's own words, and closed."""
    opened: list[tuple[str, bool]] = []
    natives: list[Native] = []

    async def work(session: _backends.Session) -> _backends.Answer:
        natives.append(session.native)
        opened.append((session.native.base_url, session.native.open))
        return await session.request("PUT", "x", headers, body)

    name = "AsyncBaseUrlSession" if kind is AsyncNative else "BaseUrlSession"
    answer = _backends.run(module_of(**{name: kind}, **attributes), "http://h", 5.0, work)

    assert answer == (200, "Fine", {"A-B": "1"}, b"x")
    assert opened == [("http://h", True)]
    assert [(native.calls, native.open) for native in natives] == [([(("PUT", "x"), passed)], False)]


def test_loop_is_left_clean() -> None:
    """W4. When an async upload is over, its generators are closed, its threads have ended and so has its loop."""
    seen: list[Any] = []

    async def endless() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            seen.append("closed")

    async def work(session: _backends.Session) -> int:
        numbers = endless()
        loop = asyncio.get_running_loop()
        seen.extend([loop, numbers])
        return await anext(numbers) + await loop.run_in_executor(None, int, "2")

    assert _backends.run(module_of(AsyncBaseUrlSession=AsyncNative), "http://h", 5.0, work) == 3
    assert seen[0].is_closed()
    assert seen[2:] == ["closed"]


def test_what_a_client_leaves_behind(caplog: pytest.LogCaptureFixture) -> None:
    """C1. What a client's tasks leave to the event loop is told to nobody."""

    async def work(session: _backends.Session) -> None:
        asyncio.get_running_loop().call_exception_handler({"message": "a task was never awaited"})

    _backends.run(module_of(AsyncBaseUrlSession=AsyncNative), "http://h", 5.0, work)
    assert caplog.records == []


def test_header_of_an_answer() -> None:
    """B1. A header is found in any case, and is None where there is none; a status is shown with its reason."""
    answer = _backends.answer_of(OK)
    assert (answer.header("a-b"), answer.header("b")) == ("1", None)
    assert (str(answer), str(answer._replace(reason=""))) == ("200 Fine", "200")


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        pytest.param(
            SimpleNamespace(status_code=201, reason="Made", headers={"A": "1"}, content=b"x"),
            (201, "Made", {"A": "1"}, b"x"),
            id="requests",
        ),
        pytest.param(
            SimpleNamespace(status_code=201, reason_phrase="Made", content=b""),
            (201, "Made", NONE, b""),
            id="httpx",
        ),
        pytest.param(
            SimpleNamespace(status=201, reason="", data=b"x"), (201, "Created", NONE, b"x"), id="no reason"
        ),
        pytest.param(SimpleNamespace(status=299, data=b""), (299, "", NONE, b""), id="unknown status"),
        pytest.param(
            SimpleNamespace(status_code="404", reason=None, reason_phrase="No\nsuch", content=b"", data=b"x"),
            (404, "No such", NONE, b""),
            id="one line",
        ),
        pytest.param(SimpleNamespace(status=404, data=b"x"), (404, "Not Found", NONE, b"x"), id="no reason"),
        pytest.param(
            SimpleNamespace(status_code=None, status=599, data=b""), (599, "", NONE, b""), id="unknown"
        ),
    ],
)
def test_answers(response: Any, expected: object) -> None:
    """B1. An answer is read by any client's names, and has the client's reason, else the usual one, else none."""
    assert _backends.answer_of(response) == expected
