"""requests_toolbelt: its multipart bodies on our session, and its stream beside ours."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from basestream import StreamingIterator
from basestream.testing import RecordingServer
from basestream_requests import BaseUrlSession
from integrations.common import BODY, SIZE, UPLOAD, chunks, framed

toolbelt: Any = import_module("requests_toolbelt")


@pytest.fixture
def api(server: RecordingServer) -> Iterator[BaseUrlSession]:
    with BaseUrlSession(server.url + "/v1") as api:
        yield api


def encoder() -> Any:
    return toolbelt.MultipartEncoder({"name": "Ada", "file": ("blob", io.BytesIO(BODY), "text/plain")})


def monitor() -> Any:
    return toolbelt.MultipartEncoderMonitor(encoder())


@pytest.mark.parametrize("make", [encoder, monitor])
def test_a_multipart_body(api: BaseUrlSession, server: RecordingServer, make: Callable[[], Any]) -> None:
    """W1: streamed as with a bare session, with its length."""
    form = make()
    length = form.len
    api.post("form", data=form, headers={"Content-Type": form.content_type})

    [exchange] = server.exchanges
    assert ("/v1/form", "content-length", length) == (exchange.target, exchange.framing, exchange.size)
    assert BODY in exchange.body


def test_its_own_stream(api: BaseUrlSession, server: RecordingServer) -> None:
    """Code that keeps it goes on working; nothing is checked then."""
    api.put("blob", data=toolbelt.StreamingIterator(SIZE, chunks()))

    assert UPLOAD == framed(server.exchanges[0])


class Endless(Exception):
    """Somebody goes on reading after the end."""


class Watched(StreamingIterator):
    """Ours, which notices that."""

    ends = 0

    def read(self, size: int | None = -1) -> bytes:
        """Count how often there was nothing left."""
        data = super().read(size)
        self.ends += not data
        if self.ends > 100:
            raise Endless
        return data


def test_our_stream_as_a_part_of_its_form_never_ends() -> None:
    """It waits for a ``len`` that shrinks, which requests could not bear beside ``tell``: pass the file itself."""
    form = toolbelt.MultipartEncoder({"file": ("blob", Watched(3, iter([b"abc"])), "text/plain")})
    with pytest.raises(Endless):
        form.read()
