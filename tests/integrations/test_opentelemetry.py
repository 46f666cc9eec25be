"""OpenTelemetry: its instrumentors for requests, httpx, httpx2 and urllib3, on sessions of ours."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest

from basestream import BodyTooShort, SizedStream
from basestream.testing import RecordingServer
from drivers import Driver
from integrations.common import EITHER, UPLOAD, framed, replayable, too_short

trace: Any = import_module("opentelemetry.sdk.trace")
export: Any = import_module("opentelemetry.sdk.trace.export")
memory: Any = import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter")
INSTRUMENTORS = {
    "requests": "RequestsInstrumentor",
    "httpx": "HTTPXClientInstrumentor",
    "httpx2": "HTTPX2ClientInstrumentor",
    "urllib3": "URLLib3Instrumentor",
}


@contextmanager
def traced(driver: Driver) -> Generator[Any, None, None]:
    """Give the exporter that the spans of a client's requests go to."""
    package = driver.client.removesuffix("2") if driver.client == "httpx2" else driver.client
    module = import_module(f"opentelemetry.instrumentation.{package}")
    instrumentor = getattr(module, INSTRUMENTORS[driver.client])()
    exporter = memory.InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    instrumentor.instrument(tracer_provider=provider)
    try:
        yield exporter
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


def urls(exporter: Any) -> list[str]:
    return [
        span.attributes.get("http.url", span.attributes.get("url.full"))
        for span in exporter.get_finished_spans()
    ]


@pytest.mark.parametrize("body", EITHER)
def test_a_span_has_the_joined_url(
    driver: Driver, server: RecordingServer, body: Callable[[], SizedStream]
) -> None:
    """U1, W1: one span a request, the trace in its header, and the upload as without it."""
    with traced(driver) as exporter, driver.session(server.url + "/v1") as api:
        api.get("users")
        api.put("blob", body())

    assert [server.url + "/v1/users", server.url + "/v1/blob"] == urls(exporter)
    traces = [f"{span.context.trace_id:032x}" for span in exporter.get_finished_spans()]
    assert traces == [exchange.header("traceparent")[0].split("-")[1] for exchange in server.exchanges]
    assert UPLOAD == framed(server.exchanges[1])


def test_a_session_that_was_there_before(driver: Driver, server: RecordingServer) -> None:
    """What it replaces are methods of the clients' classes, so that ours inherit them at any time."""
    with driver.session(server.url + "/v1") as api, traced(driver) as exporter:
        api.get("users")

    assert [server.url + "/v1/users"] == urls(exporter)


def test_a_body_that_is_sent_again(driver: Driver, server: RecordingServer) -> None:
    """S8: both hops of a redirect are whole, under it as well."""
    with traced(driver), driver.session(server.url + "/v1") as api:
        api.put("redirect/307?to=/v1/landed", replayable())

    assert [UPLOAD] * 2 == [framed(exchange) for exchange in server.exchanges]


def test_a_span_has_the_error_of_a_wrong_body(driver: Driver, server: RecordingServer) -> None:
    """S3, S9: the error passes through it, and is noted."""
    with traced(driver) as exporter, driver.session(server.url + "/v1") as api, pytest.raises(BodyTooShort):
        api.put("blob", too_short())

    [span] = exporter.get_finished_spans()
    assert "ERROR" == span.status.status_code.name
    assert ["exception"] == [event.name for event in span.events]
    assert span.status.description.startswith("BodyTooShort: ")
    server.wait_idle()
    assert [False] == [exchange.complete for exchange in server.exchanges]
