"""``python -m integrations.sentry_app URL``: an application that is watched by sentry-sdk.

A process of its own, because what sentry-sdk replaces it never gives back. It makes the same two requests on each
backend, below the URL and the backend's name, and prints the spans of each, and the errors, as JSON.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from drivers import DRIVERS, Driver
from integrations.common import one_shot, too_short

sentry: Any = import_module("sentry_sdk")
Transport: Any = import_module("sentry_sdk.transport").Transport

SEEN: list[dict[str, Any]] = []


class Kept(Transport):  # type: ignore[misc]  # imported by name, hence Any
    """Keeps what would be sent to sentry."""

    def capture_envelope(self, envelope: Any) -> None:
        """Take transactions and errors."""
        SEEN.extend(item.payload.json for item in envelope.items if item.payload.json)


def integrations() -> list[Any]:
    """Those for the clients: the standard library's is that of requests and urllib3."""
    names = {"stdlib": "StdlibIntegration", "httpx": "HttpxIntegration", "httpx2": "Httpx2Integration"}
    return [getattr(import_module(f"sentry_sdk.integrations.{key}"), names[key])() for key in names]


def upload(driver: Driver, base: str) -> list[tuple[str, str, Any]]:
    """Give the spans of a GET and a PUT."""
    SEEN.clear()
    with sentry.start_transaction(name=str(driver)), driver.session(base) as api:
        api.get("users")
        api.put("blob", one_shot())
    [transaction] = SEEN
    return [(span["op"], span["description"], span["data"].get("reason")) for span in transaction["spans"]]


def failure(driver: Driver, base: str) -> list[str]:
    """Give the errors that a wrong body is reported as."""
    SEEN.clear()
    with driver.session(base) as api:
        try:
            api.put("wrong", too_short())
        except ValueError:
            sentry.capture_exception()
    return [value["type"] for event in SEEN for value in event["exception"]["values"]]


def main(url: str) -> None:
    """Print what was seen of all backends."""
    sentry.init(
        dsn="https://key@sentry.invalid/1",  # requests to its own host it does not watch
        transport=Kept,
        traces_sample_rate=1.0,
        default_integrations=False,
        integrations=integrations(),
    )
    seen = {}
    for driver in DRIVERS:
        base = f"{url}/v1/{driver}"
        seen[str(driver)] = {"spans": upload(driver, base), "errors": failure(driver, base)}
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])
