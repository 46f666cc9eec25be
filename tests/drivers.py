"""Our own backends as the kit drives them: what each client calls things, and what it cannot do.

A driver knows a client's own words (``data=``, ``content=``, ``body=``; ``follow_redirects=``) and nothing of
what is tested. Async sessions run on an event loop that the driver steps, so that a test reads the same.
"""

from __future__ import annotations

import importlib
import ssl
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import Any, cast

from basestream import testing
from basestream.testing import Profile
from support import CLIENTS, under_test

PLAIN_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx, which reads all CA certificates for each session, a fortieth of a second, if it is given none."""

REQUESTS = Profile(
    differs={"U4-empty-query": "requests drops an empty query, and nothing public can stop it"}
)
URLLIB3 = Profile(
    lacks={
        "session-params": "urllib3 has no such thing, and the session adds none",
        "cookies": "urllib3 has no cookie jar",
        "call-auth": "urllib3 takes headers for a request, made by make_headers(basic_auth=...)",
    }
)
HTTPX = Profile(
    lacks={
        "retries": "httpx repeats the opening of a connection only",
        "reset-on-reused-connection": "httpx shows a socket when it opens it, and not when it uses it again",
    }
)
HTTPX_ON_ASYNCIO = Profile(
    lacks=HTTPX.lacks,
    varies={"answer-before-reset": "asyncio loses what a broken connection has received and nobody has read"},
)


def profile(client: str, *, asynchronous: bool) -> Profile:
    """Give what a backend declares."""
    if client.startswith("httpx"):
        return HTTPX_ON_ASYNCIO if asynchronous else HTTPX
    return REQUESTS if client == "requests" else URLLIB3


class Caller(testing.Caller):
    """A session of ours."""

    driver: Driver

    def run(self, result: Any) -> Any:
        """Give a result, or wait for it."""
        return self.driver.run(result)


class Driver(testing.Driver):
    """A backend of ours, sync or async."""

    caller_class = Caller

    def __init__(self, client: str, *, asynchronous: bool = False) -> None:
        self.client = client
        self.follows = {"follow_redirects": True} if client.startswith("httpx") else {}
        self.params_keyword = "fields" if client == "urllib3" else "params"
        super().__init__(
            importlib.import_module(f"basestream_{client}"),
            asynchronous=asynchronous,
            profile=profile(client, asynchronous=asynchronous),
            options={**self.follows, "verify": PLAIN_TLS} if self.follows else {},
        )

    @property
    def module(self) -> ModuleType:
        """The adapter's package."""
        return self.backend

    @property
    def native(self) -> ModuleType:
        """The client's package."""
        return importlib.import_module(self.client)

    def session(
        self, *args: Any, cls: Any = None, follow: bool = True, **options: Any
    ) -> AbstractContextManager[Caller]:
        """Open a session that follows redirects unless told not to."""
        switched = {} if follow else dict.fromkeys(self.follows, False)
        opened = super().session(*args, cls=cls, **{**switched, **options})
        return cast("AbstractContextManager[Caller]", opened)

    @property
    def is_patient(self) -> bool:
        """Whether the client has a policy of sending again."""
        return "retries" not in self.profile.lacks

    @contextmanager
    def patient_session(self, base_url: str, *, cls: Any = None) -> Generator[Caller, None, None]:
        """Open a session that sends again after a fault of the network and after a 503, if its client can."""
        policy = {"retries": _policy()} if self.client == "urllib3" else {}
        with self.session(base_url, cls=cls, **policy) as caller:
            if self.client == "requests":
                adapter: Any = caller.session.get_adapter("http://api.invalid")
                caller.session.mount("http://", adapter.__class__(max_retries=_policy()))
            yield caller


def _policy() -> Any:
    urllib3: Any = importlib.import_module("urllib3")
    return urllib3.Retry(3, allowed_methods=None, status_forcelist=[503], backoff_factor=0)


DRIVERS = [
    Driver(client, asynchronous=asynchronous)
    for client in CLIENTS
    for asynchronous in (False, True)
    if under_test(client) and (client.startswith("httpx") or not asynchronous)
]
