"""A run of the kit over many backends: an outcome for each row, a hang included.

Rule 1: the rows of a backend begin one after the other, so that what depends on timing finds a quiet machine.
Rule 2: a row that takes longer than ``PATIENCE`` is a hang most often: the next one begins beside it, and it has
        until its deadline. A client that hangs thirty times costs a deadline, not thirty.
Rule 3: each row has a copy of the driver, because a driver keeps the event loop of its session.
"""

from __future__ import annotations

import copy
import logging
import os
import socket
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Literal, NamedTuple

from basestream.testing import Driver, Scenario, check
from basestream.testing._check import Hang

PATIENCE = 0.25
DEADLINE = 10.0
"""Seconds. A row takes 10 ms; with two runs and two busy loops at once on two cores none came out otherwise."""

Word = Literal["conforms", "declared", "varies", "fails", "hangs"]


class Outcome(NamedTuple):
    """What came of a row."""

    word: Word
    reason: str = ""
    """What is declared, or what was seen."""


Outcomes = Mapping[tuple[str, str], Outcome]
"""By the names of a row and a driver."""


def played(
    drivers: Iterable[Driver], rows: Sequence[Scenario], *, deadline: float = DEADLINE
) -> dict[tuple[str, str], Outcome]:
    """Play every row on every driver, and tell on stderr how long each took.

    Args:
        drivers: Whose names differ.
        rows: What to play.
        deadline: Seconds for a row.
    """
    under_way: dict[tuple[str, str], Future[Outcome]] = {}
    with ThreadPoolExecutor(sys.maxsize) as pool:  # what hangs keeps its thread, and nobody may wait for that
        for driver in drivers:
            start = time.monotonic()
            for row in rows:
                future = pool.submit(outcome, copy.copy(driver), row, deadline)
                wait([future], PATIENCE)
                under_way[row.id, str(driver)] = future
            print(f"{driver!s:20} {time.monotonic() - start:5.1f} s", file=sys.stderr, flush=True)
        return {key: future.result() for key, future in under_way.items()}


def outcome(driver: Driver, row: Scenario, deadline: float = DEADLINE) -> Outcome:
    """Play a row, and give what came of it."""
    profile = driver.profile
    try:
        verdict = check(driver, row, deadline=deadline)
    except AssertionError as error:
        text = str(error)
        seen = " ".join(text.partition("\n")[2].split())
        return Outcome("hangs" if isinstance(error.__cause__, Hang) else "fails", seen or text)
    if profile.is_steady(row):
        return Outcome(verdict, profile.declared(row))
    return Outcome(
        "varies", "; ".join(profile.varies[need] for need in sorted(row.needs & {*profile.varies}))
    )


def settle() -> None:
    """Make a run the same on every machine: no proxies, no netrc, no look-up of names, and no log on the screen.

    A reference that a client takes for a host would else be asked of the resolver, which may take its time.
    """
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ["NETRC"] = os.devnull
    look_up = socket.getaddrinfo

    def loopback_alone(host: Any, *args: Any, **options: Any) -> Any:
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "no names are looked up here")
        return look_up(host, *args, **options)

    socket.getaddrinfo = loopback_alone
    logging.getLogger("basestream").addHandler(logging.NullHandler())
