"""C1: `basestream put` as a real process, on every backend, against the recording server.

Besides the installed backends there are two of other people's: one over `http.client`, which is always there, and
one over aiohttp, which is async only. Rows that are the same for every backend run on the first one.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from basestream import backend as registry
from basestream.testing import Exchange, RecordingServer
from cli_support import read_all, runs, write_plugin
from support import CLIENTS

TESTS = Path(__file__).parent.parent
KIB, MIB = 1024, 1024 * 1024
SECRET = "s3cret"

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and terminals of POSIX")


def has_aiohttp() -> bool:
    """Tell whether aiohttp is there, in a version that does not hang when a connection breaks."""
    try:
        return find_spec("aiohttp") is not None and version("aiohttp") >= "3.14.4"
    except PackageNotFoundError:
        return False


OURS = [client for client in CLIENTS if runs(client)]
THEIRS = ["stdlib", *(["aiohttp"] if has_aiohttp() else [])]
EVERY = [*OURS, *THEIRS]
FIRST = EVERY[0]
ALL_ROWS = "BASESTREAM_ALL_ROWS" in os.environ
"""Whether all rows run on every backend (``nox -s cli``); else those that differ most do, for each takes a second."""

on_every_backend = pytest.mark.parametrize("backend", EVERY, indirect=True)


@pytest.fixture(scope="module", autouse=True)
def third_parties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install the backends of other people's for the processes."""
    folder = str(tmp_path_factory.mktemp("third-parties"))
    for name in ("stdlib", "aiohttp"):
        write_plugin(folder, f"third_party.{name}_backend", name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([folder, str(TESTS)]), prepend=os.pathsep)
        # What httpx loads where it is installed, and the usual certificates, would take three times as long as
        # the rest of an upload; nothing here is TLS or HTTP/2.
        patch.setenv("SSL_CERT_DIR", folder)
        Path(folder, "sitecustomize.py").write_text(
            "import sys; sys.modules.update(dict.fromkeys(['trio', 'h2', 'rich', 'click', 'brotli', 'zstandard']))"
        )
        yield


@pytest.fixture(params=EVERY if ALL_ROWS else [FIRST])
def backend(request: pytest.FixtureRequest) -> str:
    """The name of each backend in turn."""
    name: str = request.param
    return name


class Done(NamedTuple):
    """How a process has ended."""

    code: int
    out: str
    err: str


def command(*arguments: str) -> list[str]:
    """Give the command line of the real process."""
    return [sys.executable, "-m", "basestream", "put", *arguments]


