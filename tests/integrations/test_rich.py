"""rich: a progress display that follows an upload, by ``on_progress`` or around the file."""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from basestream import SizedStream
from basestream.testing import RecordingServer
from drivers import Driver
from integrations.common import SIZE, UPLOAD, chunks, framed

progress: Any = import_module("rich.progress")
Console: Any = import_module("rich.console").Console


@pytest.fixture
def console() -> Any:
    return Console(file=io.StringIO())


def test_on_progress(driver: Driver, server: RecordingServer, console: Any) -> None:
    """S10: ``update(task, completed=sent)`` is absolute, so that a body that is sent again starts again."""
    with progress.Progress(console=console) as shown, driver.session(server.url + "/v1") as api:
        task = shown.add_task("upload", total=SIZE)
        body = SizedStream(SIZE, chunks, on_progress=lambda sent, size: shown.update(task, completed=sent))
        api.put("redirect/307?to=/v1/landed", body)
        assert (SIZE, True) == (shown.tasks[0].completed, shown.tasks[0].finished)

    assert [UPLOAD] * 2 == [framed(exchange) for exchange in server.exchanges]


def test_a_wrapped_file(driver: Driver, server: RecordingServer, console: Any, path: Path) -> None:
    """S2: what ``wrap_file`` gives is a file of known position, which can be sent again."""
    with (
        driver.session(server.url + "/v1") as api,
        path.open("rb") as file,
        progress.wrap_file(file, SIZE, console=console) as wrapped,
    ):
        body = SizedStream(SIZE, wrapped)
        api.put("blob", body)

    assert body.replayable
    assert UPLOAD == framed(server.exchanges[0])
    assert "300.0/300.0 kB" in console.file.getvalue()


def test_an_opened_file(driver: Driver, server: RecordingServer, console: Any, path: Path) -> None:
    """S2: ``rich.progress.open`` too."""
    with progress.open(path, "rb", console=console) as file, driver.session(server.url + "/v1") as api:
        api.put("blob", SizedStream(SIZE, file))

    assert UPLOAD == framed(server.exchanges[0])
