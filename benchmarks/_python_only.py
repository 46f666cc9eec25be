"""What our own Python costs, without sockets: joining a URL, joining small chunks, passing large ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from urllib.parse import urljoin

from basestream import SizedStream, join_url
from basestream.backend import SessionRules, Transport

from ._clients import raw_blocks
from ._small_gets import Figure
from ._small_gets import figures as small_gets
from ._workloads import KIB, MIB, Body

BASE = "https://api.example.com/v1/"
ProgressCallback = Callable[[int, int], object]

# A different one each time: urllib.parse keeps the latest few in a cache.
REFERENCES = {
    "join, plain": [f"users/{n}?full=yes" for n in range(1000)],
    "join, dots": [f"../orders/{n}/../all?full=yes#top" for n in range(1000)],
    "join, to be encoded": [f"orders/{n} é?q=a b" for n in range(1000)],
}


def figures(repeats: int) -> Iterator[Figure]:
    """Measure everything; of each the least of ``repeats`` runs."""
    yield from small_gets(repeats)
    for group, references in REFERENCES.items():
        yield from _joins(group, references, repeats)
    yield from _streams("per 100-byte chunk", Body(4 * MIB, 100), repeats)
    yield from _streams("per 64 KiB chunk", Body(256 * MIB, 64 * KIB), repeats)


def _joins(group: str, references: list[str], repeats: int) -> Iterator[Figure]:
    session = SessionRules()
    session.set_rules(BASE, "any", "same-origin", ())
    joins: dict[str, Callable[[str], str]] = {
        "urljoin": partial(urljoin, BASE),
        "join_url": partial(join_url, BASE),
        "session.create_url": session.create_url,
    }
    for name, join in joins.items():
        seconds = _least(partial(map, join, references), repeats)
        yield Figure(group, name, seconds / len(references) * 1e6)


def _streams(group: str, body: Body, repeats: int) -> Iterator[Figure]:
    """Measure what it takes to make blocks of chunks, including the generator of the chunks."""
    ways: dict[str, Callable[[Body], Iterable[bytes]]] = {
        "raw loop": raw_blocks,
        "generator alone": Body.chunks,
        "SizedStream": _sized,
        "SizedStream, progress": partial(_sized, on_progress=lambda sent, size: None),
    }
    if find_spec("requests_toolbelt"):
        ways["toolbelt, read"] = _toolbelt
    count = -(-body.size // body.chunk)
    for name, way in ways.items():
        yield Figure(group, name, _least(partial(way, body), repeats) / count * 1e6)


def _sized(body: Body, on_progress: ProgressCallback | None = None) -> Iterable[bytes]:
    return SizedStream(body.size, body.chunks(), on_progress=on_progress).new_pass(Transport())


def _toolbelt(body: Body) -> Iterator[bytes]:
    """Read in pieces of 16 KiB, as urllib3 does."""
    stream = import_module("requests_toolbelt").StreamingIterator(body.size, body.chunks())
    while piece := stream.read(16 * KIB):
        yield piece


def _least(make: Callable[[], Iterable[object]], repeats: int) -> float:
    """Exhaust an iterable, several times, and give the least CPU seconds."""
    return min(_exhausted(make()) for _ in range(repeats))


def _exhausted(items: Iterable[object]) -> float:
    start = time.process_time()
    for _ in items:
        pass
    return time.process_time() - start
