"""basestream on niquests, around a `niquests.Session`; a client that puts its own urllib3 in the place of urllib3.

It follows no redirects; ``retries`` are niquests' own.

Example:
    >>> with BaseUrlSession("https://api.example.com/v1") as api:
    ...     api.create_url("users")
    'https://api.example.com/v1/users'
"""

from __future__ import annotations

import importlib
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urlsplit

from basestream import SizedStream, StreamingIterator, backend

__all__ = ["BODY_KEYWORD", "BaseUrlSession", "SizedStream", "StreamingIterator"]

niquests: Any = importlib.import_module("niquests")  # not installed where the types are checked
connections: Any = importlib.import_module("niquests.packages.urllib3.connectionpool")

BODY_KEYWORD = "data"
TRANSPORT = backend.Transport()


class Guarded:
    """Beside a connection over plain HTTP: an upload that is cut short ends in a reset (W4).

    `basestream.backend.GuardedConnection` would raise an error of its own, and niquests looks into its own ones.
    """

    sock: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guard = backend.AbortGuard()

    def connect(self) -> None:
        """Open the connection, as niquests does."""
        super().connect()  # type: ignore[misc]  # of the class beside
        self.guard.attach(self.sock)

    def request(self, method: str, url: str, body: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Send a request, as niquests does."""
        if isinstance(body, Upload) and body.reset_on_abort:
            self.guard.arm()
        beside: Any = super()
        promise: Any = beside.request(method, url, body, *args, **kwargs)
        self.guard.disarm()
        return promise


Connection: Any = type("Connection", (Guarded, connections.HTTPConnection), {})
Pool: Any = type("Pool", (connections.HTTPConnectionPool,), {"ConnectionCls": Connection})
POOL_CLASSES: dict[str, Any] = {"http": Pool, "https": connections.HTTPSConnectionPool}


class Upload(backend.Upload):
    """A body that remembers its error, in whose place niquests raises one of its own."""

    error: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from super().__iter__()
        except Exception as error:
            self.error = error
            raise


class BaseUrlSession(backend.SessionRules):
    """A session whose references are joined to a base URL; the arguments are those of every backend."""

    base_url: str | None = None

    def __init__(
        self,
        base_url: backend.URLTypes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        reach: backend.Reach | None = None,
        send_credentials: backend.SendCredentials | None = None,
        credential_headers: Collection[str] | None = None,
        abort: backend.Abort | None = None,
        retries: Any = 0,
    ) -> None:
        self.headers = dict(headers or {})
        self._client = niquests.Session(retries=retries)
        self._client.get_adapter("http://").poolmanager.pool_classes_by_scheme = POOL_CLASSES
        self.set_rules(base_url, reach, send_credentials, credential_headers, abort)

    def request(
        self, method: str, url: backend.URLTypes, data: Any = None, headers: Any = None, params: Any = None
    ) -> Any:
        """Join the URL, send a request and read the answer."""
        target = self.joined_url(url).partition("#")[0]  # joined once for each request (U20)
        if params:
            target += ("&" if "?" in target else "?") + urlencode(params)  # U19
        sent = self._headers(target, headers or {})
        if not isinstance(data, SizedStream):
            return self._send(method, target, data, sent)
        backend.check_framing(sent.items(), data.size)  # W1
        upload = Upload(data, TRANSPORT, reset_on_abort=self.abort == "reset")
        try:
            upload.prime()  # a wrong body of one block opens no connection (S4)
            return self._send(method, target, upload, sent)
        except niquests.RequestException:
            if upload.error is None:
                raise
            raise upload.error from upload.error.__cause__  # the source's own error (S9)
        finally:
            upload.end()

    def _headers(self, url: str, given: Mapping[str, str]) -> dict[str, str]:
        """Merge the session's headers with the call's; the session's credentials stay at home (P2)."""
        own, call = ({name.lower(): value for name, value in d.items()} for d in (self.headers, given))
        if not self.is_home(url):
            secret = (self.credential_policy().headers & own.keys()) - call.keys()
            self.note_withheld(url, secret)
            own = {name: value for name, value in own.items() if name not in secret}
        return {**own, **call}

    def _send(self, method: str, url: str, body: Any, headers: dict[str, str]) -> Any:
        userinfo = urlsplit(url).netloc.rpartition("@")[0]
        if userinfo:
            headers.setdefault("authorization", f"Basic {b64encode(unquote_to_bytes(userinfo)).decode()}")
            url = url.replace(f"{userinfo}@", "", 1)
        prepared = niquests.PreparedRequest()
        prepared.prepare(method=method, url=url, headers=headers, data=body)
        prepared.url = url  # every byte as it is (U8, U13)
        if isinstance(body, Upload):
            prepared.headers.pop(
                "transfer-encoding", None
            )  # niquests takes an empty one for one of unknown size
            prepared.headers["content-length"] = str(body.size)
        return self._client.send(prepared, allow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> BaseUrlSession:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
