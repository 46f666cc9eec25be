"""``python -m faults [--only BACKEND] [--examples N] [--steps N] [--seconds S] [--seed SEED]``."""

from __future__ import annotations

import argparse
import gc
import sys
import time
import warnings
from collections import Counter
from typing import Any

from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from .backends import BACKENDS, Ours
from .machine import conversations
from .runs import long_run


def main() -> int:
    """Run the conversations and print the figures; 1 if something that must never be has been."""
    options = _options()
    warnings.simplefilter("error")
    lost: list[Any] = []
    figures: Counter[str] = Counter()

    def note(left: Any) -> None:
        if isinstance(left.exc_value, ResourceWarning) and "socket" in str(left.exc_value):
            figures["sockets left to the garbage collector"] += 1  # see docs/limits.md, requests
        else:
            lost.append(left)

    sys.unraisablehook = note
    begin = time.monotonic()
    rounds = 0
    try:
        while rounds == 0 or time.monotonic() - begin < options.seconds:
            for backend in BACKENDS:
                if options.only in (None, str(backend)):
                    _run(backend, figures, options, rounds)
                    gc.collect()
            rounds += 1
    finally:
        _report(figures, time.monotonic() - begin, options.seed, rounds)
    if lost:
        print(f"left behind: {lost}")
    return 1 if lost else 0


def _run(backend: Ours, figures: Counter[str], options: argparse.Namespace, number: int) -> None:
    machine = seed(f"{options.seed}/{number}/{backend}")(conversations(backend, figures))
    begin, before = time.monotonic(), figures["requests asked for"]
    run_state_machine_as_test(machine, settings=long_run(options.examples, options.steps))
    asked = figures["requests asked for"] - before
    print(f"round {number}, {backend}: {asked} requests in {time.monotonic() - begin:.1f} s", flush=True)


def _report(figures: Counter[str], seconds: float, seed: int, rounds: int) -> None:
    print(f"\n{seconds:.0f} s, {rounds} rounds, seed {seed}")
    for name, number in sorted(figures.items()):
        print(f"{number:>16,}  {name}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m faults", description="Sessions over broken networks.")
    parser.add_argument("--only", choices=[str(backend) for backend in BACKENDS], help="one backend")
    parser.add_argument(
        "--examples", type=int, default=50, metavar="N", help="conversations a round and backend"
    )
    parser.add_argument("--steps", type=int, default=12, metavar="N", help="requests a conversation")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help="begin rounds for so long")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="draws the same again")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
