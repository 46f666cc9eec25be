"""What an upload costs from 1 MiB to 4 GiB: a part for each request, and a part for each byte."""

from __future__ import annotations

from statistics import linear_regression, median

from ._clients import VARIANTS
from ._measure import Task, measured
from ._sink import Sink, shared_cpu
from ._workloads import GIB, KIB, MIB, Workload, scratch

SIZES = (MIB, 16 * MIB, 64 * MIB, 256 * MIB, GIB, 4 * GIB)
ROUNDS = 3
CLIENTS = ("requests basestream", "urllib3 basestream", "httpx basestream", "httpx async basestream")


def print_fit() -> None:
    """Print the cost of each size, and the straight line through them."""
    cpu = shared_cpu()
    print("\nCPU milliseconds by size, 64 KiB chunks, and the line through them (least squares)\n")
    print(
        f"{'':26}"
        + "".join(f"{size // MIB:>9} MiB" for size in SIZES)
        + f"{'ms per GiB':>14}{'worst off':>11}"
    )
    with scratch() as folder, Sink(cpu) as sink:
        for variant in VARIANTS:
            if variant.label not in CLIENTS or not variant.installed:
                continue
            costs: list[float] = []
            for size in SIZES:
                body = Workload("", size, 64 * KIB).body(folder)
                rehearsal = body._replace(size=512 * KIB)
                task = Task(variant, body, sink.targets[False], rehearsal, ROUNDS, cpu=cpu)
                costs.append(median(measured(task).figures) * 1e3)
            slope, start = linear_regression(SIZES, costs)
            # Of the largest: on the small ones the line says nothing that the start does not hide.
            worst = (
                max(abs(start + slope * size - cost) for size, cost in zip(SIZES, costs, strict=True))
                / costs[-1]
            )
            row = "".join(f"{cost:13.2f}" for cost in costs)
            print(f"{variant.label:26}{row}{slope * GIB:14.1f}{worst:11.1%}")
