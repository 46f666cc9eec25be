"""C1: what `basestream put` decides: redirects, retries, logins, messages; on a backend over `http.client`."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from importlib.metadata import version
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from basestream import BodySourceError, FramingError, _failures, _inputs, _put
from basestream._cli import main
from basestream.testing import RecordingServer
from cli_support import Plugin, Terminal, ignore, runs
from support import CLIENTS
from third_party import stdlib_backend

SECRET = "s3cret"
NONE: dict[str, str] = {}


Pipe = Callable[[bytes], None]


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    """Make bytes standard input, in a pipe."""
    with ExitStack() as opened:

        def make(data: bytes) -> None:
            reader, writer = os.pipe()
            with open(writer, "wb") as file:
                file.write(data)
            monkeypatch.setattr(sys, "stdin", opened.enter_context(open(reader)))

        yield make


def job(url: str, path: str, **options: Any) -> _put.Job:
    """Describe the upload of a file."""
    return _put.Job(url, _inputs.file_input(path, None), **options)


def failure(job: _put.Job, module: ModuleType = stdlib_backend, **options: Any) -> tuple[int, str]:
    """Give exit code and message of an upload that fails."""
    with pytest.raises(_failures.Failed) as caught:
        _put.put(job, module, ignore, **options)
    return caught.value.exit_code, str(caught.value)


@pytest.mark.parametrize(
    ("path", "waits"),
    [
        pytest.param("/flaky/503?times=3", [0.5, 1.0, 2.0], id="doubled"),
        pytest.param(
            "/flaky/502?times=9&body=busy", [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0], id="most"
        ),
        pytest.param("/flaky/429?times=1&header=Retry-After:7", [7.0], id="Retry-After"),
        pytest.param("/flaky/429?times=1&header=Retry-After:9999", [120.0], id="within limits"),
        pytest.param("/flaky/504?times=1&header=Retry-After:soon", [0.5], id="no Retry-After"),
        pytest.param(
            "/flaky/504?times=1&header=Retry-After:Sun,%2006%20Nov%201994%2008:49:37%20GMT", [0.0], id="past"
        ),
        pytest.param("/close?times=2", [0.5, 1.0], id="network"),
        pytest.param("/status/404", [], id="for good"),
    ],
)
def test_waits(path: str, waits: list[float], hello: str, server: RecordingServer) -> None:
    """C1. Retries wait longer each time, or as long as the server says, both within limits."""
    waited: list[float] = []
    wanted = job(server.url + path, hello, retries=9)
    if path == "/status/404":
        assert failure(wanted, wait=waited.append) == (22, "404 Not Found")
    else:
        assert _put.put(wanted, stdlib_backend, ignore, waited.append).status == 200

    assert waited == waits
    assert len(server.exchanges) == 1 + len(waits)


def test_retry_after_a_date(hello: str, server: RecordingServer) -> None:
    """C1. Retry-After may be a date (RFC 9110 section 10.2.3)."""
    waited: list[float] = []
    date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=60), usegmt=True).replace(
        " ", "%20"
    )
    wanted = job(f"{server.url}/flaky/503?header=Retry-After:{date}", hello, retries=1)

    assert _put.put(wanted, stdlib_backend, ignore, waited.append).status == 200
    assert 50 < waited[0] <= 60


def test_retries_come_to_an_end(hello: str, server: RecordingServer) -> None:
    """C1. What the last attempt gives is told, with the number of attempts."""
    waited: list[float] = []
    wanted = job(f"{server.url}/status/503?body=busy", hello, retries=2)

    assert failure(wanted, wait=waited.append) == (22, "503 Service Unavailable: busy (3 attempts)")
    assert len(server.exchanges) == 3


def module_of(**classes: Any) -> ModuleType:
    """Make a backend of these classes."""
    module = ModuleType("made_here")
    module.BODY_KEYWORD = "body"  # type: ignore[attr-defined]  # a module made by hand
    for name, value in classes.items():
        setattr(module, name, value)
    return module


class AsyncSession(stdlib_backend.BaseUrlSession):
    """An async session that has no sync one beside it."""

    async def __aenter__(self) -> AsyncSession:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def request(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # it is async
        return stdlib_backend.BaseUrlSession.request(self, *args, **kwargs)


ASYNC = module_of(AsyncBaseUrlSession=AsyncSession)


class BasicSession(stdlib_backend.BaseUrlSession):
    """A session with ``auth``, the value of a header."""

    auth: str | None = None

    def request(
        self, method: str, url: Any, body: Any = None, headers: Any = None, params: Any = None
    ) -> Any:
        given: dict[str, str] = {
            **(headers or {}),
            **({} if self.auth is None else {"Authorization": self.auth}),
        }
        return super().request(method, url, body, given, params)


def basic(user: str, password: str) -> str:
    """Stand for GuessAuth where Basic is all that is asked for."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


