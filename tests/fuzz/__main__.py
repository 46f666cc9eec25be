"""``python -m fuzz [SECONDS] [--only TARGET] [--keep]``: each target for so long, in a process of its own."""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from . import corpora
from ._ways import Way, ways_of

LONGEST = 256  # bytes of one input
DONE = re.compile(r"^#\d+\s+DONE.*?cov: (\d+) ft: (\d+) corp: (\d+)/(\S+)", re.MULTILINE)
EXECUTED = re.compile(r"stat::number_of_executed_units: (\d+)")


def main() -> int:
    """Fuzz; 1 if a target has broken a claim."""
    if sys.argv[1:2] == ["--child"]:
        return _fuzz(*sys.argv[2:])
    options = _options()
    wanted = [options.only] if options.only else list(corpora.TARGETS)
    clean = [_run(target, options.seconds, options.keep) for target in wanted]
    return 0 if all(clean) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m fuzz", description="Coverage-guided fuzzing.")
    parser.add_argument("seconds", nargs="?", type=int, default=60, help="for each target")
    parser.add_argument("--only", choices=corpora.TARGETS, help="one target")
    parser.add_argument("--keep", action="store_true", help="write the minimised corpora into the repository")
    return parser.parse_args()


def _fuzz(target: str, *arguments: str) -> int:
    """Be the fuzzer, which ends the process itself."""
    # Compiled for one version of Python each, and typed for none: imported by name, only here.
    atheris: Any = importlib.import_module("atheris")
    for name in [name for name in sys.modules if name.partition(".")[0] in ("basestream", "fuzz")]:
        del sys.modules[name]  # what was imported before is not watched
    with atheris.instrument_imports(include=["basestream"]):
        watched = importlib.import_module("fuzz.corpora")
    atheris.Setup([sys.argv[0], *arguments], watched.TARGETS[target])
    atheris.Fuzz()
    return 0


def _run(target: str, seconds: int, keep: bool) -> bool:
    with tempfile.TemporaryDirectory() as temporary:
        kept, found = Path(temporary, "kept"), Path(temporary, "found")
        corpora.unpack(target, kept)
        found.mkdir()
        begin = time.monotonic()
        log = _spawn(
            target,
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST}",
            "-len_control=0",  # long ones from the start: a challenge is long
            f"-dict={corpora.FOLDER / f'{target}.dict'}",
            f"-artifact_prefix={temporary}/broken-",
            "-timeout=60",  # of the wall clock, on a machine that may be busy; a target measures CPU time itself
            "-report_slow_units=60",
            "-print_final_stats=1",
            str(found),
            str(kept),
        )
        broken = sorted(Path(temporary).glob("broken-*"))
        for path in broken:
            print(log, f"{target}: BROKEN by {path.read_bytes()!r}", sep="\n")
        _report(target, log, time.monotonic() - begin)
        if keep and not broken:
            _keep(target, found, kept)
        return not broken


def _spawn(target: str, *arguments: str) -> str:
    """Run the fuzzer, and give what it wrote."""
    command = [sys.executable, "-m", "fuzz", "--child", target, *arguments]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return ran.stdout


def _report(target: str, log: str, took: float) -> None:
    executed, done = EXECUTED.search(log), DONE.search(log)
    if executed is None or done is None:
        print(log)
    else:
        coverage, features, inputs, size = done.groups()
        print(
            f"{target}: {int(executed[1]):,} executions in {took:.0f} s, {coverage} edges, {features} features, "
            f"a corpus of {inputs} inputs ({size})",
            flush=True,
        )


def _keep(target: str, *folders: Path) -> None:
    """Keep the shortest inputs that go all the ways that were gone."""
    gone: set[Way] = set()
    kept: list[bytes] = []
    for data in sorted({data for folder in folders for data in corpora.pack(folder)}, key=len):
        ways = ways_of(corpora.TARGETS[target], data)
        if not ways <= gone:
            gone |= ways
            kept.append(data)
    corpora.write(target, kept)
    print(f"{target}: {len(kept)} inputs kept")


if __name__ == "__main__":
    sys.exit(main())
