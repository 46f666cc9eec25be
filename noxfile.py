"""All checks of the project: `nox` runs the default ones, `nox -l` lists the rest.

Sessions use uv when it is installed next to nox (`pip install 'nox[uv]'`), else venv and pip.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.11"
nox.options.default_venv_backend = "uv|venv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"
nox.options.sessions = ["lint", "types", "quick"]

PROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
BACKENDS: dict[str, str] = PROJECT["project"]["entry-points"]["basestream.backends"]  # client -> package

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
ALL_PYTHONS = "BASESTREAM_ALL_PYTHONS" in os.environ
PYTHONS = nox.project.python_versions(PROJECT) if ALL_PYTHONS else [HERE]  # all: from the classifiers

OLD_URLLIB3 = "urllib3==1.26.20"  # the oldest line that requests still accepts
MATRIX = [("none", ""), ("requests", "old")] + [(c, v) for c in BACKENDS for v in ("min", "latest")]
DIST = Path("dist")

FORMS = {  # schemas that check-jsonschema brings, and what they are for
    "vendor.github-workflows": [".github/workflows/ci.yml", ".github/workflows/release.yml"],
    "vendor.github-issue-forms": [".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/feature.yml"],
    "vendor.github-issue-config": [".github/ISSUE_TEMPLATE/config.yml"],
}

# Run on the wheel alone, in an environment without any client.
SMOKE = """
import importlib, importlib.metadata as metadata
import basestream
assert metadata.version("basestream") == basestream.__version__
scripts = metadata.entry_points(group="console_scripts", name="basestream")
assert callable(next(iter(scripts)).load())
for point in metadata.entry_points(group="basestream.backends"):
    try:
        importlib.import_module(point.value)
    except ImportError as exc:
        assert f"basestream[{point.name}]" in str(exc), exc
    else:
        raise AssertionError(f"{point.value} was imported without its client")
