"""A server in a process of its own, and what its application has noted."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from .certificates import Pair
from .loopback import HOST, SECONDS, wait_until_it_listens
from .nginx import Site, nginx
from .traits import BEHIND, NOT_CALLED, STORED, TRAITS, WHOLE

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Seen:
    """What the application has noted of a request."""

    declared: int
    port: str
    got: int = 0
    crc32: int = 0
    raised: str | None = None
    over: bool = False

    @property
    def outcome(self) -> str:
        """Say what the application can know of the body."""
        return self.raised or (STORED if self.got < self.declared else WHOLE)


class Server:
    """A server that runs, with the application that notes what it gets."""

    def __init__(self, name: str, folder: Path, pair: Pair | None = None) -> None:
        self.name = name
        self.traits = TRAITS[name]
        self.scheme = "https" if pair else "http"
        self.port = 0
        self._seen: dict[str, Seen] = {}
        self._numbers = count()
        self._rest = b""
        self._errors = folder / "errors.txt"
        program = [sys.executable, "-m", "servers.serve", BEHIND.get(name, name)]
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [*program, *map(str, pair or ())],
                env={**os.environ, "PYTHONPATH": str(TESTS)},
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://{HOST}:{self.port}"

    def start(self) -> None:
        """Wait until it listens."""
        self.wait(lambda: self.port)
        wait_until_it_listens(self._process, self.port, self._errors.read_text)

    def path(self, reading: str = "whole") -> str:
        """Give a path that no other request has; it begins with how the body is to be read."""
        return f"{reading}/{next(self._numbers)}"

    def seen(self, path: str) -> Seen | None:
        """Give what the application has noted of a request until now; None if it was not called."""
        while self._listen(0):
            pass
        return self._seen.get(f"/{path}")

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait until the application has noted what makes this true."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert self._listen(max(0, deadline - time.monotonic())), f"waited {SECONDS} s for {condition}"

    def wait_called(self, path: str) -> None:
        """Wait until the application has begun with a request."""
        self.wait(lambda: self.seen(path))

    def wait_over(self, path: str) -> Seen:
        """Wait until the application has read a body, and give what it has noted."""
        self.wait_called(path)
        self.wait(lambda: self._seen[f"/{path}"].over)
        return self._seen[f"/{path}"]

    def outcome(self, path: str) -> str:
        """Say what the application was told of a body; to be asked when a later request was answered."""
        return NOT_CALLED if self.seen(path) is None else self.wait_over(path).outcome

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise

    def _listen(self, seconds: float) -> bool:
        """Take in what was noted, or is within so many seconds."""
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        if not select.select([output], [], [], seconds)[0]:
            return False
        data = os.read(output, 65536)
        assert data, f"the server has ended:\n{self._errors.read_text()}"
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in map(json.loads, lines):
            if "listening" in line:
                self.port = line["listening"]
                continue
            path = line.pop("path")
            if "declared" in line:
                self._seen[path] = Seen(**line)
            else:
                self._seen[path] = replace(self._seen[path], over=True, **line)
        return True


@contextmanager
def running(name: str, folder: Path, pair: Pair | None = None) -> Generator[Server, None, None]:
    """Run a server, and nginx before it if that is what the name says."""
    proxied = name in BEHIND
    server = Server(name, folder, None if proxied else pair)
    with ExitStack() as stack:
        stack.callback(server.close)
        server.start()
        if proxied:
            site = Site(proxy=server.url, pair=pair, limit="4m")
            server.port = stack.enter_context(nginx(folder, site))
            server.scheme = site.scheme
        yield server
