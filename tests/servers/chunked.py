"""For contrast: a generator on the bare clients, as their users give it, which they send chunked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from drivers import PLAIN_TLS, Driver

from .uploads import body, network_error

SIZE = 10_000


def put_chunked(driver: Driver, url: str) -> int | None:
    """Put a generator, and give the status, or None if a reset came before it."""
    try:
        return asyncio.run(_put_in_async(driver, url)) if driver.asynchronous else _put(driver, url)
    except network_error(driver):
        return None


def _put(driver: Driver, url: str) -> int:
    client: Any = driver.native
    if driver.client == "requests":
        response = client.put(url, data=body(SIZE))
    elif driver.client == "urllib3":
        response = client.request("PUT", url, body=body(SIZE), retries=False)
    else:
        response = client.put(url, content=body(SIZE), verify=PLAIN_TLS)
    return driver.reply(response).status


async def _put_in_async(driver: Driver, url: str) -> int:
    client: Any = driver.native

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in body(SIZE):
            yield chunk

    async with client.AsyncClient(verify=PLAIN_TLS) as session:
        status: int = (await session.put(url, content=chunks())).status_code
    return status
