"""A proxy on loopback that passes bytes on between any client and one server, and plays scripts with them.

One thread, one selector: what has been asked of it is done between two events, so that nothing here needs a lock.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Literal, TypeVar

from .links import Link, Seen
from .scripts import Player, Script

T = TypeVar("T")

TIMEOUT = 10.0
"""Seconds that anything asked of the proxy may take."""


class Proxy:
    """Stands before a server: ``url`` is for the client.

    Args:
        host: The server's address.
        port: Its port.

    Raises:
        RuntimeError: On leaving, when something went wrong inside.
    """

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self.failures: list[BaseException] = []
        self._target = (host, port)
        self._player = Player()
        self._links: list[Link] = []
        self._count = 0
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._waiting: list[Future[None]] = []
        self._stopping = False

    @property
    def url(self) -> str:
        """Its origin, without a final slash."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._selector = selectors.DefaultSelector()
        for sock in (self._listener, self._bell):
            self._selector.register(sock, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="faulty proxy", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        self._rope.send(b"!")
        self._thread.join(TIMEOUT)
        for link in self._links:
            if not link.closed:
                link.reset()
        for sock in (self._listener, self._bell, self._rope, self._selector):
            sock.close()
        if self.failures and error is None:
            raise RuntimeError(f"the proxy failed inside: {self.failures!r}") from self.failures[0]

    @contextmanager
    def playing(self, script: Script) -> Generator[Player, None, None]:
        """Play a script from now on; at the end stalls pass, and connections with changed bytes are reset."""
        player = Player(script)
        self._call(lambda: self._play(player))
        try:
            yield player
        finally:
            self._call(lambda: self._play(Player()))
            self._call(self._recover)

    def settle(self) -> None:
        """Wait until nothing is left to be passed on."""
        waiting: Future[None] = Future()
        self._call(lambda: self._waiting.append(waiting))
        waiting.result(TIMEOUT)

    def take(self) -> list[Seen]:
        """Give what each link has carried since the last time; those that have closed are forgotten then."""
        return self._call(self._take)

    def end_all(self, how: Literal["reset", "fin"]) -> int:
        """End all connections, as servers do with idle ones; give how many there were."""
        return self._call(lambda: self._end_all(how))

    def open_links(self) -> int:
        """Give how many connections have not ended on both sides."""
        return self._call(lambda: sum(not link.closed for link in self._links))

    def _call(self, work: Callable[[], T]) -> T:
        done: Future[T] = Future()

        def task() -> None:
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)

        self._tasks.put(task)
        self._rope.send(b"!")
        return done.result(TIMEOUT)

    def _play(self, player: Player) -> None:
        self._player = player
        for link in self._links:
            link.player = player

    def _recover(self) -> None:
        for link in self._links:
            if not link.closed:
                link.recover()

    def _end_all(self, how: str) -> int:
        living = [link for link in self._links if not link.closed]
        for link in living:
            link.end(how)
        return len(living)

    def _take(self) -> list[Seen]:
        seen = [link.take() for link in self._links]
        self._links = [link for link in self._links if not link.closed]
        return seen

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turn()
        except BaseException as error:
            self.failures.append(error)

    def _turn(self) -> None:
        events = self._selector.select(self._patience())
        for key, mask in events:
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._bell:
                self._bell.recv(1024)
            else:
                link: Any = key.data
                link.ready(key.fileobj, mask)
        now = time.monotonic()
        for link in self._links:
            if link.wakes_at <= now:
                link.wake(now)
        self._do_tasks()
        if not events and self._waiting and not any(link.is_busy for link in self._links):
            for waiting in self._waiting:
                waiting.set_result(None)
            self._waiting.clear()

    def _patience(self) -> float | None:
        wakes_at = min([link.wakes_at for link in self._links if not link.closed], default=float("inf"))
        if wakes_at != float("inf"):
            return max(0.0, wakes_at - time.monotonic())
        if not self._waiting:
            return None
        return 0.001 if any(link.is_busy for link in self._links) else 0.0

    def _do_tasks(self) -> None:
        while True:
            try:
                task = self._tasks.get_nowait()
            except Empty:
                return
            task()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(self._target, TIMEOUT)
        link = Link(self._count, client, server, self._selector)
        self._count += 1
        link.player = self._player
        self._links.append(link)
