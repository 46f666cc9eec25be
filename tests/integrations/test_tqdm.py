"""tqdm: a bar that follows an upload, by ``on_progress`` or around the file."""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path
from typing import Any

from basestream import SizedStream
from basestream.testing import RecordingServer
from drivers import Driver
from integrations.common import SIZE, UPLOAD, chunks, framed

tqdm: Any = import_module("tqdm").tqdm
CallbackIOWrapper: Any = import_module("tqdm.utils").CallbackIOWrapper


def bar() -> Any:
    return tqdm(total=SIZE, unit="B", unit_scale=True, file=io.StringIO())


def test_on_progress(driver: Driver, server: RecordingServer) -> None:
    """S10: ``bar.update`` takes a difference, also one below 0, when the body is sent again."""
    with bar() as shown, driver.session(server.url + "/v1") as api:
        positions: list[int] = []

        def follow(sent: int, size: int) -> None:
            shown.update(sent - shown.n)
            positions.append(shown.n)

        api.put("flaky/503?times=0", SizedStream(SIZE, chunks, on_progress=follow))
        api.put("redirect/307?to=/v1/landed", SizedStream(SIZE, chunks, on_progress=follow))
        assert SIZE == shown.n

    assert 3 == positions.count(0)
    assert [UPLOAD] * 3 == [framed(exchange) for exchange in server.exchanges]


def test_a_wrapped_file(driver: Driver, server: RecordingServer, path: Path) -> None:
    """S2: what ``wrapattr`` gives is a file; the bar counts what was read of it."""
    with path.open("rb") as file, bar() as shown, driver.session(server.url + "/v1") as api:
        body = SizedStream(SIZE, CallbackIOWrapper(shown.update, file, "read"))
        api.put("blob", body)
        assert (SIZE, True) == (shown.n, body.replayable)

    assert UPLOAD == framed(server.exchanges[0])


def test_wrapattr(driver: Driver, server: RecordingServer, path: Path) -> None:
    """S2: its one-liner, with the size for the bar and for the body."""
    output = io.StringIO()
    with (
        driver.session(server.url + "/v1") as api,
        path.open("rb") as file,
        tqdm.wrapattr(file, "read", total=SIZE, file=output) as wrapped,
    ):
        api.put("blob", SizedStream(SIZE, wrapped))

    assert UPLOAD == framed(server.exchanges[0])
    assert "100%" in output.getvalue()
