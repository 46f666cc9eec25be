"""The command line next to curl: client CPU and peak memory of 1 GiB through a pipe, start-up included.

``python -m benchmarks.command [--rounds N]`` ends with 1 if requests or urllib3 takes more than 1.5 times curl's
CPU, or if the peak of any backend is 64 MiB or more. Each round runs curl and every backend once, in turn, on one CPU
with the sink and whatever fills the pipe; CPU time is the kernel's count for the process. Noise only adds to it, and
adds more to the imports of a start than to a copy loop, so that the ratio of the lowest figures is judged; the paired
ratios, round by round, are shown beside it. What an empty pipe costs is the start.

curl is told the size in the only way that puts one framing header on the wire: ``Content-Length`` given, and
``Transfer-Encoding`` taken away.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from statistics import median

from .__main__ import without_surroundings
from ._sink import Sink, pin, shared_cpu
from ._workloads import GIB, MIB

MOST_CPU = 1.5
JUDGED = ("requests", "urllib3")
MOST_MEMORY = 64 * MIB
BACKENDS = ("requests", "urllib3", "httpx", "httpx2")
FILL = "import os\nblock = bytes(65536)\nfor _ in range({size} // 65536): os.write(1, block)"

Usage = tuple[float, int]
"""CPU seconds, and the peak in bytes."""


def main() -> int:
    """Measure, and print a line for each backend."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.command", description="The command line next to curl."
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="how often each is measured (7)")
    rounds: int = parser.parse_args().rounds
    if (curl := shutil.which("curl")) is None or not hasattr(os, "wait4"):
        print("skipped: there is no curl to compare with", file=sys.stderr)
        return 0
    without_surroundings()
    pin(cpu := shared_cpu())
    with Sink(cpu) as sink:

        def commands(size: int) -> dict[str, list[str]]:
            ours = {name: put_command(name, sink.url, size) for name in filter(find_spec, BACKENDS)}
            return {"curl": curl_command(curl, sink.url, size), **ours}

        starts = measured(commands(0), 0, rounds)
        return report(measured(commands(GIB), GIB, rounds), starts)


def curl_command(curl: str, url: str, size: int) -> list[str]:
    """Give the curl command for a pipe of known size."""
    headers = (f"Content-Length: {size}", "Transfer-Encoding:", "Expect:")
    return [
        curl,
        "-sS",
        "-o",
        os.devnull,
        "-T",
        "-",
        *(word for text in headers for word in ("-H", text)),
        url,
    ]


def put_command(backend: str, url: str, size: int) -> list[str]:
    """Give ours."""
    options = ["--backend", backend, "--size", str(size), "--quiet"]
    return [sys.executable, "-m", "basestream", "put", url, *options]


def measured(commands: dict[str, list[str]], size: int, rounds: int) -> dict[str, list[Usage]]:
    """Run every command once in each round; every other round backwards."""
    figures: dict[str, list[Usage]] = {name: [] for name in commands}
    for number in range(rounds):
        for name in list(commands)[:: -1 if number % 2 else 1]:
            figures[name].append(usage(commands[name], size))
    return figures


def usage(command: list[str], size: int) -> Usage:
    """Pipe so many bytes into a command and give what the kernel counted for it."""
    fill = [sys.executable, "-c", FILL.format(size=size)]
    with subprocess.Popen(fill, stdout=subprocess.PIPE) as filling:
        process = subprocess.Popen(command, stdin=filling.stdout)
        assert filling.stdout is not None
        filling.stdout.close()  # the command alone reads
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command[0]} ended with {process.returncode}"
    return used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def report(figures: dict[str, list[Usage]], starts: dict[str, list[Usage]]) -> int:
    """Print the table, and give the exit code."""
    good = True
    curl = [cpu for cpu, _ in figures["curl"]]
    print(f"1 GiB through a pipe, {len(curl)} rounds; CPU seconds are the lowest\n")
    print(f"{'':10}{'CPU s':>8}{'start s':>9}{'of curl':>9}{'paired: median (range)':>26}{'peak MiB':>10}")
    for name, used in figures.items():
        lowest, start = min(cpu for cpu, _ in used), min(cpu for cpu, _ in starts[name])
        paired = sorted(cpu / other for (cpu, _), other in zip(used, curl, strict=True))
        peak = max(peak for _, peak in used)
        ratio = lowest / min(curl)
        fine = peak < MOST_MEMORY and (name not in JUDGED or ratio <= MOST_CPU)
        good &= fine
        spread = f"{median(paired):.2f} ({paired[0]:.2f} to {paired[-1]:.2f})"
        verdict = "ok" if fine else "TOO MUCH"
        print(f"{name:10}{lowest:8.2f}{start:9.2f}{ratio:9.2f}{spread:>26}{peak / MIB:10.1f}  {verdict}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
