"""B3: the backend of docs/write-a-backend.md, installed from the page as it stands there, as a distribution.

The distribution is laid out as pip lays one out, so that neither pip nor an index is needed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from basestream.testing import RecordingServer

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "write-a-backend.md"
FILES: dict[str, str] = dict(
    re.findall(
        r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
)
"""What the page shows, by the names that it gives."""

BACKEND_IMPORT = re.compile(r"^(import basestream_stdlib|from third_party import .*)\n", re.MULTILINE)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as ``site-packages`` is when the project has been installed."""
    site = tmp_path_factory.mktemp("site")
    project: dict[str, Any] = tomllib.loads(FILES["pyproject.toml"])["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    [(group, points)] = project["entry-points"].items()
    (site / f"{name}.py").write_text(FILES[f"{name}.py"], "utf-8")
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n")
    lines = [f"[{group}]", *(f"{key} = {value}" for key, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return site


def run(site: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python where the project is installed."""
    proxies = [name for name in os.environ if name.lower().endswith("_proxy")]
    environ = {name: value for name, value in os.environ.items() if name not in proxies}
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env={**environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=cwd or site,
        capture_output=True,
        text=True,
    )


def test_the_page_shows_the_backend_word_for_word() -> None:
    """B3: what is linted, typed and tested here is what a reader copies."""
    assert (HERE / "stdlib_backend.py").read_text("utf-8") == FILES["basestream_stdlib.py"]


def test_the_page_shows_the_test_but_for_the_import() -> None:
    """B3: the backend is a module of the tests here, and one of its own there."""
    here = BACKEND_IMPORT.subn("", (HERE / "test_stdlib.py").read_text("utf-8"))
    assert (here[0], 1) == BACKEND_IMPORT.subn("", FILES["test_conforms.py"])
    assert 1 == here[1]


def test_it_is_found_and_loaded(installed: Path) -> None:
    """B1: by the name of its entry point, and it is imported only when it is asked for."""
    code = (
        "import sys; from basestream.backend import available, load; "
        "print('stdlib' in available(), 'basestream_stdlib' in sys.modules, load('stdlib').BaseUrlSession)"
    )
    done = run(installed, "-c", code)
    assert ("True False <class 'basestream_stdlib.BaseUrlSession'>\n", "") == (done.stdout, done.stderr)


def test_the_demo_uploads_through_it(installed: Path) -> None:
    """C3: the command line finds it as it finds ours."""
    done = run(installed, "-m", "basestream", "demo", "--backend", "stdlib", "--size", "64KiB")
    assert 0 == done.returncode, done.stderr
    assert re.search(
        r"^stdlib +PUT /v1/demo/stdlib +Content-Length: \d+ +\d+ +ok ", done.stdout, re.MULTILINE
    )
    assert done.stdout.endswith("1 of 1 uploads arrived whole and unchanged\n"), done.stdout


def test_put_uploads_through_it(installed: Path, tmp_path: Path) -> None:
    """C1: and so does the upload of a file."""
    blob = tmp_path / "blob"
    blob.write_bytes(bytes(range(250)) * 400)
    with RecordingServer() as server:
        done = run(
            installed, "-m", "basestream", "put", f"{server.url}/blob", str(blob), "--backend", "stdlib"
        )
        assert 0 == done.returncode, done.stderr
        sent = [(exchange.framing, exchange.body) for exchange in server.exchanges]
    assert [("content-length", blob.read_bytes())] == sent


def test_its_own_test_file_passes(installed: Path, tmp_path: Path) -> None:
    """B2: the whole kit, started as the page says, with no word about it but the file's."""
    (tmp_path / "test_conforms.py").write_text(FILES["test_conforms.py"], "utf-8")
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = run(installed, "-m", "pytest", *options, "test_conforms.py", cwd=tmp_path)
    assert 0 == done.returncode, done.stdout
    assert re.search(r"^\d{3} passed in ", done.stdout, re.MULTILINE), done.stdout
