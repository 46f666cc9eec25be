"""`basestream demo`: every installed backend, and backends from elsewhere, right and wrong ones.

Most tests run on a backend that a distribution made up here brings: it needs no client, and finding it goes the
same way as for anybody's.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import re
import signal
import socketserver
import subprocess
import sys
import sysconfig
import threading
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from basestream import _demo, _progress, _tables
from basestream._cli import main
from cli_support import Plugin, Terminal, read_all, runs
from support import CLIENTS

SMALL = ("--size", "2MiB")
HELLO = hashlib.sha256(b"hello").hexdigest()

PLAIN = '''
import http.client
from urllib.parse import urlsplit
import basestream

class BaseUrlSession:
    """A backend over the standard library's http.client."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.connection = http.client.HTTPConnection(urlsplit(base_url).netloc)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def request(self, method, url, *, content):
        path = urlsplit(basestream.join_url(self.base_url, url)).path
        self.send(method, path, content)
        response = self.connection.getresponse()
        response.data = response.read()
        return response

    def send(self, method, path, content):
        self.connection.request(method, path, iter(content), content.headers)
'''
ASYNC = """
class AsyncBaseUrlSession(BaseUrlSession):
    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.connection.close()

    async def request(self, method, url, *, body):
        return super().request(method, url, content=body)

BODY_KEYWORD = "body"
del BaseUrlSession
"""


@pytest.fixture
def plain(plugin: Plugin) -> None:
    """A right backend, named plain."""
    plugin("plain", PLAIN)


LANES = {
    "requests": ["requests"],
    "httpx": ["httpx", "httpx async"],
    "httpx2": ["httpx2", "httpx2 async"],
    "urllib3": ["urllib3"],
}
INSTALLED = [client for client in CLIENTS if runs(client)]
NAMED = [word for client in INSTALLED for word in ("--backend", client)]


def rows(output: str) -> dict[str, list[str]]:
    """Give the cells of each row by the first."""
    table = output.split("\n\n")[1].splitlines()
    assert re.split(" {2,}", table[0]) == [*_tables.COLUMNS]
    lines = [re.split(" {2,}", line) for line in table[1:]]
    return {cells[0]: cells[1:] for cells in lines}


def check_right(output: str, labels: list[str]) -> None:
    found = rows(output)
    assert list(found) == labels
    size = int(re.findall(r"(\d+) bytes\n", output)[0])
    for label, (request, framing, received, same, seconds, rate, blocks) in found.items():
        assert request == f"PUT /v1/demo/{label.replace(' ', '-')}"
        assert (framing, received, same) == (f"Content-Length: {size}", str(size), "ok")
        assert float(seconds) >= 0
        assert int(rate) >= 0
        assert size / (256 * 1024) <= int(blocks) <= 1 + size / 512
    assert output.endswith(f"{len(labels)} of {len(labels)} uploads arrived whole and unchanged\n")


@pytest.mark.skipif(not INSTALLED, reason="no client is installed")
def test_every_installed_backend(capsys: pytest.CaptureFixture[str]) -> None:
    """Each installed backend uploads the standard library, sync and async: bytes, framing and digest are right."""
    assert main(["demo", *SMALL, *NAMED]) == 0
    printed = capsys.readouterr()
    assert sysconfig.get_path("stdlib") in printed.out
    assert printed.err == ""
    check_right(printed.out, [label for client in INSTALLED for label in LANES[client]])


@pytest.mark.skipif(not INSTALLED, reason="no client is installed")
def test_process(hello: str) -> None:
    """`python -m basestream demo` ends with 0 and writes nothing to a stderr that is no terminal."""
    command = [sys.executable, "-m", "basestream", "demo", "--file", hello, *NAMED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    check_right(done.stdout.replace("\r", ""), [label for client in INSTALLED for label in LANES[client]])


@pytest.mark.skipif(not INSTALLED, reason="no client is installed")
def test_proxies_of_the_environment(hello: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies that the environment names, even of a kind the clients cannot use, are not between us and loopback."""
    proxies = {
        "http_proxy": "http://127.0.0.1:9",
        "ALL_PROXY": "socks5://127.0.0.1:9",
        "no_proxy": "example.com",
    }
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)
    assert main(["demo", "--file", hello, *NAMED]) == 0
    assert {name: os.environ.get(name) for name in proxies} == proxies


@pytest.mark.usefixtures("plain")
def test_backend_from_elsewhere(hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A backend that another distribution brings takes part, after those of this one."""
    main(["demo", "--file", hello])
    printed = capsys.readouterr().out
    assert list(rows(printed))[-1] == "plain"
    assert rows(printed)["plain"][:4] == ["PUT /v1/demo/plain", "Content-Length: 5", "5", "ok"]
    assert rows(printed)["plain"][-1] == "1"


def test_async_only_backend(hello: str, plugin: Plugin, capsys: pytest.CaptureFixture[str]) -> None:
    """A backend may have an async session alone, and its own word for the body."""
    plugin("only.async", PLAIN + ASYNC)
    assert main(["demo", "--file", hello, "--backend", "only.async"]) == 0
    assert rows(capsys.readouterr().out)["only.async async"][0] == "PUT /v1/demo/only.async-async"


@pytest.mark.parametrize("source", [PLAIN, PLAIN + ASYNC], ids=["sync", "async"])
def test_seconds(
    source: str,
    hello: str,
    plugin: Plugin,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The seconds are those from the request to its answer."""
    times = iter([1000.0, 1002.5])
    monkeypatch.setattr(_demo, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    plugin("timed", source)
    assert main(["demo", "--file", hello, "--backend", "timed"]) == 0
    ((*_, seconds, rate, blocks),) = rows(capsys.readouterr().out).values()
    assert (seconds, rate, blocks) == ("2.50", "0", "1")


@pytest.mark.usefixtures("plain")
def test_named_twice_runs_once(hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A backend that is named twice runs once."""
    assert main(["demo", "--file", hello, "--backend", "plain", "--backend", "plain"]) == 0
    assert list(rows(capsys.readouterr().out)) == ["plain"]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("size", "received", "blocks"),
    [
        pytest.param(0, 0, 0, id="empty file"),
        pytest.param(3, 3, 1, id="beginning of a file"),
        pytest.param(256 * 1024, 256 * 1024, 1, id="one block"),
        pytest.param(256 * 1024 + 1, 256 * 1024 + 1, 2, id="two blocks"),
        pytest.param(3 * 2**20, 3 * 2**20, 12, id="twelve blocks"),
    ],
)
def test_blocks(
    size: int, received: int, blocks: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The blocks are those that the client was given: 256 KiB of a large file, fewer in the last."""
    path = tmp_path / "file"
    path.write_bytes(bytes(2**22))
    assert main(["demo", "--file", str(path), "--size", str(size), "--backend", "plain"]) == 0
    cells = rows(capsys.readouterr().out)["plain"]
    assert (cells[2], cells[-1]) == (str(received), str(blocks))


BROKEN = [
    pytest.param(
        PLAIN + "        self.connection.close()\n",
        r"FAILED: ResponseNotReady: Idle$",
        id="connection closed",
    ),
    pytest.param(
        PLAIN.replace("content.headers)", "{}, encode_chunked=True)").replace(
            "iter(content), {}", 'iter(content), {"Transfer-Encoding": "chunked"}'
        ),
        r"PUT /v1/demo/broken  chunked +5  ok .*  framing should be Content-Length: 5",
        id="chunked",
    ),
    pytest.param(
        PLAIN.replace("iter(content)", 'b"".join(content)[::-1]'),
        rf"DIFFERENT .*  sha256 should be {HELLO}",
        id="other bytes",
    ),
    pytest.param(
        PLAIN.replace("iter(content), content.headers", 'b"".join(content)[1:]'),
        r"framing should be Content-Length: 5; bytes should be 5; sha256 should be ",
        id="too few bytes",
    ),
    pytest.param(
        PLAIN.replace("method, path, iter", '"PUT", "/elsewhere", iter'),
        r"PUT /elsewhere .*  path should be /v1/demo/broken",
        id="other path",
    ),
    pytest.param(
        PLAIN.replace("request(method, path, iter(content), content.headers)", 'request("PUT", path)'),
        r"  Content-Length: 0 +0  DIFFERENT +\S+ +0 +0  framing .*; bytes should be 5; sha256 should be$",
        id="no body",
    ),
    pytest.param(
        PLAIN.replace("request(method", 'request("POST"'),
        r"FAILED: ConnectionError: the server answered 501",
        id="other method",
    ),
    pytest.param(
        PLAIN.replace("response.data = response.read()", "response.data = b'no json'"),
        r"FAILED: JSONDecodeError: ",
        id="other answer",
    ),
    pytest.param(
        PLAIN + "        raise RuntimeError('two\\nlines')\n",
        r"FAILED: RuntimeError: two lines",
        id="exception",
    ),
    pytest.param("raise RuntimeError('at import')", r"FAILED: RuntimeError: at import", id="broken import"),
    pytest.param("", r"FAILED: TypeError: plugin_\d+ has neither BaseUrlSession nor ", id="no session"),
]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(("source", "message"), BROKEN)
def test_wrong_uploads(
    source: str, message: str, hello: str, plugin: Plugin, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a backend does wrong is said in its row, in one line; the others run on, and the exit code is 1."""
    plugin("broken", source)
    assert main(["demo", "--file", hello, "--backend", "broken", "--backend", "plain"]) == 1
    printed = capsys.readouterr()
    (line,) = (line for line in printed.out.splitlines() if line.startswith("broken"))
    assert re.search(message, line)
    assert rows(printed.out)["plain"][3] == "ok"
    assert printed.out.endswith("\n1 of 2 uploads arrived whole and unchanged\n")
    assert printed.err == ""


@pytest.mark.usefixtures("plain")
def test_input_that_shrinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that shrinks before it is sent is an error in the row, not an upload of another size."""
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000))
    real = _demo.choose

    def shrink(names: list[str]) -> object:
        path.write_bytes(bytes(99_999))
        return real(names)

    monkeypatch.setattr(_demo, "choose", shrink)
    assert main(["demo", "--file", str(path), "--backend", "plain"]) == 1
    assert "FAILED: EOFError: " in capsys.readouterr().out


@pytest.mark.usefixtures("no_client")
def test_no_client(hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any client the demo says what to install, and ends with 1."""
    assert main(["demo", "--file", hello]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(
        "basestream: no HTTP client is installed: pip install 'basestream[requests]'"
    )
    assert printed.err.count("\n") == 1


@pytest.mark.usefixtures("no_client", "plain")
def test_client_that_is_missing(hello: str, plugin: Plugin, capsys: pytest.CaptureFixture[str]) -> None:
    """A default run leaves out a backend whose client is missing, says so, and can still end with 0."""
    plugin("another", "import no_such_client")
    assert main(["demo", "--file", hello]) == 0
    printed = capsys.readouterr().out
    assert list(rows(printed)) == ["plain"]
    for client in CLIENTS:
        assert f"\n{client}: not installed (pip install 'basestream[{client}]')\n" in printed
    assert "\nanother: ModuleNotFoundError: No module named 'no_such_client'\n" in printed


@pytest.mark.usefixtures("no_client")
@pytest.mark.parametrize("client", CLIENTS)
def test_missing_client_by_name(client: str, hello: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A backend that is named must be there: else a usage error that says what to install."""
    assert main(["demo", "--file", hello, "--backend", client]) == 2
    assert capsys.readouterr() == (
        "",
        f"basestream: {client}: not installed (pip install 'basestream[{client}]')\n",
    )


def test_process_without_clients() -> None:
    """The real process without any client: what to install, exit code 1, no traceback."""
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({CLIENTS})); from basestream._cli import main; "
        "sys.exit(main(['demo', '--size', '1MB']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "pip install" in done.stderr


@pytest.mark.usefixtures("plain")
def test_server_that_cannot_listen(
    hello: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that cannot listen is one line on stderr and exit code 2."""

    def refuse(server: socketserver.TCPServer) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(socketserver.TCPServer, "server_bind", refuse)
    assert main(["demo", "--file", hello, "--backend", "plain"]) == 2
    assert capsys.readouterr() == (
        "",
        "basestream: the server cannot listen on 127.0.0.1: Address already in use\n",
    )


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("no_color", "coloured"),
    [
        pytest.param(None, True, id="unset"),
        pytest.param("", True, id="empty, which is unset"),
        pytest.param("1", False, id="set"),
    ],
)
def test_colour(
    no_color: str | None, coloured: bool, hello: str, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal right rows are green and wrong ones red, unless NO_COLOR is set."""
    plugin("broken", "")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    main(["demo", "--file", hello, "--backend", "plain", "--backend", "broken"])
    assert ("\x1b[32mplain " in terminal.getvalue()) is coloured
    assert ("\x1b[31mbroken " in terminal.getvalue()) is coloured
    assert ("\x1b" in terminal.getvalue()) is coloured


@pytest.mark.usefixtures("plain")
def test_progress_line(hello: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal one line shows how far the upload is, and leaves nothing behind."""
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert main(["demo", "--file", hello, "--backend", "plain"]) == 0
    drawn = terminal.getvalue().split("\r")
    assert drawn[1] == "plain: 0 %, 0 MB/s"
    assert re.fullmatch(r"plain: 100 %, \d+ MB/s", drawn[2])
    assert drawn[3:] == [" " * len(drawn[2]), ""]


def test_progress_is_drawn_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many blocks there are, the line is drawn at the beginning, each tenth of a second, and at the end."""
    now = 100.0
    monkeypatch.setattr("basestream._progress.time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    progress = _progress.Line("x")
    for sent in range(1001):
        now = 100 + sent / 1000
        progress(sent * 1_000_000, 1_000_000_000)
    drawn = terminal.getvalue().split("\r")[1:]
    assert 10 <= len(drawn) <= 12
    assert drawn[-1].rstrip() == "x: 100 %, 1000 MB/s"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("shown", ["stdout", "stderr"])
def test_pseudo_terminal(shown: str, hello: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the real process colours and the progress line are for a terminal, and not for a pipe."""
    import pty

    monkeypatch.delenv("NO_COLOR", raising=False)
    command = [sys.executable, "-m", "basestream", "demo", "--file", hello, "--backend", "plain"]
    ours, theirs = pty.openpty()
    stdout, stderr = (theirs, subprocess.PIPE) if shown == "stdout" else (subprocess.PIPE, theirs)
    done = subprocess.run(command, stdout=stdout, stderr=stderr, timeout=60, check=True)
    os.close(theirs)
    terminal = b"".join(read_all(ours))

    if shown == "stdout":
        assert b"\x1b[32mplain " in terminal
        assert done.stderr == b""
    else:
        assert b"\rplain: 100 %, " in terminal
        assert b"\x1b" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another matter there")
@pytest.mark.usefixtures("plain")
def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C, whenever it comes, ends the process with 130 and without a traceback."""

    def hear_interrupts() -> None:  # a shell lets what it runs in the background ignore them
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    path = tmp_path / "large"
    with open(path, "wb") as file:
        file.truncate(2**40)
    command = [sys.executable, "-m", "basestream", "demo", "--file", str(path), "--backend", "plain"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline().startswith("input: ")
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
            assert process.stderr.read() == ""
        finally:
            process.kill()


def exchange(head: str, body: bytes = b"") -> list[bytes]:
    """Send raw bytes to the demo's server, and give the head and the body of its answer."""
    import socket

    with _demo.running_server() as base:
        host, _, port = base.removeprefix("http://").partition("/")[0].partition(":")
        with closing(socket.create_connection((host, int(port)), 10)) as client:
            client.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while data := client.recv(65536):
                answer += data
    return answer.split(b"\r\n\r\n")


FRAMINGS = [
    pytest.param("Content-Length: 5\n", b"hello", "Content-Length: 5", id="sized"),
    pytest.param(
        "Transfer-Encoding: chunked\n",
        b"2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
        "chunked",
        id="chunked",
    ),
    pytest.param(
        "Content-Length: 5\nTransfer-Encoding: chunked\n",
        b"5\r\nhello\r\n0\r\n\r\n",
        "Content-Length: 5 + chunked",
        id="both",
    ),
    pytest.param(
        "Content-Length: 5\nContent-Length: 5\n",
        b"hello",
        "Content-Length: 5 + Content-Length: 5",
        id="twice",
    ),
]


@pytest.mark.parametrize(("headers", "body", "framing"), FRAMINGS)
def test_server_tells_the_framing(headers: str, body: bytes, framing: str) -> None:
    """The server names every framing header that it was sent, and the body it decoded by them."""
    head, payload = exchange(f"PUT /x HTTP/1.1\nHost: h\n{headers}", body)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(payload) == {
        "method": "PUT",
        "path": "/x",
        "framing": framing,
        "bytes": 5,
        "sha256": HELLO,
    }


def test_server_reads_long_chunks() -> None:
    """The length of a chunk is hexadecimal."""
    chunk = b"1f\r\n" + b"x" * 31 + b"\r\n"
    answer = exchange(
        "PUT /x HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n",
        chunk + b"10\r\n" + b"y" * 16 + b"\r\n0\r\n\r\n",
    )
    assert json.loads(answer[1])["bytes"] == 31 + 16


def test_server_answers_with_json() -> None:
    """The answer says that it is JSON, and how long it is."""
    head, payload = exchange("PUT /x HTTP/1.1\nHost: h\n")
    fields = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2] + b"\r\n\r\n"))
    assert fields["Content-Type"] == "application/json"
    assert fields["Content-Length"] == str(len(payload))


def test_server_without_a_body() -> None:
    """No framing header at all is named as that."""
    payload = json.loads(exchange("PUT /x HTTP/1.1\nHost: h\n")[1])
    assert (payload["framing"], payload["bytes"]) == ("none", 0)


def test_server_does_not_answer_a_body_cut_short(capfd: pytest.CaptureFixture[str]) -> None:
    """A body that ends early is not answered, and nothing is printed about it."""
    assert exchange("PUT /x HTTP/1.1\nHost: h\nContent-Length: 6\n", b"hello") == [b""]
    assert capfd.readouterr() == ("", "")


def test_server_keeps_connections() -> None:
    """Two requests go over one connection, and the server's threads end with it."""
    before = threading.active_count()
    with _demo.running_server() as base:
        host = base.removeprefix("http://").partition("/")[0]
        with closing(http.client.HTTPConnection(host, timeout=10)) as connection:
            for _ in range(2):
                connection.request("PUT", "/x", b"hello")
                assert json.loads(connection.getresponse().read())["sha256"] == HELLO
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