BASIC = module_of(BaseUrlSession=BasicSession, GuessAuth=basic)


@pytest.mark.parametrize(
    "error",
    [FramingError("x"), ValueError("x"), TypeError("x"), KeyError("x"), BodySourceError("x")],
    ids=lambda error: type(error).__name__,
)
def test_no_retry(error: Exception, hello: str) -> None:
    """C1. What is wrong with the request, or with the body, is wrong the next time too."""

    class Broken(stdlib_backend.BaseUrlSession):
        def request(self, *args: Any, **kwargs: Any) -> Any:
            raise error

    waited: list[float] = []
    failure(job("http://h/x", hello, retries=1), module_of(BaseUrlSession=Broken), wait=waited.append)
    assert waited == []


def test_redirects_come_to_an_end(hello: str, server: RecordingServer) -> None:
    """C1. After ten redirects an upload is given up."""
    code, message = failure(job(f"{server.url}/redirect/307?to=%23", hello))

    assert (code, message) == (22, f"more than 10 redirects, the last one to '{server.url}/redirect/307?***'")
    assert len(server.exchanges) == 11


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        pytest.param("ftp://h/x", "'ftp://h/x'", id="another scheme"),
        pytest.param("http:///x", "'http:///x'", id="no host"),
    ],
)
def test_redirect_to_no_url(to: str, shown: str, hello: str, server: RecordingServer) -> None:
    """C1. A redirect to what is no URL of http or https is not followed."""
    assert failure(job(f"{server.url}/redirect/308?to={to}", hello)) == (
        22,
        f"308 Permanent Redirect, to {shown}, which is no URL to upload to",
    )


def test_redirect_without_a_location(hello: str, server: RecordingServer) -> None:
    """C1. A redirect to nowhere is no success."""
    assert failure(job(f"{server.url}/status/307", hello)) == (
        22,
        "307 Temporary Redirect, to '': not followed, for the body would be lost there",
    )


@pytest.mark.parametrize("size", [0, 1, 5])
def test_success_before_the_body(size: int, hello: str, server: RecordingServer) -> None:
    """C1. A 200 for a body that was not taken is no success: exactly that many bytes, or a failure."""
    os.truncate(hello, size)

    class Forgetful(stdlib_backend.BaseUrlSession):
        def request(self, *args: Any, body: Any = None, **kwargs: Any) -> Any:
            return super().request(*args, **kwargs)

    assert failure(job(server.url + "/x", hello), module_of(BaseUrlSession=Forgetful)) == (
        1,
        "the server answered 200 OK before it had taken the whole body",
    )