def put(*arguments: str, data: bytes | None = None) -> Done:
    """Run the real process on a pipe; None for a standard input that has ended."""
    done = subprocess.run(
        command(*arguments), input=data or b"", capture_output=True, timeout=60, check=False
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of 8 MiB: more than a connection holds while nobody reads."""
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(8 * MIB))
    return path


def assert_complete(exchange: Exchange, body: bytes) -> None:
    """C1. One framing header, and the body to the byte."""
    assert (exchange.method, exchange.framing, exchange.complete) == ("PUT", "content-length", True)
    assert exchange.header("content-length") == [str(len(body))]
    assert (exchange.size, exchange.sha256) == (len(body), hashlib.sha256(body).hexdigest())


def assert_cut_short(server: RecordingServer, size: int) -> None:
    """S3, W4. The server has no complete request, and the connection was reset."""
    server.wait_closed()
    assert [connection.ended for connection in server.connections] == ["reset"]
    (exchange,) = server.exchanges
    assert (exchange.complete, exchange.header("content-length")) == (False, [str(size)])
    assert exchange.size < size


@on_every_backend
def test_exact_pipe(backend: str, server: RecordingServer) -> None:
    """C1. A pipe of the declared size arrives whole, with Content-Length; nothing is printed off a terminal."""
    data = os.urandom(300_000)
    assert put(server.url + "/x", "--size", "300kB", "--backend", backend, data=data) == (0, "", "")

    (exchange,) = server.exchanges
    assert_complete(exchange, data)


@pytest.mark.parametrize("data", [b"", b"hello"], ids=["empty", "small"])
def test_exact_small_pipe(data: bytes, server: RecordingServer) -> None:
    """C1. A pipe may be short, or empty."""
    assert put(server.url + "/x", "--size", str(len(data)), "-", "--backend", FIRST, data=data).code == 0

    (exchange,) = server.exchanges
    assert_complete(exchange, data)


@pytest.mark.parametrize(
    ("size", "given", "said"),
    [
        pytest.param(16_000_000, 16_000_001, "has more than the declared 16000000 bytes", id="too long"),
        pytest.param(
            16_000_000, 15_999_999, "has 15999999 bytes, fewer than the declared 16000000", id="too short"
        ),
    ],
)
def test_wrong_pipe(backend: str, size: int, given: int, said: str, server: RecordingServer) -> None:
    """C1. A pipe of another size never completes: exit code 3, one line, a reset; no surplus on the wire."""
    done = put(server.url + "/x", "--size", str(size), "--backend", backend, "--sha256", data=bytes(given))

    assert (done.code, done.out) == (3, "")
    assert done.err == (f"basestream: standard input {said}: no complete request was sent\n")
    assert_cut_short(server, size)


@pytest.mark.parametrize("given", [4, 6], ids=["too short", "too long"])
def test_wrong_small_pipe(given: int, server: RecordingServer) -> None:
    """S4. A small pipe of another size opens no connection."""
    assert put(server.url, "--size", "5", "--backend", FIRST, data=bytes(given)).code == 3
    assert server.connections == []


def test_file(backend: str, large: Path, server: RecordingServer) -> None:
    """C1. A file needs no size; method, headers and digest are as asked for."""
    done = put(
        *(server.url + "/v1/x?a=b", str(large), "--backend", backend, "--method", "post", "--sha256"),
        *("-H", "Content-Type: text/csv", "-H", "X-Meta:  1, 2 "),
    )
    (exchange,) = server.exchanges

    assert done == (0, f"{exchange.sha256}  {large}\n", "")
    assert (exchange.method, exchange.target, exchange.size) == ("POST", "/v1/x?a=b", 8 * MIB)
    assert (exchange.header("content-type"), exchange.header("x-meta")) == (["text/csv"], ["1, 2"])
    assert exchange.sha256 == hashlib.sha256(large.read_bytes()).hexdigest()


def test_empty_file(backend: str, tmp_path: Path, server: RecordingServer) -> None:
    """S11. An empty file is sent with Content-Length: 0."""
    path = tmp_path / "empty"
    path.touch()
    assert put(server.url + "/x", str(path), "--backend", backend) == (0, "", "")

    (exchange,) = server.exchanges
    assert_complete(exchange, b"")


def change_while_sent(backend: str, large: Path, size: int, server: RecordingServer) -> Done:
    """Upload a file and give it another size when the server has begun to read."""
    arguments = command(server.url + "/stall?after=100000", str(large), "--backend", backend)
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        server.wait_for(lambda: any(exchange.size >= 100_000 for exchange in server.exchanges), 30)
        os.truncate(large, size)
        server.release()
        error = process.communicate(timeout=60)[1]
    return Done(process.returncode, "", error)


def test_file_that_grows(backend: str, large: Path, server: RecordingServer) -> None:
    """S2. A file that grows while it is sent never completes: exit code 3."""
    assert change_while_sent(backend, large, 8 * MIB + 1, server) == (
        3,
        "",
        f"basestream: {str(large)!r} has more than the declared 8388608 bytes: no complete "
        "request was sent\n",
    )
    assert_cut_short(server, 8 * MIB)


def test_file_that_shrinks(large: Path, server: RecordingServer) -> None:
    """S2. So does one that shrinks."""
    assert change_while_sent(FIRST, large, 8 * MIB - 1, server) == (
        3,
        "",
        f"basestream: {str(large)!r} has 8388607 bytes, fewer than the declared 8388608: no complete "
        "request was sent\n",
    )
    assert_cut_short(server, 8 * MIB)


def test_file_of_another_size(tmp_path: Path, server: RecordingServer) -> None:
    """C1. A file whose size is not the one declared is exit code 3, before anything is sent."""
    path = tmp_path / "file"
    path.write_bytes(b"12345")

    assert put(server.url, str(path), "--size", "6") == (
        3,
        "",
        f"basestream: {str(path)!r} has 5 bytes, and --size says 6: nothing was sent\n",
    )
    assert put(server.url, str(path), "--size", "4").code == 3
    assert server.connections == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_digest_with_nowhere_to_go(backend: str, large: Path, server: RecordingServer) -> None:
    """C1. A digest that cannot be written is exit code 1 and one line; the upload itself is done."""
    arguments = command(server.url + "/x", str(large), "--backend", backend, "--sha256")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            arguments, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )

    assert (done.returncode, done.stderr) == (
        1,
        "basestream: cannot write the output: No space left on device\n",
    )
    assert server.exchanges[0].complete


def test_refused_early(backend: str, large: Path, server: RecordingServer) -> None:
    """W5. A status of 400 or more is exit code 22, as for `curl --fail`, with what the server says, in one line."""
    url = server.url + "/early/413?after=1000&body=too%20large%0Afor%20%1B%5B31mus"
    done = put(url, str(large), "--backend", backend)

    assert (done.code, done.out) == (22, "")
    assert re.fullmatch(r"basestream: 413 [A-Z][A-Za-z ]+: too large for \\x1b\[31mus\n", done.err)


def test_refused_after_the_body(large: Path, server: RecordingServer) -> None:
    """C1. Of a long answer the first 200 characters are shown; an answer without a body is its status."""
    url = f"{server.url}/status/404?body={'x' * 300}"
    assert put(url, str(large), "--backend", FIRST) == (
        22,
        "",
        f"basestream: 404 Not Found: {'x' * 197}...\n",
    )
    assert put(f"{server.url}/status/404", str(large), "--backend", FIRST).err == (
        "basestream: 404 Not Found\n"
    )


def test_redirect_of_a_file(
    backend: str, large: Path, server: RecordingServer, stranger: RecordingServer
) -> None:
    """S8, P2. A 307 is followed with the whole body; at another origin without the credential headers."""
    done = put(
        *(f"{server.url}/redirect/307?to={stranger.url}/there", str(large), "--backend", backend),
        *("-H", f"Authorization: Bearer {SECRET}", "-H", f"Cookie: a={SECRET}", "-H", "X-Meta: 1"),
    )

    assert done == (0, "", "")
    (here,), (there,) = server.exchanges, stranger.exchanges
    assert_complete(here, large.read_bytes())
    assert_complete(there, large.read_bytes())
    assert here.header("authorization") == [f"Bearer {SECRET}"]
    assert (there.header("authorization"), there.header("cookie")) == ([], [])
    assert (there.target, there.header("x-meta")) == ("/there", ["1"])


def test_redirect_of_a_pipe(server: RecordingServer) -> None:
    """S6. A 307 cannot be followed with a pipe: one line says what to do, and nothing is sent there."""
    url = f"{server.url}/redirect/307?to=/there"

    assert put(url, "--size", "5", "--backend", FIRST, data=b"hello") == (
        22,
        "",
        f"basestream: 307 Temporary Redirect, to '{server.url}/there': that takes the body again, and a pipe can "
        "be read once; upload to that URL, or from a file\n",
    )
    assert len(server.exchanges) == 1


def test_redirect_that_loses_the_body(backend: str, large: Path, server: RecordingServer) -> None:
    """C1. A 301, after which clients send a GET or no body, is no success, and is not followed."""
    if backend == "aiohttp":
        pytest.skip("has no SEND_ONCE: follows redirects by itself")
    assert put(f"{server.url}/redirect/301?to=/there", str(large), "--backend", backend) == (
        22,
        "",
        "basestream: 301 Moved Permanently, to '/there': not followed, for the body would be lost there\n",
    )
    assert len(server.exchanges) == 1


def test_retry(backend: str, large: Path, server: RecordingServer) -> None:
    """S8. With --retries a file is sent again after a fault of the network, on every client."""
    url = server.url + "/reset?times=1&after=1000"
    assert put(url, str(large), "--backend", backend, "--retries", "1") == (0, "", "")

    broken, whole = server.exchanges
    assert (broken.size, broken.complete) == (1000, False)
    assert_complete(whole, large.read_bytes())


@posix
def test_retry_of_a_redirected_file(large: Path, server: RecordingServer) -> None:
    """S2. A file that is redirected into standard input can be sent again, from where it stood."""
    script = '"$0" -c "import os; os.lseek(0, 5, 0)"; exec "$0" "$@"'
    arguments = command(server.url + "/reset?times=1&after=1000", "--backend", FIRST, "--retries", "1")
    with large.open("rb") as file:
        done = subprocess.run(
            ["/bin/sh", "-c", script, *arguments, "--size", str(8 * MIB - 5), "--sha256"],
            stdin=file,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    body = large.read_bytes()[5:]
    assert (done.returncode, done.stdout) == (0, f"{hashlib.sha256(body).hexdigest()}  -\n")
    assert_complete(server.exchanges[-1], body)


def test_network_error(backend: str, large: Path, server: RecordingServer) -> None:
    """C1. An error of the network is exit code 1 and one line; no client tries again by itself."""
    done = put(f"{server.url}/reset?times=9&after=1000", str(large), "--backend", backend)

    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"basestream: [A-Za-z]+: .*\n", done.err)
    assert len(server.exchanges) == 1


def test_network_error_after_retries(large: Path, server: RecordingServer) -> None:
    """C1. After the last retry the line tells the number of attempts."""
    url = f"{server.url}/reset?times=9&after=1000"
    done = put(url, str(large), "--backend", FIRST, "--retries", "1")

    assert (done.code, len(server.exchanges)) == (1, 2)
    assert done.err.endswith(" (2 attempts)\n")


def test_no_password_is_printed(backend: str, tmp_path: Path) -> None:
    """C1. What a client says of a URL loses its userinfo, and a query, which may be a signature."""
    path = tmp_path / "file"
    path.write_bytes(b"hello")
    with RecordingServer() as server:
        port = server.port  # nobody listens there any more
    done = put(
        *(f"http://me:{SECRET}@127.0.0.1:{port}/x?sig={SECRET}", str(path), "--backend", backend),
        *("-H", f"Authorization: Bearer {SECRET}"),
    )

    assert done.code == 1
    assert done.err.count("\n") == 1
    assert SECRET not in done.err


@pytest.mark.parametrize("backend", OURS, indirect=True)
@pytest.mark.parametrize("scheme", ["basic", "digest"])
@pytest.mark.parametrize("piped", [False, True], ids=["file", "pipe"])
def test_user(backend: str, scheme: str, piped: bool, large: Path, server: RecordingServer) -> None:
    """A1. --user answers the challenge of the server, for a pipe too; a wrong password is exit code 22."""
    url, data = f"{server.url}/{scheme}?user=me&password={SECRET}", large.read_bytes()
    source = ["--size", str(len(data))] if piped else [str(large)]
    done = put(url, *source, "--user", f"me:{SECRET}", "--backend", backend, data=data if piped else None)

    assert done == (0, "", "")
    assert_complete(server.exchanges[-1], data)
    wrong = put(url, *source, "--user", "me:wrong", "--backend", backend, data=data if piped else None)
    assert wrong.code == 22
    assert wrong.err.startswith("basestream: 401 ")


@pytest.mark.parametrize("backend", THEIRS, indirect=True)
def test_user_without_guess_auth(backend: str, large: Path, server: RecordingServer) -> None:
    """A1. A backend without GuessAuth cannot take --user: a usage error, and nothing is sent."""
    done = put(server.url, str(large), "--user", f"me:{SECRET}", "--backend", backend)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("basestream: --user: this backend has no GuessAuth: ")
    assert server.connections == []


def hear_interrupts() -> None:
    """Undo what a shell does for what it runs in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupt(arguments: list[str], given: int, server: RecordingServer) -> Done:
    """Press Ctrl-C in the middle of an upload; the pipe stays open with so many bytes given."""
    with subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hear_interrupts,
    ) as process:
        assert process.stdin
        process.stdin.write(bytes(given))
        process.stdin.flush()
        server.wait_for(lambda: any(exchange.size >= 50_000 for exchange in server.exchanges), 30)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        out, err = process.communicate()
    return Done(process.returncode, out.decode(), err.decode())


