"""One connection through the proxy: two lanes, each with what is still to be passed on and done.

Everything here runs in the proxy's one thread, on sockets that do not block.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import time
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from .scripts import CHANGES, Player, Step, Way

BLOCK = 64 * 1024
PAUSE_SECONDS = 0.01
"""A pause; long enough for a client to run out of what it has read."""
PIECE_SECONDS = 0.0005
"""Between two pieces of a split, so that the receiver can read one before the next."""
PIECES = 20
"""How many pieces a split makes before bytes pass as they come again."""

_RST_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Seen(NamedTuple):
    """What a link has carried since it was last asked."""

    number: int
    """The place of the connection in the order in which the server has got them."""
    sent: bytes
    """What the client has sent, as the client has sent it."""
    changed: frozenset[Way]
    """The directions in which bytes were changed."""
    ended_early: bool
    """Whether the client was told that the server has ended, which it has not."""


class Lane:
    """One direction.

    Args:
        way: Which.
        source: Where bytes come from.
        sink: Where they go.
    """

    def __init__(self, way: Way, source: socket.socket, sink: socket.socket) -> None:
        self.way: Way = way
        self.source = source
        self.sink = sink
        self.queue: deque[bytes | Step] = deque()
        self.ended = False
        """The source has ended, and nothing comes any more."""
        self.done = False
        """The sink was told so."""
        self.deaf = False
        """What comes is dropped."""
        self.stalled = False
        self.held_until = 0.0
        self.piece = self.pieces = 0

    @property
    def wants_to_read(self) -> bool:
        """Whether bytes of the source can be taken."""
        return not (self.ended or self.stalled or self.queue)

    @property
    def wants_to_send(self) -> bool:
        """Whether bytes for the sink are there."""
        return bool(self.queue) and not self.stalled and not self.held_until


class Link:
    """A client's connection, and the one to the server that belongs to it.

    Args:
        number: Its place in the order of arrival.
        client: The accepted socket.
        server: The one that was opened for it.
        selector: The proxy's.
    """

    def __init__(
        self, number: int, client: socket.socket, server: socket.socket, selector: selectors.BaseSelector
    ) -> None:
        self.number = number
        self.player = Player()
        self.closed = False
        self._selector = selector
        self._sockets = (client, server)
        self._lanes = (Lane("request", client, server), Lane("response", server, client))
        self._broken: set[socket.socket] = set()
        self._tape = bytearray()
        self._changed: set[Way] = set()
        self._ended_early = False
        for sock in self._sockets:
            sock.setblocking(False)
            with suppress(OSError):  # the peer may have reset it already
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listen()

    @property
    def is_busy(self) -> bool:
        """Whether bytes are held that will be passed on."""
        return not self.closed and any(lane.queue and not lane.stalled for lane in self._lanes)

    @property
    def wakes_at(self) -> float:
        """When a pause ends; infinite if there is none."""
        return min([lane.held_until for lane in self._lanes if lane.held_until], default=float("inf"))

    def take(self) -> Seen:
        """Give what was carried since the last time."""
        seen = Seen(self.number, bytes(self._tape), frozenset(self._changed), self._ended_early)
        self._tape.clear()
        self._changed.clear()
        self._ended_early = False
        return seen

    def ready(self, sock: socket.socket, events: int) -> None:
        """Move what can be moved."""
        for lane in self._lanes:
            if not self.closed and lane.sink is sock and events & selectors.EVENT_WRITE:
                self._flush(lane)
            if not self.closed and lane.source is sock and events & selectors.EVENT_READ:
                self._read(lane)
        self._listen()

    def wake(self, now: float) -> None:
        """Go on where a pause has ended."""
        for lane in self._lanes:
            if not self.closed and lane.held_until and lane.held_until <= now:
                lane.held_until = 0.0
                self._flush(lane)
        self._listen()

    def recover(self) -> None:
        """Pass on what was stalled, late as it is; where bytes were changed, nothing has a meaning any more."""
        if self._changed:
            self.reset()
            return
        for lane in self._lanes:
            if lane.stalled and not self.closed:
                lane.stalled = False
                lane.queue = deque(part for part in lane.queue if not _is_stall(part))
                self._flush(lane)
        self._listen()

    def end(self, how: str) -> None:
        """End both sides from the middle: ``"reset"``, or ``"fin"``."""
        if how == "reset":
            self.reset()
            return
        for lane in self._lanes:
            lane.deaf = True
            self._finish(lane)
        self._listen()

    def reset(self) -> None:
        """Close both sides with RST."""
        for sock in self._sockets:
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
        self.close()

    def close(self) -> None:
        """Close both sides."""
        self.closed = True
        for lane in self._lanes:
            lane.queue.clear()
        self._listen()
        for sock in self._sockets:
            sock.close()

    def _read(self, lane: Lane) -> None:
        try:
            data = lane.source.recv(BLOCK)
        except BlockingIOError:
            return
        except OSError:
            self._broken.add(lane.source)
            data = b""
        if lane.way == "request":
            self._tape += data
        if not data:
            lane.ended = True
        elif not lane.deaf:
            parts = self.player.cut(lane.way, data)
            if any(isinstance(part, Step) and part.act in CHANGES for part in parts):
                self._changed.add(lane.way)
            lane.queue.extend(parts)
        self._flush(lane)

    def _flush(self, lane: Lane) -> None:
        while lane.queue and not (lane.stalled or lane.held_until):
            part = lane.queue.popleft()
            if isinstance(part, Step):
                self._play(lane, part)
            elif not self._send(lane, part):
                return
            if self.closed:
                return
        if lane.ended and not lane.queue:
            self._finish(lane)

    def _send(self, lane: Lane, data: bytes) -> bool:
        """Send what can be sent, and tell whether to go on."""
        try:
            sent = lane.sink.send(data[: lane.piece] if lane.pieces else data)
        except BlockingIOError:
            lane.queue.appendleft(data)
            return False
        except OSError:  # whoever it was has left; what has come from there may still be read
            self._broken.add(lane.sink)
            lane.deaf = True
            lane.queue.clear()
            return True
        if sent < len(data):
            lane.queue.appendleft(data[sent:])
        if lane.pieces:
            lane.pieces -= 1
            lane.held_until = time.monotonic() + PIECE_SECONDS
        return True

    def _play(self, lane: Lane, step: Step) -> None:
        self.player.played[step.act] += 1
        if step.act == "split":
            lane.piece, lane.pieces = step.number, PIECES
        elif step.act == "pause":
            lane.held_until = time.monotonic() + PAUSE_SECONDS
        elif step.act == "stall":
            lane.stalled = True
        elif step.act == "reset":
            self.reset()
        elif step.act == "half-close":
            lane.queue.clear()
            lane.deaf = True
            self._ended_early |= lane.way == "response"
            self._finish(lane)

    def _finish(self, lane: Lane) -> None:
        """Pass on that one side has ended, in the way it has."""
        if lane.source in self._broken:
            self.reset()
            return
        if not lane.done:
            lane.done = True
            with suppress(OSError):  # gone altogether
                lane.sink.shutdown(socket.SHUT_WR)
        if all(lane.ended and lane.done for lane in self._lanes):
            self.close()

    def _listen(self) -> None:
        for sock in self._sockets:
            events = 0
            for lane in self._lanes:
                if not self.closed and lane.source is sock and lane.wants_to_read:
                    events |= selectors.EVENT_READ
                if not self.closed and lane.sink is sock and lane.wants_to_send:
                    events |= selectors.EVENT_WRITE
            known = self._selector.get_map().get(sock) if sock.fileno() >= 0 else None
            if known is None and events:
                self._selector.register(sock, events, self)
            elif known is not None and not events:
                self._selector.unregister(sock)
            elif known is not None and known.events != events:
                self._selector.modify(sock, events, self)


def _is_stall(part: bytes | Step) -> bool:
    return isinstance(part, Step) and part.act == "stall"