@pytest.mark.parametrize("retries", [0, 2])
def test_async_backend(retries: int, hello: str, server: RecordingServer) -> None:
    """B1. A backend that has an async session alone works too, and its waits leave the loop running."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    wanted = job(f"{server.url}/close?times={retries}", hello, retries=retries)
    assert _put.put(wanted, ASYNC, ignore, wait).status == 200
    assert len(waited) == retries


def test_async_backend_waits_on_its_loop(hello: str, server: RecordingServer) -> None:
    """C1. By default an async backend waits without blocking its loop."""
    wanted = job(f"{server.url}/flaky/503?header=Retry-After:0", hello, retries=1)
    assert _put.put(wanted, ASYNC, ignore).status == 200


@pytest.mark.parametrize("where", ["in the task", "while the loop waits"])
def test_ctrl_c_on_a_loop(where: str, hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. Ctrl-C ends an async upload wherever it comes, lets the session close, and says nothing."""
    closed: list[bool] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    class Interrupted(AsyncSession):
        async def __aexit__(self, *_: object) -> None:
            closed.append(True)

        async def request(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # it is async
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": "what a client leaves behind"})
            if where == "in the task":
                interrupt()
            loop.call_soon(interrupt)
            await asyncio.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        _put.put(job("http://h/x", hello), module_of(AsyncBaseUrlSession=Interrupted), ignore)
    assert (closed, capsys.readouterr()) == ([True], ("", ""))


def test_sync_session_that_waits(hello: str) -> None:
    """B1. A sync session cannot wait for anything."""

    class Never:
        def __await__(self) -> Any:
            yield

    class Waiting(stdlib_backend.BaseUrlSession):
        def request(self, *args: Any, **kwargs: Any) -> Any:
            return Never()

    assert failure(job("http://h/x", hello), module_of(BaseUrlSession=Waiting)) == (
        1,
        "RuntimeError: a sync session has waited",
    )


def test_login_before_a_pipe_is_read(pipe: Pipe, server: RecordingServer) -> None:
    """A1. With a pipe the challenge is met by a HEAD, so that the body is sent once, and rightly."""
    pipe(b"hello")
    url = f"{server.url}/basic?user=me&password={SECRET}"
    wanted = _put.Job(url, _inputs.standard_input(5), user=("me", SECRET), headers={"X-Meta": "1"})

    assert _put.put(wanted, BASIC, ignore).status == 200
    sent = [(exchange.method, exchange.size, exchange.header("x-meta")) for exchange in server.exchanges]
    assert sent == [("HEAD", 0, ["1"]), ("PUT", 5, ["1"])]


def test_login_that_fails_leaves_a_pipe_alone(pipe: Pipe, server: RecordingServer) -> None:
    """A1. A wrong password is told before anything of the pipe is read."""
    pipe(b"hello")
    url = f"{server.url}/basic?user=me&password={SECRET}"
    wanted = _put.Job(url, _inputs.standard_input(5), user=("me", "wrong"))

    assert failure(wanted, BASIC) == (22, "401 Unauthorized")
    assert sys.stdin.buffer.read() == b"hello"


def test_login_stays_at_home(hello: str, server: RecordingServer, stranger: RecordingServer) -> None:
    """P2. A redirect to another origin loses the user and password."""
    wanted = job(
        f"{server.url}/redirect/307?to={stranger.url}/x",
        hello,
        user=("me", SECRET),
        headers={"Cookie": "a=1"},
    )

    assert _put.put(wanted, BASIC, ignore).status == 200
    (here,), (there,) = server.exchanges, stranger.exchanges
    assert (here.header("authorization"), here.header("cookie")) == ([basic("me", SECRET)], ["a=1"])
    assert (there.header("authorization"), there.header("cookie")) == ([], [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"timeout": 5.0}, "--timeout: this backend takes none: made_here", id="timeout"),
        pytest.param({"user": ("a", "b")}, "--user: this backend has no GuessAuth: made_here", id="user"),
    ],
)
def test_what_a_backend_lacks(options: Any, message: str, hello: str) -> None:
    """C1. An option that the backend cannot carry out is a usage error."""
    with pytest.raises(_failures.CannotRun, match=message):
        _put.put(job("http://h/x", hello, **options), ASYNC, ignore)


def test_two_users(hello: str) -> None:
    """C1. A user in the URL and --user contradict each other."""
    with pytest.raises(_failures.CannotRun, match="there is a user in the URL, and --user: leave one out"):
        _put.put(job("http://me:x@h/x", hello, user=("a", "b")), BASIC, ignore)


@pytest.mark.parametrize(("timeout", "passed"), [(5.0, 5.0), (None, 300.0)])
def test_timeout(timeout: float | None, passed: float, hello: str) -> None:
    """C1. The timeout is passed with each request, by the client's own word; there is always one."""
    given: list[object] = []

    class Timed(stdlib_backend.BaseUrlSession):
        def request(self, *args: Any, patience: object = None, **kwargs: Any) -> Any:
            given.append(patience)
            raise TimeoutError

    module = module_of(BaseUrlSession=Timed, TIMEOUT_KEYWORD="patience")
    assert failure(job("http://h/x", hello, timeout=timeout), module) == (1, "TimeoutError:")
    assert given == [passed]


