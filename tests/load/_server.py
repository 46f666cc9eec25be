"""The server of a load: a thread for each connection, in a process of its own; `Server` starts and asks it.

It knows neither basestream nor a client. A request names its kind, its number and the digest of its body in
headers; one without these is a piece of another body that was read as a request. What is wrong is written down,
and given with the counts on every line that comes in by standard input; at its end the process ends.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, cast

from ._content import content
from ._realm import Realm

NEVER = "never"
"""The digest announced for a body that must not arrive whole."""

_TESTS = Path(__file__).parent.parent
_BLOCK = 256 * 1024
_MOST_FAULTS = 20
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Request(NamedTuple):
    """A request without its body."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def kind(self) -> str:
        """What the client calls it."""
        return self.headers["x-kind"]

    @property
    def action(self) -> list[str]:
        """What is to be done, and with what: ``/v1/ACTION/ARGUMENT...``."""
        return self.target.split("/")[2:]


class _Broken(Exception):
    """The connection has ended inside a body."""


class Ledger:
    """What all connections have in common."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.realm = Realm()
        self.complete: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.faults: list[str] = []
        self.open = self.bytes = 0

    def fault(self, text: str) -> None:
        """Write down what is wrong."""
        with self.lock:
            if len(self.faults) < _MOST_FAULTS:
                self.faults.append(text)

    def report(self) -> str:
        """Give the counts as a line."""
        with self.lock:
            if self.realm.replays:
                self.faults.append(f"{self.realm.replays} requests with a nonce and a count seen before")
            names = ("complete", "broken", "faults", "open", "bytes")
            return json.dumps({name: getattr(self, name) for name in names})


class _Conversation:
    def __init__(self, connection: socket.socket, ledger: Ledger) -> None:
        self._connection = connection
        self._ledger = ledger
        self._input = cast("BinaryIO", connection.makefile("rb", _BLOCK))

    def run(self) -> None:
        with self._connection, self._input, suppress(ConnectionError):
            while (request := self._request()) is not None and self._serve(request):
                pass

    def _request(self) -> Request | None:
        line = self._input.readline()
        if not line:
            return None
        headers: dict[str, str] = {}
        while (field := self._input.readline()) not in (b"\r\n", b""):
            name, _, value = field.decode("latin-1").partition(":")
            if name.lower() in headers:
                self._ledger.fault(f"{name} twice: {line!r}")
            headers[name.lower()] = value.strip()
        method, _, rest = line.decode("latin-1").partition(" ")
        if "x-kind" not in headers or "transfer-encoding" in headers:
            self._ledger.fault(f"no request of ours: {line!r} {headers}")
            return None
        return Request(method, rest.partition(" ")[0], headers)

    def _serve(self, request: Request) -> bool:
        """Carry a request out, and tell whether the connection goes on."""
        action, number, *arguments = request.action
        if action == "reset":
            self._input.read(int(arguments[0]))
            self._reset()
            return False
        if action == "early":
            self._answer(request, 413, b"", "Connection: close")
            self._connection.shutdown(socket.SHUT_WR)
            with suppress(_Broken):
                self._body(request)
            return False
        try:
            size, digest = self._body(request)
        except _Broken as broken:
            with self._ledger.lock:
                self._ledger.broken[f"{request.kind}: {broken}"] += 1
            return False
        if digest != request.headers["x-digest"]:
            self._ledger.fault(f"{request.kind} {number}: a body of {size} bytes that is not this request's")
        if action == "auth" and not self._is_let_in(request):
            return True
        with self._ledger.lock:
            self._ledger.complete[request.kind] += 1
        return self._conclude(request, size, digest)

    def _conclude(self, request: Request, size: int, digest: str) -> bool:
        action, number, *arguments = request.action
        if action == "stall":
            if self._input.read(1):
                self._ledger.fault(f"{request.kind} {number}: more on a connection that owes an answer")
            return False
        if action == "drop":
            self._reset()
            return False
        if action == "hop":
            self._answer(
                request, 307, b"", f"Location: /v1/{'/'.join([arguments[0], number, *arguments[1:]])}"
            )
        elif action == "get":
            self._answer(request, 200, content(int(number), int(arguments[0])))
        else:
            self._answer(request, 200, f"{number} {size} {digest}".encode())
        return True

    def _is_let_in(self, request: Request) -> bool:
        challenge = self._ledger.realm.judge(
            request.method, request.target, request.headers.get("authorization", "")
        )
        if challenge is not None:
            self._answer(request, 401, b"", f"WWW-Authenticate: {challenge}")
        return challenge is None

    def _body(self, request: Request) -> tuple[int, str]:
        """Read a body; give its size and digest."""
        hashed, left = sha256(), int(request.headers.get("content-length", "0"))
        size = left
        while left:
            try:
                block = self._input.read(min(left, _BLOCK))
            except ConnectionResetError:
                raise _Broken("reset") from None
            if not block:
                raise _Broken("fin")
            hashed.update(block)
            left -= len(block)
            with self._ledger.lock:
                self._ledger.bytes += len(block)
        return size, hashed.hexdigest()

    def _answer(self, request: Request, status: int, body: bytes, *fields: str) -> None:
        number = request.action[1]
        lines = [
            f"HTTP/1.1 {status} Load",
            f"X-Number: {number}",
            f"Content-Length: {len(body)}",
            *fields,
            "",
            "",
        ]
        self._connection.sendall("\r\n".join(lines).encode("latin-1") + body)

    def _reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _serve(connection: socket.socket, ledger: Ledger) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        _Conversation(connection, ledger).run()
    except Exception as error:  # whatever it is, the run is told
        ledger.fault(f"the server failed inside: {error!r}")
    finally:
        with ledger.lock:
            ledger.open -= 1


def _accept(listener: socket.socket, ledger: Ledger) -> None:
    while True:
        connection, _ = listener.accept()
        with ledger.lock:
            ledger.open += 1
        Thread(target=_serve, args=(connection, ledger), daemon=True).start()


def main() -> None:
    """Listen, print the port, and answer each line with the counts until standard input ends."""
    ledger = Ledger()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    Thread(target=_accept, args=(listener, ledger), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    for _ in sys.stdin:
        print(ledger.report(), flush=True)


class Server:
    """The server in its own process, for the time of a ``with`` block."""

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "load._server"]
        self._process = subprocess.Popen(
            command, cwd=_TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{int(self._line())}/v1"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # closes its standard input

    def report(self) -> dict[str, Any]:
        """Give the counts: ``complete``, ``broken``, ``faults``, ``open`` connections, ``bytes`` of bodies."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        counts: dict[str, Any] = json.loads(self._line())
        return counts

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


if __name__ == "__main__":
    main()
