"""The clients' own tests, run with basestream's classes in the place of the clients' (`nox -s peers`).

Each suite, out of the project's source distribution, runs twice in this environment: as it is, and with ours.
What passes as it is must pass with ours, except for what `differences.txt` names, each by the rule that makes
it differ. Tests that need more of the network than the machine has fail in both runs and do not count.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
MAX_DIFFERENCES = 15
TEST_SECONDS = 60
SUITE_SECONDS = 1800


class Project(NamedTuple):
    """A project whose tests are run."""

    name: str
    client: str
    tests: tuple[str, ...]
    environ: dict[str, str]


PROJECTS = [
    Project("requests", "requests", ("tests",), {}),
    Project("httpx", "httpx", ("tests/client",), {}),
    Project(
        "requests-toolbelt",
        "requests_toolbelt",
        ("tests/test_sessions.py", "tests/test_streaming_iterator.py"),
        # Put into the recorded answers, whose Content-Length is for an address of 14 characters.
        {"IPADDR": "198.51.100.255"},
    ),
]


class Result(NamedTuple):
    """What a run has given."""

    made: int
    outcomes: dict[str, str]

    def passed(self) -> set[str]:
        """Give the ids of the tests that passed."""
        return {test for test, outcome in self.outcomes.items() if outcome == "passed"}


def read_differences(text: str) -> dict[tuple[str, str], str]:
    """Give ``{(project, test id): "rule: why"}``; raise `ValueError` for a list that breaks its own rules."""
    found: dict[tuple[str, str], str] = {}
    entry: tuple[str, str] | None = None
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            project, _, test = line.strip().partition(" ")
            entry = project, test
            if entry in found:
                raise ValueError(f"listed twice: {line}")
            found[entry] = ""
        elif entry is None:
            raise ValueError(f"no test before: {line}")
        else:
            found[entry] = f"{found[entry]} {line.strip()}".strip()
    for (_, test), reason in found.items():
        if not re.match(r"[A-Z]\d+: \w*\W*\w", reason):
            raise ValueError(f"neither rule nor reason: {test}")
    if len(found) > MAX_DIFFERENCES:
        raise ValueError(f"{len(found)} differences are listed, {MAX_DIFFERENCES} are allowed")
    return found


def fetch(name: str, work: Path) -> Path:
    """Give the unpacked source distribution of the version that is installed here."""
    stem = f"{name}-{version(name)}"
    archive = work / f"{stem}.tar.gz"
    if not archive.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name]
        subprocess.run([*command, "--dest", str(work), f"{name}=={version(name)}"], check=True)
    shutil.rmtree(work / stem, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(work, filter="data")
    return work / stem


def run(project: Project, folder: Path, *, ours: bool) -> Result:
    """Run a project's tests; the log and the report stay beside its folder."""
    report = folder.with_name(f"{folder.name}-{'ours' if ours else 'baseline'}.json")
    report.unlink(missing_ok=True)
    environ = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    environ |= {**project.environ, "PYTHONPATH": str(HERE)}
    environ |= {"PEERS_CLIENT": project.client, "PEERS_OURS": str(int(ours)), "PEERS_REPORT": str(report)}
    options = ["-q", "--tb=short", "-ppeers_plugin", "-pno:cacheprovider", f"--timeout={TEST_SECONDS}"]
    with report.with_suffix(".log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *project.tests],
            cwd=folder,
            env=environ,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=SUITE_SECONDS,
            check=False,
        )
    if done.returncode not in (0, 1) or not report.exists():
        raise SystemExit(f"{project.name}: pytest ended with {done.returncode}, see {log.name}")
    return Result(**json.loads(report.read_text(encoding="utf-8")))


def complaints(baseline: Result, ours: Result, listed: dict[str, str]) -> list[str]:
    """Tell what breaks the rule."""
    wanted, passed = baseline.passed(), ours.passed()
    found = [
        f"passes as it is, {ours.outcomes.get(test, 'missing')} with ours: {test}"
        for test in sorted(wanted - passed - set(listed))
    ]
    found += [f"listed, but passes with ours: {test}" for test in sorted(passed & set(listed))]
    found += [f"listed, but does not pass as it is: {test}" for test in sorted(set(listed) - wanted)]
    if not wanted:
        found.append("no test passes as it is")
    if not ours.made:
        found.append("no object of ours was made")
    return found


def main() -> int:
    """Run the projects that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="where archives, logs and reports go")
    parser.add_argument("projects", nargs="*", help=", ".join(project.name for project in PROJECTS))
    arguments = parser.parse_args()
    unknown = set(arguments.projects) - {project.name for project in PROJECTS}
    if unknown:
        parser.error(f"no such project: {', '.join(sorted(unknown))}")
    work: Path = arguments.work.resolve()
    differences = read_differences((HERE / "differences.txt").read_text(encoding="utf-8"))
    strangers = {name for name, _ in differences} - {project.name for project in PROJECTS}
    if strangers:
        raise SystemExit(f"differences.txt names no project of ours: {', '.join(sorted(strangers))}")
    failed = False
    for project in PROJECTS:
        if arguments.projects and project.name not in arguments.projects:
            continue
        listed = {test: why for (name, test), why in differences.items() if name == project.name}
        folder = fetch(project.name, work)
        baseline, ours = run(project, folder, ours=False), run(project, folder, ours=True)
        wanted = baseline.passed()
        print(
            f"{folder.name}: of {len(baseline.outcomes)} tests {len(wanted)} pass as they are, "
            f"{len(wanted & ours.passed())} of these with ours ({ours.made} objects made), "
            f"{len(listed)} listed differences"
        )
        for test, why in listed.items():
            print(f"  {test}\n    {why}")
        for complaint in complaints(baseline, ours, listed):
            failed = True
            print(f"  FAILED {complaint}")
    if failed:
        print(f"The logs are in {work}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
