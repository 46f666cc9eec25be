"""What ``basestream put`` does: one upload through any backend, with its redirects and retries (C1).

Rule 1: a session sends each request once. Redirects and retries are made here, alike on every client: some
        turn an upload into a GET, or send it again without its body, and half of them know no retries.
Rule 2: an upload has succeeded when the whole body was taken and the answer is a 2xx; all else is `Failed`.
Rule 3: this module prints nothing, and knows no client.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from ._backends import Answer, Session, run, sessions_of
from ._errors import BasestreamError, redacted
from ._failures import FAILED, STATUS, CannotRun, Failed, explained, printable, scrubbed
from ._inputs import Input
from ._origins import DEFAULT_CREDENTIAL_HEADERS, CredentialPolicy
from ._rfc3986 import authority_problem, resolve, shown, split

Wait = Callable[[float], object]

MOST_REDIRECTS = 10
FOLLOWED = frozenset({307, 308})
"""Redirects that keep method and body (RFC 9110 sections 15.4.8 and 15.4.9)."""
TRANSIENT = frozenset({429, 502, 503, 504})
"""Answers after which another attempt makes sense."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before the first retry, doubled for each further one."""
LONGEST_RETRY_AFTER = 120.0
"""Seconds for which a server may put an upload off."""
PATIENCE = 300.0
"""Seconds without progress after which an upload is given up, where nothing else is said."""
EXCERPT = 200
"""Characters of an answer that are shown."""


class Job(NamedTuple):
    """What is to be uploaded where."""

    url: str
    source: Input
    method: str = "PUT"
    headers: Mapping[str, str] = {}
    user: tuple[str, str] | None = None
    """Name and password, for whichever challenge the server has."""
    retries: int = 0
    timeout: float | None = None
    """Seconds without progress."""


def check_url(url: str) -> None:
    """Refuse what is no absolute URL of http or https.

    Raises:
        CannotRun: It is none.
    """
    if not _is_http(url):
        raise CannotRun(f"{shown(url)} is no URL to upload to: write http://host/path or https://host/path")
    # Of the whole URL: a session sees its origin alone, where the beginning of a password cannot be told from a port.
    if problem := authority_problem(_host_and_port(url)):
        raise CannotRun(f"{shown(url)}: {problem}")


def check(job: Job, module: ModuleType) -> None:
    """Refuse what cannot be done, before anything is read or sent.

    Raises:
        CannotRun: It cannot.
    """
    if job.retries and not job.source.replayable:
        raise CannotRun(
            "--retries needs a body that can be sent again, and a pipe can be read once: "
            "name a file, or redirect one into standard input"
        )
    if job.timeout is not None and not hasattr(module, "TIMEOUT_KEYWORD"):
        raise CannotRun(f"--timeout: this backend takes none: {module.__name__}")
    if job.user is not None and redacted(job.url) != job.url:
        raise CannotRun("there is a user in the URL, and --user: leave one out")
    if job.user is not None and not hasattr(module, "GuessAuth"):
        raise CannotRun(f"--user: this backend has no GuessAuth: {module.__name__}")


def put(
    job: Job, module: ModuleType, on_progress: Callable[[int, int], object], wait: Wait | None = None
) -> Answer:
    """Upload, and give the answer of a success.

    Args:
        job: What and where.
        module: The backend.
        on_progress: As for `SizedStream`; another attempt begins at 0 again.
        wait: Called with the seconds before a retry.

    Raises:
        CannotRun: It cannot be done as it is asked for; nothing was sent.
        Failed: It did not get through.
    """
    check(job, module)
    upload = _Upload(job, module, on_progress, wait)
    try:
        return upload.judged(run(module, _origin(job.url), job.timeout or PATIENCE, upload.answered))
    except Exception as error:  # whatever a client raises: there is no list of them
        failed = error if isinstance(error, Failed) else explained(error, job.source.name)
        message = scrubbed(str(failed), job.url, job.headers, job.user)
        raise Failed(message + upload.attempts, failed.exit_code) from None


