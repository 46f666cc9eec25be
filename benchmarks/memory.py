"""Extremes: whether memory stays flat up to 4 GiB, and whether a huge chunk costs what small ones cost.

``python -m benchmarks.memory`` ends with 1 if the peak of an upload is 8 MiB or more above what the client takes,
if the peaks of two sizes differ by more than 2 MiB, or if chunks of 64 MiB cost more than twice the CPU of chunks
of 256 KiB, both next to the raw loop: that one too takes 1.9 times as long for 64 MiB, which no cache holds.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from .__main__ import without_surroundings
from ._clients import VARIANTS, Variant
from ._goals import ratios
from ._measure import MeasurementFailed, PeakBytes, Task, measured
from ._sink import Sink, Target
from ._workloads import GIB, KIB, MIB, Workload, scratch

LIMIT = 8 * MIB
MOST_APART = 2 * MIB
SIZES = (64 * MIB, GIB, 4 * GIB + 5)
"""The last one is beyond what 32 bits can count."""
ROUNDS = 5
MOST_FOR_HUGE_CHUNKS = 2.0
HUGE_CHUNKS = Workload("64 MiB chunks", GIB // 2, 64 * MIB)
FAIR_CHUNKS = Workload("256 KiB chunks", GIB // 2, 256 * KIB)
SOURCES = (
    Workload("generator", GIB, 64 * KIB),
    Workload("file", GIB, 64 * KIB, is_file=True),
)


def main() -> int:
    """Measure each backend, each in a process of its own, and print a line for each source."""
    without_surroundings()
    variants = [variant for variant in VARIANTS if variant.name == "basestream" and variant.installed]
    if not variants:
        print("no client is installed: pip install 'basestream[all]'", file=sys.stderr)
        return 1
    print(f"peak above the start, MiB (less than {LIMIT // MIB}, and at most {MOST_APART // MIB} apart)\n")
    print(f"{'':26}{'64 MiB':>10}{'1 GiB':>10}{'4 GiB + 5':>10}")
    good = True
    try:
        with scratch() as folder, Sink() as sink:
            to = sink.targets[False]
            for variant in variants:
                for source in SOURCES:
                    good &= _holds(variant, source, folder, to)
            print(
                f"\nCPU of 64 MiB chunks next to 256 KiB, by the raw loop's (at most {MOST_FOR_HUGE_CHUNKS})\n"
            )
            for variant in variants:
                good &= _takes_huge_chunks(variant, folder, to)
    except MeasurementFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    return 0 if good else 1


def _holds(variant: Variant, source: Workload, folder: Path, to: Target) -> bool:
    bodies = [source._replace(size=size).body(folder) for size in SIZES]
    peaks = [measured(Task(variant, body, to, meter=PeakBytes)).figures[0] for body in bodies]
    good = max(peaks) < LIMIT and max(peaks) - min(peaks) <= MOST_APART
    figures = "".join(f"{peak / MIB:10.2f}" for peak in peaks)
    print(f"{variant.client:15}{source.name:11}{figures}  {'ok' if good else 'TOO MUCH'}", flush=True)
    return good


def _takes_huge_chunks(variant: Variant, folder: Path, to: Target) -> bool:
    huge, fair = (
        measured(Task(variant, work.body(folder), to, rounds=ROUNDS, paired=True))
        for work in (HUGE_CHUNKS, FAIR_CHUNKS)
    )
    ratio = median(ratios(huge)) / median(ratios(fair))
    good = ratio <= MOST_FOR_HUGE_CHUNKS
    print(f"{variant.client:26}{ratio:10.2f}  {'ok' if good else 'TOO MUCH'}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
