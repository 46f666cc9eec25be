"""What our own Python costs, without sockets: joining a URL, joining small chunks, passing large ones, the import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from statistics import median
from urllib.parse import urljoin

from basestream import SizedStream, join_url
from basestream.backend import SessionRules, Transport

from ._clients import raw_blocks
from ._side_by_side import Figure, compared, timed
from ._small_gets import URL, null_manager
from ._small_gets import figures as small_gets
from ._workloads import KIB, MIB, Body

BASE = "https://api.example.com/v1/"
ProgressCallback = Callable[[int, int], object]

# A different one each time: urllib.parse keeps the latest few in a cache.
REFERENCES = {
    "plain": [f"users/{n}?full=yes" for n in range(1000)],
    "dots": [f"../orders/{n}/../all?full=yes#top" for n in range(1000)],
    "colon": [f"documents/{n}:batchGet" for n in range(1000)],
    "origin-absolute": [f"/users/{n}?full=yes" for n in range(1000)],
    "query alone": [f"?page={n}" for n in range(1000)],
    "absolute": [f"https://files.example.com/users/{n}?full=yes" for n in range(1000)],
    "to be encoded": [f"orders/{n} é?q=a b" for n in range(1000)],
    "encoded": [f"orders/a%2Fb%20c/{n}" for n in range(1000)],
}
MIXED = "all of these"
JOIN_GOALS = {"plain": 1 / 10, MIXED: 1 / 4}
JOINING_GOAL = 1 / 15
BLOCK_GOAL = 1.5
MODULES_GOAL = 40
IMPORT_GOAL = 0.25


def figures(rounds: int) -> Iterator[Figure]:
    """Measure everything."""
    yield from small_gets(rounds)
    for group, references in {**REFERENCES, MIXED: list(chain(*REFERENCES.values()))}.items():
        yield from _joins(group, references, rounds)
    yield from _joining(Body(4 * MIB, 100), rounds)
    yield from _per_block(rounds)
    yield from _imports(rounds)


def _joins(group: str, references: list[str], rounds: int) -> Iterator[Figure]:
    session = SessionRules()
    session.set_rules(BASE, "any", "same-origin", ())
    joins: dict[str, Callable[[str], str]] = {
        "urljoin": partial(urljoin, BASE),
        "join_url": partial(join_url, BASE),
        "session.create_url": session.create_url,
    }
    seconds = timed({name: partial(_all, join, references) for name, join in joins.items()}, 5 * rounds)
    goals = {("join_url", "urljoin"): JOIN_GOALS[group]} if group in JOIN_GOALS else {}
    yield from compared(f"join, {group}", seconds, len(references), goals)


def _all(join: Callable[[str], str], references: list[str]) -> None:
    for reference in references:
        join(reference)


def _joining(body: Body, rounds: int) -> Iterator[Figure]:
    """Measure what it takes to make blocks of small chunks; what the generator of the chunks costs is taken off."""
    ways: dict[str, Callable[[Body], Iterable[bytes]]] = {
        "generator": Body.chunks,
        "raw loop": raw_blocks,
        "SizedStream": _sized,
        "SizedStream, progress": partial(_sized, on_progress=lambda sent, size: None),
    }
    if find_spec("requests_toolbelt"):
        ways["toolbelt, read"] = _toolbelt
    seconds = timed({name: partial(_exhaust, way, body) for name, way in ways.items()}, rounds)
    own = _without(seconds, "generator")
    goals = {("SizedStream", "toolbelt, read"): JOINING_GOAL} if "toolbelt, read" in own else {}
    yield from compared("per 100-byte chunk", own, -(-body.size // body.chunk), goals)


def _without(seconds: Mapping[str, list[float]], part: str) -> dict[str, list[float]]:
    """Take a part off that all the others have in common."""
    common = seconds[part]
    return {
        name: [whole - less for whole, less in zip(values, common, strict=True)]
        for name, values in seconds.items()
        if name != part
    }


def _sized(body: Body, on_progress: ProgressCallback | None = None) -> Iterable[bytes]:
    return SizedStream(body.size, body.chunks(), on_progress=on_progress).new_pass(Transport()).inline()


def _toolbelt(body: Body) -> Iterator[bytes]:
    """Read in pieces of 16 KiB, as urllib3 does."""
    stream = import_module("requests_toolbelt").StreamingIterator(body.size, body.chunks())
    while piece := stream.read(16 * KIB):
        yield piece


def _exhaust(way: Callable[[Body], Iterable[bytes]], body: Body) -> None:
    for _ in way(body):
        pass


def _per_block(rounds: int) -> Iterator[Figure]:
    """Measure a block of 64 KiB over a socket that does nothing: strict size and progress next to none of it."""
    if not find_spec("urllib3"):
        return
    body = Body(512 * MIB, 64 * KIB)
    manager = null_manager()
    session = import_module("basestream_urllib3").BaseUrlSession(URL, null_manager())

    def bare() -> None:
        manager.request("PUT", URL, body=body.chunks(), headers={"Content-Length": str(body.size)})

    def ours() -> None:
        stream = SizedStream(body.size, body.chunks(), on_progress=lambda sent, size: None)
        session.put("", body=stream)

    seconds = timed({"urllib3, iterable": bare, "basestream, progress": ours}, 3 * rounds)
    seconds["what it adds"] = _without(seconds, "urllib3, iterable")["basestream, progress"]
    goals = {("what it adds", "urllib3, iterable"): BLOCK_GOAL}
    yield from compared("per 64 KiB block", seconds, body.size // body.chunk, goals)


def _imports(rounds: int) -> Iterator[Figure]:
    """Measure the imports in new processes."""
    modules = int(_python(f"{_COUNT}import basestream; print(len(set(sys.modules) - before))"))
    count = modules / (MODULES_GOAL - 1)
    yield Figure("import", f"basestream: {modules} modules", 0.0, count, f"{MODULES_GOAL - 1} modules", 1.0)
    if not find_spec("requests"):
        return
    names = {"requests": "import requests", "basestream": "import basestream"}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(3 * rounds):
        for name, code in names.items():
            seconds[name].append(float(_python(f"{_CLOCK}{code}; print(time.process_time() - start)")))
    goals = {("basestream", "requests"): IMPORT_GOAL}
    least = {name: [median(values)] for name, values in seconds.items()}
    yield from compared("import", least, 1, goals)


_COUNT = "import sys; before = set(sys.modules); "
_CLOCK = "import time; start = time.process_time(); "


def _python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
