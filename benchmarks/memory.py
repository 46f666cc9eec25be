"""Whether memory stays flat: the peak of an upload above what the client takes, for 64 MiB and for 1 GiB.

``python -m benchmarks.memory`` ends with 1 if a peak is 8 MiB or more, or the two differ by more than 2 MiB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .__main__ import without_proxies
from ._clients import VARIANTS, Variant
from ._measure import MeasurementFailed, PeakBytes, Task, measured
from ._sink import Sink
from ._workloads import GIB, KIB, MIB, Workload, scratch

LIMIT = 8 * MIB
MOST_APART = 2 * MIB
SIZES = (64 * MIB, GIB)
SOURCES = (
    Workload("generator", GIB, 64 * KIB),
    Workload("file", GIB, 64 * KIB, is_file=True),
)


def main() -> int:
    """Measure each backend, each in a process of its own, and print a line for each source."""
    without_proxies()
    variants = [variant for variant in VARIANTS if variant.name == "basestream" and variant.installed]
    if not variants:
        print("no client is installed: pip install 'basestream[all]'", file=sys.stderr)
        return 1
    print(f"peak above the start, MiB (less than {LIMIT // MIB}, and at most {MOST_APART // MIB} apart)\n")
    print(f"{'':26}{'64 MiB':>10}{'1 GiB':>10}")
    good = True
    try:
        with scratch() as folder, Sink() as sink:
            for variant in variants:
                for source in SOURCES:
                    good &= _holds(variant, source, folder, sink.url)
    except MeasurementFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    return 0 if good else 1


def _holds(variant: Variant, source: Workload, folder: Path, url: str) -> bool:
    bodies = [source._replace(size=size).body(folder) for size in SIZES]
    peaks = [measured(Task(variant, body, url, meter=PeakBytes)) for body in bodies]
    good = max(peaks) < LIMIT and max(peaks) - min(peaks) <= MOST_APART
    figures = "".join(f"{peak / MIB:10.2f}" for peak in peaks)
    print(f"{variant.client:15}{source.name:11}{figures}  {'ok' if good else 'TOO MUCH'}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