USAGE_ERRORS = [
    pytest.param(
        ["ftp://h/x", "FILE"], "'ftp://h/x' is no URL to upload to: write http://host/path or", id="scheme"
    ),
    pytest.param(["x", "FILE"], "'x' is no URL to upload to", id="no scheme"),
    pytest.param(["http:///x", "FILE"], "'http:///x' is no URL to upload to", id="no host"),
    pytest.param(["http://h:port/x", "FILE"], "port", id="no port"),
    pytest.param(
        [f"http://me:{SECRET}/word@h/x", "FILE"],
        "'http://***@h/x': the port must be a number up to 65535",
        id="slash in a password",
    ),
    pytest.param(
        [f"http://me:{SECRET}:55/word@h/x", "FILE"],
        "'http://***@h/x': the port must be a number up to 65535",
        id="colon and slash in a password",
    ),
    pytest.param(["http://h/x", "no/such"], "'no/such': No such file or directory", id="no file"),
    pytest.param(["http://h/x", os.curdir], "'.' is not a regular file: pipe it", id="folder"),
    pytest.param(
        ["http://h/x", "FILE", "--backend", "x"], "there is no backend 'x'; installed are: ", id="backend"
    ),
    pytest.param(["http://h/x", "FILE", "--size", "x"], "'x' is no size: write bytes", id="size"),
    pytest.param(["http://h/x", "FILE", "--method", "a b"], "'a b' is no method", id="method"),
    pytest.param(["http://h/x", "FILE", "-H", "a"], "write a header as 'Name: value'", id="header"),
    pytest.param(
        ["http://h/x", "FILE", "-H", "a b: c"], "write a header as 'Name: value'", id="header's name"
    ),
    pytest.param(
        ["http://h/x", "FILE", "-H", "a:b\nc"], "the value of a has characters that no", id="two lines"
    ),
    pytest.param(
        ["http://h/x", "FILE", "-H", "a:é"], "the value of a has characters that no", id="not ASCII"
    ),
    pytest.param(
        ["http://h/x", "FILE", "-H", "a:1", "-H", "A:2"], "there are two of A: join their", id="two alike"
    ),
    pytest.param(
        ["http://h/x", "FILE", "-H", "Content-Length: 6"], "contradicts the body's size of 5", id="length"
    ),
    pytest.param(["http://h/x", "FILE", "--retries", "-1"], "'-1' is no number from 0 to 999", id="retries"),
    pytest.param(["http://h/x", "FILE", "--retries", "²"], "'²' is no number from 0 to 999", id="number"),
    pytest.param(["http://h/x", "FILE", "--timeout", "soon"], "'soon' is no time", id="timeout"),
    pytest.param(["http://h/x", "FILE", "--timeout", "0"], "'0' is no time", id="no time"),
    pytest.param(["http://h/x", "FILE", "--timeout", "nan"], "'nan' is no time", id="nan"),
    pytest.param(
        ["http://h/x", "FILE", "-u", SECRET], "argument -u/--user: write USER:PASSWORD", id="no password"
    ),
    pytest.param(
        ["http://h/x", "FILE", "-u", f"a:{SECRET}"], "this backend has no GuessAuth", id="no GuessAuth"
    ),
    pytest.param(["http://h/x", "FILE", "--timeout", "5"], "this backend takes none", id="no timeouts"),
    pytest.param(["http://h/x", "FILE", "x"], "unrecognized arguments: x", id="two files"),
    pytest.param(["http://h/x"], "standard input needs --size N, its length in bytes", id="no size"),
    pytest.param(
        ["http://h/x", "-", "--size", "5", "--retries", "1"],
        "--retries needs a body that",
        id="retries of a pipe",
    ),
]


