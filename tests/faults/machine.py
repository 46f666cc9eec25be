"""The state machine: requests one after the other on one session, with and without faults of the network.

Hypothesis draws what is asked and what the network does; whether it was right, `oracle` judges.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from basestream.testing import RecordingServer, Reply

from .asks import Ask, Asked, Scheme, asks
from .backends import Backend, Caller
from .bodies import Body, Plan
from .oracle import Oracle, Outcome, Violation
from .proxy import Proxy
from .scripts import HANGS, HARMLESS, Script, scripts

PATIENT_SECONDS = 20.0
HASTY_SECONDS = 0.2
"""Where a fault may keep a client waiting for ever; a timeout that comes too soon is one more fault."""

Idle: TypeAlias = Literal["kept", "reset", "fin"]
"""What has become of the connections since the request before."""

CLOSED_BY_US = ("factory", "async-factory", "async-again")


class Conversation(RuleBasedStateMachine):
    """One session, one server, and the network between them; `conversations` gives a class for a backend."""

    backend: Backend
    figures: Counter[str]
    patience: float

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._number = 0
        self._known = 0
        self._is_sound = True

    def begin(self, scheme: Scheme) -> None:
        """Open everything."""
        self._scheme: Scheme = scheme
        self._folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="faults-")))
        self._server = self._stack.enter_context(RecordingServer())
        self._proxy = self._stack.enter_context(Proxy(self._server.host, self._server.port))
        self._oracle = Oracle(self.backend.client)
        self._session = ExitStack()
        self._stack.enter_context(self._session)
        opened = self.backend.session(f"{self._proxy.url}/v1", scheme)
        self._api: Caller = self._session.enter_context(opened)
        self.figures["conversations"] += 1

    def send(self, ask: Ask, script: Script = ()) -> None:
        """Make a request while the network does what the script says, and judge it."""
        self._is_sound = False
        self._number += 1
        body = Body(ask.plan, self._number, self._folder) if ask.plan else None
        asked = Asked(ask, self._number, self._scheme, body)
        hasty = any(step.act in HANGS for step in script)
        with self._proxy.playing(script) as player:
            told = self._tell(asked, HASTY_SECONDS if hasty else PATIENT_SECONDS)
        self._settle()
        exchanges = self._server.exchanges
        seen = self._proxy.take()
        faults = hasty + sum(times for act, times in player.played.items() if act not in HARMLESS)
        outcome = Outcome(asked, told, faults, seen, exchanges[self._known :])
        self._known = len(exchanges)
        self._oracle.judge(outcome)
        self._judge_closed(asked)
        self._count(player.played)
        self._is_sound = True

    def lose_idle_connections(self, how: Literal["reset", "fin"]) -> None:
        """End what is open, as a server or a firewall does in between."""
        self.figures[f"idle connections ended by {how}"] += self._proxy.end_all(how)
        self._settle()

    def teardown(self) -> None:
        """Use the session once more without faults, then close it and look for what was left open."""
        with self._stack:
            if self._is_sound and self._number:
                self.send(Ask())
                self.send(Ask(plan=Plan("again", 100_000)))
                self._session.close()
                self._judge_sockets()
                self.figures.update(self._oracle.counts)

    def _tell(self, asked: Asked, timeout: float) -> Reply | BaseException:
        try:
            given: dict[str, Any] = {} if asked.body is None else {"body": asked.body.stream()}
            return self._api.request(asked.method, asked.reference, timeout=timeout, **given)
        except Exception as error:
            return error

    def _settle(self) -> None:
        self._proxy.settle()
        try:
            self._server.wait_idle(self.patience)
        except TimeoutError as error:
            raise Violation("a request was left unfinished on a connection that is open") from error
        self._proxy.settle()

    def _judge_closed(self, asked: Asked) -> None:
        body = asked.body
        if body is None:
            return
        if body.plan.kind in CLOSED_BY_US and body.opened != body.closed:
            raise Violation(f"{body.opened} sources opened for {asked.reference}, {body.closed} closed")
        if sys.platform == "linux":
            names = [_target(name) for name in os.listdir("/proc/self/fd")]
            if any(name.startswith(str(self._folder)) for name in names):
                raise Violation(f"a file was left open by {asked.reference}")
        body.forget()

    def _judge_sockets(self) -> None:
        self._proxy.settle()
        if self._proxy.open_links():
            gc.collect()  # urllib3 closes a pool when nothing refers to it, and errors are in cycles
        try:
            self._server.wait_closed(self.patience)
        except TimeoutError as error:
            raise Violation("a connection was left open by a session that was closed") from error
        self._proxy.settle()
        if left := self._proxy.open_links():
            raise Violation(f"{left} connections were left open by a session that was closed")

    def _count(self, played: Counter[Any]) -> None:
        self.figures["requests asked for"] += 1
        self.figures["requests with faults"] += bool(played)
        for act, times in played.items():
            self.figures[f"fault: {act}"] += times


def _target(name: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{name}")
    except OSError:  # it was that of the listing
        return ""


def conversations(backend: Backend, figures: Counter[str], *, patience: float = 10.0) -> type[Conversation]:
    """Give the state machine for a backend.

    Args:
        backend: What sessions are opened of.
        figures: Where it counts.
        patience: How many seconds the server may need to come to rest.
    """
    ask = asks(asynchronous=backend.asynchronous)
    sound: Script = ()
    exchanges = ask.flatmap(
        lambda ask: st.tuples(
            st.just(ask), st.one_of(st.just(sound), scripts(ask.plan.size if ask.plan else 0))
        )
    )
    idle: list[Idle] = ["kept", "kept", "kept", "kept", "reset", "fin"]

    class Drawn(Conversation):
        @initialize(scheme=st.sampled_from(backend.schemes))
        def begin(self, scheme: Scheme) -> None:
            super().begin(scheme)

        # One rule: of several, hypothesis leaves some out for a whole example.
        @rule(exchange=exchanges, idle=st.sampled_from(idle))
        def exchange(self, exchange: tuple[Ask, Script], idle: Idle) -> None:
            if idle != "kept":
                self.lose_idle_connections(idle)
            self.send(*exchange)

    Drawn.backend, Drawn.figures, Drawn.patience = backend, figures, patience
    Drawn.__qualname__ = Drawn.__name__ = "Conversation"
    return Drawn