@posix
@on_every_backend
def test_ctrl_c(backend: str, server: RecordingServer) -> None:
    """C1, W4. Ctrl-C while a pipe is waited for: exit code 130, not a word, and no complete request at the server."""
    arguments = command(server.url + "/x", "--size", "10MB", "--backend", backend, "--sha256")

    assert interrupt(arguments, 200_000, server) == (130, "", "")
    assert_cut_short(server, 10_000_000)


@posix
def test_ctrl_c_while_the_server_is_waited_for(large: Path, server: RecordingServer) -> None:
    """C1, W4. The same while the server does not read."""
    arguments = command(server.url + "/stall?after=50000", str(large), "--backend", FIRST)

    assert interrupt(arguments, 0, server) == (130, "", "")
    server.release()
    assert_cut_short(server, 8 * MIB)


@posix
def test_standard_input_is_closed(server: RecordingServer) -> None:
    """C1. A closed standard input is a usage error that says what to do."""
    script = f'exec "{sys.executable}" -m basestream put {server.url} --size 5 <&-'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "basestream: standard input is closed: pipe the data into basestream put, or name a file\n",
    )
    assert server.connections == []


@posix
def test_standard_input_is_a_terminal(server: RecordingServer) -> None:
    """C1. A terminal as standard input is a usage error that says what to do."""
    import pty

    ours, theirs = pty.openpty()
    done = subprocess.run(
        command(server.url, "--size", "5"),
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    os.close(ours)

    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "basestream: standard input is a terminal: pipe the data into basestream put, or name a file\n",
    )
    assert server.connections == []