print(basestream.__file__, basestream.__version__)
"""


def group(*names: str) -> list[str]:
    """The requirements of dependency groups, so that no session needs a pip that knows --group."""
    return list(nox.project.dependency_groups(PROJECT, *names))


def pins(client: str, versions: str) -> list[str]:
    """What to install for a row of the matrix: `min` turns each floor of the extra into a pin."""
    if client == "none":
        return []
    if versions == "latest":
        return EXTRAS[client]
    floor = [re.sub(r">=([^,]+).*", r"==\1", spec) for spec in EXTRAS[client]]
    return [*floor, OLD_URLLIB3] if versions == "old" else floor


def debian(session: nox.Session, program: str, package: str) -> None:
    """Install a program where that is possible; the tests that need it say so where it is not."""
    there = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if not there and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
            session.run("apt-get", "-q", *command, external=True, silent=True, success_codes=range(256))


@nox.session(python=PYTHONS)
@nox.parametrize("client,versions", MATRIX, ids=[f"{c}-{v}".strip("-") for c, v in MATRIX])
def tests(session: nox.Session, client: str, versions: str) -> None:
    """The suite on the installed package, with that one client and no other."""
    session.install("--upgrade", *group("test"), *pins(client, versions))  # a reused venv may hold old ones
    session.install("--no-deps", "--force-reinstall", ".")
    session.run("pytest", "-q", "-n", "2", *session.posargs, env={"BASESTREAM_CLIENT": client})


@nox.session
def quick(session: nox.Session) -> None:
    """Every client in one environment, editable; without arguments with the coverage gate."""
    session.install("-e", ".[all]", *group("test", "cov"))
    session.run("pytest", "-q", "-n", "2", "--dist", "worksteal", *(session.posargs or ["--cov"]))


@nox.session
def mixins(session: nox.Session) -> None:
    """The session classes that users mix with ours: OAuth, futures, caches, google-auth."""
    session.install("-e", ".[all]", *group("test", "mixins"))
    session.run("pytest", "-q", "tests/mixins", *session.posargs)


@nox.session
def integrations(session: nox.Session) -> None:
    """The libraries that users have beside their client: mocks, caches, retries, tracing, progress, transports."""
    session.install("-e", ".[all]", *group("test", "integrations"))
    session.run("pytest", "-q", "-rs", "-n", "2", "tests/integrations", *session.posargs)


@nox.session
def others(session: nox.Session) -> None:
    """The kit on backends over clients that basestream was not made for."""
    session.install("-e", ".", *group("test", "others"))
    session.run("pytest", "-q", "tests/third_party", *session.posargs)


@nox.session
def cli(session: nox.Session) -> None:
    """The command line with all its rows on every backend, those of others too."""
    session.install("-e", ".[all]", *group("test", "others"))
    session.run("pytest", "-q", "-n", "2", "tests/cli", *session.posargs, env={"BASESTREAM_ALL_ROWS": "1"})


@nox.session
def niquests(session: nox.Session) -> None:
    """The kit on a backend over niquests, alone: what it installs as urllib3 is another package."""
    session.install("-e", ".", *group("test", "niquests"))
    # Without the conftest, which would take that for the client of basestream_urllib3.
    session.run("pytest", "-q", "--noconftest", "tests/third_party/test_niquests.py", *session.posargs)


PINNED = ("-c", "tests/kit/constraints.txt")  # what a table shows is of these versions


@nox.session
def kit(session: nox.Session) -> None:
    """Every row of the kit on every backend, as a grid of marks; `-- --ours` leaves out those of others."""
    session.install("-e", ".[all]", *PINNED, *group("test", "toolbelt", "others"))
    session.run("python", "-W", "ignore", "-m", "kit.grid", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def matrix(session: nox.Session) -> None:
    """The tables of a run of the kit, in the docs and the README; `-- --check` compares instead."""
    session.install("-e", ".[all]", *PINNED, *group("test", "toolbelt"))
    session.run("python", "-W", "ignore", "-m", "kit.matrix", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def servers(session: nox.Session) -> None:
    """What real servers hand to an application, and the table of it in the docs, which `-- --write` writes."""
    debian(session, "nginx", "nginx-light")
    session.install("-e", ".[all]", *group("test", "servers", "s3"))
    write = session.posargs == ["--write"]
    arguments = [] if write else session.posargs
    seen = Path(session.create_tmp(), "seen.jsonl").resolve()
    seen.unlink(missing_ok=True)
    env = {"PYTHONPATH": "tests", "BASESTREAM_SERVERS_SEEN": str(seen)}
    session.run("pytest", "-q", "-rs", "tests/servers", *arguments, env=env)
    if not arguments:  # else it was a part of the run
        session.run("python", "-m", "servers.table", str(seen), *(["--write"] if write else []), env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff (rules, imports, layout), the borders between modules, public docstrings, the forms in .github."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--no-logo", env={"PYTHONPATH": os.pathsep.join(["src", "backends"])})
    session.run("python", "-m", "public_api.documented", env={"PYTHONPATH": "tests"})
    for schema, files in FORMS.items():
        session.run("check-jsonschema", "--builtin-schema", schema, *files)


@nox.session
def api(session: nox.Session) -> None:
    """What of the public API has broken since the last tag; an argument after `--` is another git ref."""
    session.install(*group("test", "api"))
    session.run("pytest", "-q", "--noconftest", "tests/public_api")
    session.run("python", "-m", "public_api.breaks", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def types(session: nox.Session) -> None:
    """mypy and pyright on the checkout, then how complete the shipped types are (100 % is required)."""
    session.install("-e", ".[all]", *group("types"))
    session.run("mypy")
    session.run("mypy", "--python-version", "3.10", "src")  # the oldest supported; httpx2 has left it
    session.run("mypy", "conftest.py")
    project = ("--project", "pyproject.toml")  # else a pyrightconfig.json in a folder above would win
    session.run("pyright", *project, "--pythonpath", f"{session.bin}/python")
    for package in ["basestream", *BACKENDS.values()]:
        session.run("pyright", *project, "--verifytypes", package, "--ignoreexternal", silent=True)


@nox.session
def types_report(session: nox.Session) -> None:
    """What ty and pyrefly say; they are young, and nothing fails."""
    session.install("-e", ".[all]", "ty", "pyrefly", *group("types"))
    code = ("src", "backends")
    asserted = ("--ignore", "all", "--error", "type-assertion-failure", "tests/typed_api")
    for command in (
        ("ty", "check", "--output-format", "concise", *code),
        ("ty", "check", "--output-format", "concise", *asserted),
        ("pyrefly", "check", "--output-format", "min-text", *code, "tests/typed_api"),
    ):
        session.run(*command, success_codes=[0, 1])


@nox.session
def docs(session: nox.Session) -> None:
    """Every example: the docstrings, then the Python blocks of README, CONTRIBUTING and docs/. Then the site."""
    session.install("-e", ".[all]", *group("docs"))
    session.run("pytest", "-q", "--doctest-modules", "src", "backends")
    session.run("pytest", "-q", "README.md", "CONTRIBUTING.md", "docs")
    site = ("-W", "--keep-going", "-q", "-E", "-b", "html", "docs", "docs/_build/html")
    session.run("sphinx-build", *site)


@nox.session
def peers(session: nox.Session) -> None:
    """The clients' own tests, with our classes in the place of theirs; arguments after `--` name projects."""
    session.install("-e", ".[requests,httpx]", "-r", "tests/peers/requirements.txt")
    session.run("python", "tests/peers/run_peers.py", "--work", session.create_tmp(), *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """URLs by the million, against an oracle and against the clients; arguments after `--` are its own."""
    session.install("-e", ".[all]", *group("slow"))
    session.run("python", "-m", "slow", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def load(session: nox.Session) -> None:
    """64 threads and 500 tasks on one session of each client, for 60 s each; arguments after `--` are its own."""
    session.install("-e", ".[all]", *group("trio"))
    session.run("python", "-m", "load", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def soak(session: nox.Session) -> None:
    """100,000 requests and 5 GiB of uploads in flat memory; arguments after `--` are its own."""
    session.install("-e", ".[all]", *group("trio"))
    session.run("python", "-m", "load", "soak", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def fuzz(session: nox.Session) -> None:
    """Challenges and URLs, fuzzed with coverage guidance; `-- SECONDS` for each target, `--keep` for the corpora."""
    session.install("-e", ".", *group("fuzz"))
    session.run("python", "-m", "fuzz", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def mutants(session: nox.Session) -> None:
    """How many mutants the tests of each module kill; `-- MODULE...` takes some. Below 95 % it fails."""
    session.install("-e", ".[all]", *group("test", "trio", "mutants"))
    env = {"PYTHONPATH": "tests", "BASESTREAM_EXAMPLES": "25"}
    session.run("python", "-m", "mutation", *session.posargs, env=env)


@nox.session
def faults(session: nox.Session) -> None:
    """Sessions over networks that break in every way, against an oracle; arguments after `--` are its own."""
    session.install("-e", ".[all]", *group("test"))
    session.run("python", "-m", "faults", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks; arguments after `--` are theirs."""
    session.install(".[all]", *group("bench"))
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def memory(session: nox.Session) -> None:
    """How much memory an upload takes; arguments after `--` are its own."""
    session.install(".[all]", *group("bench"))
    session.run("python", "-m", "benchmarks.memory", *session.posargs)


@nox.session
def command(session: nox.Session) -> None:
    """The command line next to curl: CPU and memory of 1 GiB through a pipe; arguments after `--` are its own."""
    session.install(".[all]")
    session.run("python", "-m", "benchmarks.command", *session.posargs)


@nox.session
def cli_s3(session: nox.Session) -> None:
    """The command line against an object store that answers as S3 does, on every backend, and curl beside it."""
    session.install("-e", ".[all]", *group("test", "s3"))
    session.run("pytest", "-q", "-rs", "tests/s3", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """sdist, wheel from the sdist, and what a user gets of it."""
    session.install(*group("build"))
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("validate-pyproject", "pyproject.toml")
    session.run("python", "-m", "build")
    files = sorted(map(str, DIST.iterdir()))
    wheel = next(name for name in files if name.endswith(".whl"))
    session.run("twine", "check", "--strict", *files)
    session.run("check-wheel-contents", wheel)
    session.run("pyroma", "--min", "8", ".")
    venv = Path(session.create_tmp(), "wheel")  # apart: twine brings requests
    session.run("python", "-m", "venv", "--clear", str(venv))
    python = str(venv / ("Scripts" if os.name == "nt" else "bin") / "python")
    session.run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, external=True)
    session.run(python, "-I", "-c", SMOKE, external=True, log=False)
