"""What a run puts into the docs: the table of ratios between its markers, and a bar chart."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from ._clients import Variant
from ._goals import Results, goal_lines, ratios
from ._report import spread, versions
from ._side_by_side import Figure
from ._workloads import Workload

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"
CHART = DOCS / "_static" / "performance.svg"
OURS, OTHERS = "#2a6f97", "#c9a227"


def write_docs(results: Results, figures: Sequence[Figure], rounds: int) -> None:
    """Write everything; the page keeps what stands outside of the markers."""
    text = PAGE.read_text()
    tables = {
        "run": [_run(rounds)],
        "http": _table(results, tls=False),
        "https": _table(results, tls=True),
        "python": _python(figures),
        "goals": _goals(results, figures),
    }
    for name, lines in tables.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, found, rest = text.partition(begin)
        assert found, f"{PAGE} has no {begin}"
        text = f"{before}{begin}\n\n" + "\n".join(lines) + f"\n\n{end}{rest.partition(end)[2]}"
    PAGE.write_text(text)
    _draw(results)
    print(f"written to {PAGE.name} and {CHART.name}")


def _run(rounds: int) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in versions() if name != "basestream")
    return f"Python {platform.python_version()} on {platform.system()}, {rounds} rounds; {packages}."


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(results: Results, *, tls: bool) -> Iterator[str]:
    """Give the rows of a table: the median of the ratios, and the least and the greatest."""
    workloads = [w for w in dict.fromkeys(workload for _, workload in results) if w.tls is tls]
    yield _row(["", *(work.name.removesuffix(", TLS") for work in workloads)])
    yield _row(["---", *["---:"] * len(workloads)])
    for variant in dict.fromkeys(variant for variant, _ in results):
        cells = [_cell(results, variant, work) for work in workloads]
        if any(cells):
            yield _row([variant.label, *cells])


def _cell(results: Results, variant: Variant, workload: Workload) -> str:
    if (variant, workload) not in results:
        return ""
    middle, least, greatest = spread(ratios(results[variant, workload]))
    return f"{middle} ({least} to {greatest})"


def _python(figures: Iterable[Figure]) -> Iterator[str]:
    yield _row(["what", "how", "microseconds", "ratio", "to"])
    yield _row(["---", "---", "---:", "---:", "---"])
    for figure in figures:
        cost = f"{figure.microseconds:.2f}" if figure.microseconds else ""
        yield _row([figure.group, figure.name, cost, f"{figure.ratio:.2f}", figure.yardstick])


def _goals(results: Results, figures: Sequence[Figure]) -> Iterator[str]:
    yield _row(["what", "who", "next to", "measured", "at most", ""])
    yield _row(["---", "---", "---", "---:", "---:", "---"])
    for line in goal_lines(results, figures):
        yield _row([*line.names, f"{line.value:.3f}", f"{line.limit:.3f}", "" if line.met else "missed"])


def _draw(results: Results) -> None:
    """Draw a panel for each workload over http, a bar for each client, the shortest on top."""
    mpl: Any = import_module("matplotlib")
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "basestream", "font.size": 8})
    pyplot: Any = import_module("matplotlib.pyplot")
    workloads = [w for w in dict.fromkeys(workload for _, workload in results) if not w.tls]
    figure, panels = pyplot.subplots(2, 2, figsize=(10, 8), layout="constrained")
    figure.suptitle("Client CPU of an upload; 1 is a raw socket (logarithmic)")
    for panel, workload in zip(panels.flat, workloads, strict=False):
        _panel(panel, workload, results)
    CHART.parent.mkdir(exist_ok=True)
    figure.savefig(CHART, metadata={"Date": None})
    pyplot.close(figure)


def _panel(panel: Any, workload: Workload, results: Results) -> None:
    found = {v.label: median(ratios(result)) for (v, work), result in results.items() if work == workload}
    labels = sorted(found, key=found.__getitem__, reverse=True)
    colors = [OURS if "basestream" in label else OTHERS for label in labels]
    bars = panel.barh(labels, [found[label] for label in labels], color=colors)
    panel.bar_label(bars, fmt="%.1f", padding=2)
    panel.set_xscale("log")
    panel.axvline(1, color="black", linewidth=0.8)
    panel.margins(x=0.15)
    panel.set_title(workload.name)