@pytest.mark.skipif(not OURS, reason="no client is installed")
def test_auto(server: RecordingServer) -> None:
    """C1. Without --backend the first installed one is taken: requests, httpx, httpx2, urllib3, then others."""
    from basestream._backends import first

    assert put(server.url + "/x", "--size", "5", data=b"hello") == (0, "", "")
    assert first() is registry.load(OURS[0])
    (exchange,) = server.exchanges
    assert OURS[0] in exchange.header("user-agent")[0]


@posix
@pytest.mark.parametrize(
    ("tqdm", "options", "shown"),
    [
        pytest.param(True, [], rb"\rstandard input: 100%\|.*\| 300k/300k \[", id="tqdm"),
        pytest.param(False, [], rb"\rstandard input: 100 %, \d+ MB/s\r\n", id="plain line"),
        pytest.param(True, ["--quiet"], rb"", id="quiet"),
        pytest.param(False, ["-q"], rb"", id="quiet without tqdm"),
    ],
)
def test_progress(tqdm: bool, options: list[str], shown: bytes, server: RecordingServer) -> None:
    """C1. On a terminal there is a bar, a plain line without tqdm, and nothing with --quiet."""
    import fcntl
    import pty
    import termios

    if tqdm and find_spec("tqdm") is None:
        pytest.skip("tqdm is not installed")
    hidden = "" if tqdm else "sys.modules['tqdm'] = None; "
    code = f"import sys; {hidden}from basestream._cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = [sys.executable, "-c", code, "put", server.url + "/x", "--size", "300000"]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    done = subprocess.run(
        [*arguments, "--backend", "stdlib", *options],
        input=bytes(300_000),
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    terminal = b"".join(read_all(ours))

    assert (done.returncode, done.stdout) == (0, b"")
    assert re.search(shown, terminal)
    assert bool(terminal) is bool(shown)