class _Upload:
    """One upload in the making, from its first attempt to its last answer."""

    def __init__(
        self,
        job: Job,
        module: ModuleType,
        on_progress: Callable[[int, int], object],
        wait: Wait | None,
    ) -> None:
        self._job = job
        self._module = module
        self._report = on_progress
        self._wait = wait or _wait_for(module)
        self._url = job.url
        self._headers = dict(job.headers)
        self._retried = 0
        self._taken = -1
        self._body = job.source.stream(self._on_progress)

    @property
    def attempts(self) -> str:
        """How many there were, if more than one."""
        return f" ({self._retried + 1} attempts)" if self._retried else ""

    async def answered(self, session: Session) -> Answer:
        """Log in, send, follow redirects, and give the last answer."""
        refused = await self._log_in(session)
        if refused:
            return refused
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._sent(session)
            location = answer.header("location")
            if answer.status not in FOLLOWED or not location:
                return answer
            self._redirect(session, answer, location)
        raise Failed(f"more than {MOST_REDIRECTS} redirects, the last one to {shown(self._url)}", STATUS)

    def judged(self, answer: Answer) -> Answer:
        """Give an answer back that is a success.

        Raises:
            Failed: It is none.
        """
        if answer.status >= 400:
            raise Failed(f"{answer}{': ' if answer.content else ''}{_excerpt(answer.content)}", STATUS)
        if not 200 <= answer.status < 300:
            location = shown(answer.header("location") or "")
            raise Failed(f"{answer}, to {location}: not followed, for the body would be lost there", STATUS)
        if self._taken != self._job.source.size:
            raise Failed(f"the server answered {answer} before it had taken the whole body", FAILED)
        return answer

    async def _log_in(self, session: Session) -> Answer | None:
        """Give the session its auth; give the answer if a pipe would be read for nothing."""
        if self._job.user is None:
            return None
        session.native.auth = self._module.GuessAuth(*self._job.user)
        if self._job.source.replayable:
            return None
        # The challenge has to be met before the pipe is read, which cannot be done twice.
        answer = await session.request("HEAD", self._url, self._headers)
        return answer if answer.status == 401 else None

    async def _sent(self, session: Session) -> Answer:
        """Send until there is an answer worth having, or no attempt is left."""
        while True:
            last = self._retried == self._job.retries
            try:
                answer = await session.request(self._job.method, self._url, self._headers, self._body)
            except Exception as error:
                if last or not _is_transient(error):
                    raise
                asked = None
            else:
                if last or answer.status not in TRANSIENT:
                    return answer
                asked = _seconds(answer.header("retry-after"))
            pause = min(FIRST_PAUSE * 2**self._retried, LONGEST_PAUSE) if asked is None else asked
            self._retried += 1
            waiting: Any = self._wait(pause)
            if hasattr(waiting, "__await__"):
                await waiting

    def _redirect(self, session: Session, answer: Answer, location: str) -> None:
        """Take the next URL, without the credentials where it leads to another origin (P2)."""
        target = resolve(self._url, location)
        if not _is_http(target):
            raise Failed(f"{answer}, to {shown(target)}, which is no URL to upload to", STATUS)
        if not self._job.source.replayable:
            raise Failed(
                f"{answer}, to {shown(target)}: that takes the body again, and a pipe can be read once; "
                "upload to that URL, or from a file",
                STATUS,
            )
        if CredentialPolicy("same-origin", ()).strips(self._job.url, self._url, target):
            session.native.auth = None
            for name in [name for name in self._headers if name.lower() in DEFAULT_CREDENTIAL_HEADERS]:
                del self._headers[name]
        self._url = target

    def _on_progress(self, sent: int, size: int) -> object:
        self._taken = sent
        return self._report(sent, size)


def _is_http(url: str) -> bool:
    parts = split(url)
    return (parts.scheme or "").lower() in ("http", "https") and bool(parts.authority)


def _origin(url: str) -> str:
    """Give the URL of the origin, without userinfo."""
    return f"{split(url).scheme}://{_host_and_port(url)}"


def _host_and_port(url: str) -> str:
    return (split(url).authority or "").rpartition("@")[2]


def _is_transient(error: Exception) -> bool:
    """Tell a fault of the network from one of the request; clients have no common class for either."""
    return not isinstance(error, (BasestreamError, ValueError, TypeError, LookupError))


def _wait_for(module: ModuleType) -> Wait:
    if sessions_of(module)[0]:
        return time.sleep
    import asyncio

    return asyncio.sleep


def _seconds(retry_after: str | None) -> float | None:
    """Read ``Retry-After``: seconds, or a date (RFC 9110 section 10.2.3), within limits."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return min(float(retry_after), LONGEST_RETRY_AFTER)
    from email.utils import parsedate_to_datetime

    try:
        seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _excerpt(content: bytes) -> str:
    """Give the beginning of what a server has to say, as one line."""
    text = printable(content[: 8 * EXCERPT].decode("utf-8", "replace"))
    return text if len(text) <= EXCERPT else text[: EXCERPT - 3] + "..."