@pytest.mark.usefixtures("stdlib")
@pytest.mark.parametrize(("arguments", "message"), USAGE_ERRORS)
def test_usage_errors(
    arguments: list[str], message: str, hello: str, pipe: Pipe, capsys: pytest.CaptureFixture[str]
) -> None:
    """C1. What cannot be run as given is one line and exit code 2, without a secret in it."""
    pipe(b"hello")
    given = [hello if argument == "FILE" else argument for argument in arguments]
    backend = [] if "--backend" in given else ["--backend", "stdlib"]

    assert main(["put", *backend, *given]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert SECRET not in printed.err


def test_wrong_size_of_a_pipe(pipe: Pipe, server: RecordingServer) -> None:
    """C1. A pipe of another size is exit code 3."""
    for data, said in (
        (b"hell", "has 4 bytes, fewer than the declared 5"),
        (b"hello!", "has more than the declared 5"),
    ):
        pipe(data)
        code, message = failure(_put.Job(server.url, _inputs.standard_input(5)))
        assert (code, message[: 15 + len(said)]) == (3, f"standard input {said}")


def test_redirect_of_a_pipe(pipe: Pipe, server: RecordingServer) -> None:
    """C1. A pipe cannot be sent on to another URL."""
    pipe(b"hello")
    code, message = failure(_put.Job(f"{server.url}/redirect/307?to=/y", _inputs.standard_input(5)))
    assert (
        code,
        message.startswith(f"307 Temporary Redirect, to '{server.url}/y': that takes the body again"),
    ) == (22, True)


@pytest.mark.usefixtures("stdlib")
def test_command(hello: str, server: RecordingServer, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. The command uploads a file and prints its digest; options may stand anywhere."""
    assert main(["put", server.url + "/x", "--backend", "stdlib", hello, "--sha256"]) == 0

    (exchange,) = server.exchanges
    assert capsys.readouterr() == (f"{exchange.sha256}  {hello}\n", "")
    assert exchange.body == b"hello"


@pytest.mark.usefixtures("stdlib")
def test_command_on_a_pipe(pipe: Pipe, server: RecordingServer, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. So does it with a pipe, which is named -, as for sha256sum."""
    pipe(b"hello")
    assert main(["put", server.url + "/x", "--backend", "stdlib", "--size", "5", "--sha256"]) == 0
    assert capsys.readouterr() == (f"{server.exchanges[0].sha256}  -\n", "")


@pytest.mark.usefixtures("stdlib")
def test_command_that_fails(hello: str, server: RecordingServer, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. A failure is one line and its exit code; nothing is printed as a digest."""
    assert main(["put", server.url + "/status/404", hello, "--backend", "stdlib", "--sha256"]) == 22
    assert capsys.readouterr() == ("", "basestream: 404 Not Found\n")


def test_file_redirected_into_standard_input(hello: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S2. A file as standard input can be read again, from where it stood."""
    with open(hello) as file:
        file.read(1)  # the text layer has read ahead; the descriptor is what counts
        os.lseek(file.fileno(), 2, os.SEEK_SET)
        monkeypatch.setattr(sys, "stdin", file)
        source = _inputs.standard_input(3, hashed=True)
        body = source.stream(ignore)

        assert (source.replayable, b"".join(body), b"".join(body)) == (True, b"llo", b"llo")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        pytest.param("raise RuntimeError('two\\nlines')", "RuntimeError: two lines", id="any error"),
        pytest.param("{}['x']", "KeyError: 'x'", id="a LookupError"),
        pytest.param(
            "", "TypeError: MODULE has neither BaseUrlSession nor AsyncBaseUrlSession", id="no session"
        ),
    ],
)
def test_backend_that_is_broken(
    code: str, said: str, hello: str, plugin: Plugin, capsys: pytest.CaptureFixture[str]
) -> None:
    """C1. A backend that cannot be imported is exit code 1 and one line."""
    plugin("broken", code)
    assert main(["put", "http://h/x", hello, "--backend", "broken"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.sub(r"plugin_\d+", "MODULE", printed.err) == f"basestream: backend 'broken': {said}\n"


def test_list_of_backends(plugin: Plugin, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. `backends` lists what is installed, in the order in which `put` chooses, with what each has."""
    plugin("zz-stdlib", "from third_party.stdlib_backend import *")
    plugin("zz-async", "AsyncBaseUrlSession = GuessAuth = print\nTIMEOUT_KEYWORD = 'timeout'")
    plugin("zz-broken", "raise RuntimeError('two\\nlines')")
    plugin("zz-missing", "import no_such_client")
    assert main(["backends"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert re.split(" {2,}", lines[0]) == ["backend", "version", "has"]
    listed = [re.split(" {2,}", line) for line in lines[1:]]
    assert [row[0] for row in listed] == [*CLIENTS, "zz-async", "zz-broken", "zz-missing", "zz-stdlib"]
    found = {row[0]: row[1:] for row in listed}
    for client in filter(runs, CLIENTS):
        assert found[client][0] == version(client)
        assert found[client][1].startswith("sync")
    assert re.fullmatch(r"plugin_\d+ 1", found["zz-stdlib"][0])
    assert found["zz-stdlib"][1] == "sync"
    assert found["zz-async"][1] == "async, --user, --timeout"
    assert found["zz-broken"] == ["FAILED: RuntimeError: two lines"]
    assert found["zz-missing"] == ["ModuleNotFoundError: No module named 'no_such_client'"]


@pytest.mark.usefixtures("no_client")
def test_no_backend(hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. Without any client `backends` ends with 1, `put` with 2, and both say what to install."""
    assert main(["backends"]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("not installed (pip install 'basestream[") == 4
    assert printed.err.startswith("basestream: no HTTP client is installed: pip install ")
    assert main(["put", "http://h/x", hello]) == 2
    assert capsys.readouterr() == ("", printed.err)


@pytest.mark.usefixtures("no_client", "stdlib")
def test_auto_takes_what_there_is(hello: str, server: RecordingServer) -> None:
    """C1. auto passes over what cannot be loaded."""
    assert main(["put", server.url + "/x", hello]) == 0
    assert server.exchanges[0].body == b"hello"


@pytest.mark.usefixtures("stdlib")
def test_bar(hello: str, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. The bar of tqdm begins again with each attempt, and no thread of its is left."""
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    url = server.url + "/flaky/503?header=Retry-After:0"
    assert main(["put", url, hello, "--backend", "stdlib", "--retries", "1"]) == 0

    assert re.search(r"\rhello\.txt: 100%\|.*\| 5\.00/5\.00 \[", terminal.getvalue())
    assert not any("tqdm" in type(thread).__module__ for thread in threading.enumerate())


@pytest.mark.usefixtures("stdlib")
def test_plain_line(hello: str, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """C1. Without tqdm a plain line shows how far the upload is, and stays."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert main(["put", server.url + "/x", hello, "--backend", "stdlib"]) == 0
    assert re.search(r"\rhello\.txt: 100 %, \d+ MB/s\n$", terminal.getvalue())


@pytest.mark.usefixtures("stdlib")
def test_standard_error_is_closed(
    hello: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """C1. With a closed standard error nothing is printed in its place."""
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["put", "http://127.0.0.1:9/x", hello, "--backend", "stdlib"]) == 1
    assert capsys.readouterr().out == ""


def answering(status: int, content: bytes, **headers: str) -> ModuleType:
    """Make a backend that has an answer, and takes the body before it gives it."""

    class Answering(stdlib_backend.BaseUrlSession):
        def request(self, *args: Any, body: Any = None, **kwargs: Any) -> Any:
            b"".join(body)
            return SimpleNamespace(status=status, headers=headers, content=content)

    return module_of(BaseUrlSession=Answering)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"x" * 200, ": " + "x" * 200, id="the most"),
        pytest.param(b"x" * 201, ": " + "x" * 197 + "...", id="too much"),
        pytest.param(b" " * 1590 + b"y" * 20, ": " + "y" * 10, id="the beginning alone"),
        pytest.param(b"gr\xff\xc3\xb6\xc3\x9fe\n", ": gr\ufffdöße", id="no UTF-8"),
    ],
)
def test_excerpt(content: bytes, shown: str, hello: str) -> None:
    """C1. Of what a server has to say two hundred characters are shown, in one line."""
    assert failure(job("http://h/x", hello), answering(400, content)) == (22, f"400 Bad Request{shown}")


@pytest.mark.parametrize("status", [200, 299])
def test_success(status: int, hello: str) -> None:
    """C1. Every 2xx is a success."""
    assert _put.put(job("http://h/x", hello), answering(status, b""), ignore).status == status


@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param(199, "199, to '': ", id="below"),
        pytest.param(300, "300 Multiple Choices, to 'y': ", id="above"),
        pytest.param(399, "399, to 'y': ", id="the last redirect"),
    ],
)
def test_neither_success_nor_error(status: int, said: str, hello: str) -> None:
    """C1. Any other answer is no success, and leads nowhere."""
    module = answering(status, b"x", **({} if status == 199 else {"Location": "y"}))
    assert failure(job("http://h/x", hello), module) == (
        22,
        f"{said}not followed, for the body would be lost there",
    )


@pytest.mark.parametrize(
    ("said", "waited"),
    [
        pytest.param(" 7 ", 7.0, id="spaces"),
        pytest.param("0", 0.0, id="at once"),
        pytest.param("120", 120.0, id="the most"),
        pytest.param("121", 120.0, id="too long"),
        pytest.param("-1", 0.5, id="no number"),
        pytest.param("Sun, 06 Nov 2094 08:49:37 GMT", 120.0, id="a date far ahead"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", 0.0, id="a date gone by"),
    ],
)
def test_retry_after(said: str, waited: float, hello: str) -> None:
    """C1. Retry-After counts within limits, and what is none does not."""
    waits: list[float] = []
    module = answering(503, b"", **{"Retry-After": said})
    assert failure(job("http://h/x", hello, retries=1), module, wait=waits.append)[0] == 22
    assert waits == [waited]


def test_secrets_of_a_failure(hello: str) -> None:
    """C1. What a client says of a failure loses the secrets of the URL, the headers and --user."""

    class Telling(BasicSession):
        def request(self, *args: Any, **kwargs: Any) -> Any:
            raise OSError("no way to /x?sig=1 with token for pw")

    module = module_of(BaseUrlSession=Telling, GuessAuth=basic)
    wanted = job("http://h/x?sig=1", hello, headers={"Authorization": "Bearer token"}, user=("me", "pw"))
    assert failure(wanted, module) == (1, "OSError: no way to /x?*** with *** for ***")


def test_session_of_an_upload(hello: str) -> None:
    """P2. The session's base is the origin, without the userinfo, and the request has the URL as it was given."""
    asked: list[Any] = []

    class Asked(stdlib_backend.BaseUrlSession):
        def __init__(self, base_url: str) -> None:
            asked.append(base_url)
            super().__init__(base_url)

        def request(self, *args: Any, body: Any = None, **kwargs: Any) -> Any:
            asked.extend([args, kwargs])
            b"".join(body)
            return SimpleNamespace(status=200, data=b"")

    url = "HTTP://me:a@b@h:8/x?y"
    _put.put(job(url, hello, method="POST", headers={"A": "1"}), module_of(BaseUrlSession=Asked), ignore)
    assert asked == ["HTTP://h:8", ("POST", url), {"headers": {"A": "1"}}]


def test_credentials_stay_on_the_way(hello: str, server: RecordingServer, stranger: RecordingServer) -> None:
    """P2. A redirect at home keeps the credentials; after one to another origin they do not come back."""
    there, back = f"{stranger.url}/redirect/307?to={server.url}/z", "%2Fredirect%2F307%3Fto%3D"
    headers = {"COOKIE": "a=1", "X-Meta": "2"}
    wanted = job(f"{server.url}/redirect/307?to={back}{there}", hello, user=("me", SECRET), headers=headers)

    assert _put.put(wanted, BASIC, ignore).status == 200
    fields = [
        (exchange.header("authorization"), exchange.header("cookie"), exchange.header("x-meta"))
        for exchange in (*server.exchanges, *stranger.exchanges)
    ]
    own = ([basic("me", SECRET)], ["a=1"], ["2"])
    assert fields == [own, own, ([], [], ["2"]), ([], [], ["2"])]


def test_progress_of_attempts(hello: str, server: RecordingServer) -> None:
    """C1. Who asked is told how much was sent, from 0 with each attempt."""
    told: list[tuple[int, int]] = []

    def tell(sent: int, total: int) -> None:
        told.append((sent, total))

    wanted = job(f"{server.url}/flaky/503?times=1", hello, retries=1)
    _put.put(wanted, stdlib_backend, tell, ignore_wait)
    assert told == [(0, 5), (5, 5)] * 2


def ignore_wait(seconds: float) -> None:
    """Go on at once."""


@pytest.mark.usefixtures("stdlib")
@pytest.mark.parametrize("scheme", ["http", "https", "HTTPS"])
def test_schemes(scheme: str, hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """C1. A URL of http or of https is gone to, in either case; that nobody listens there is no usage error."""
    with RecordingServer() as server:
        port = server.port
    assert main(["put", f"{scheme}://127.0.0.1:{port}/x", hello, "--backend", "stdlib"]) == 1
    assert capsys.readouterr().err.startswith("basestream: ConnectionRefusedError: ")
