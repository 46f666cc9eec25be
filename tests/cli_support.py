"""What the tests of the command line share."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version

from support import under_test

Plugin = Callable[[str, str], None]
"""Installs a backend of a name and a source."""
STDLIB = "from third_party.stdlib_backend import *\n"
"""The source of a backend over http.client."""


def runs(client: str) -> bool:
    """Tell whether a client is there in a version that its adapter is for: requests may bring an older urllib3."""
    if not under_test(client):
        return False
    if client != "urllib3":
        return True
    return not version("urllib3").startswith("1.")


def ignore(sent: int, total: int) -> None:
    """Take no notice of progress."""


def write_plugin(folder: str, module: str, name: str) -> None:
    """Make a distribution in a folder that is on the path, which brings a module as the backend of a name."""
    info = os.path.join(folder, f"{module.replace('.', '_')}-1.dist-info")
    os.mkdir(info)
    with open(os.path.join(info, "METADATA"), "w") as file:
        file.write(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
    with open(os.path.join(info, "entry_points.txt"), "w") as file:
        file.write(f"[basestream.backends]\n{name} = {module}\n")


def read_all(descriptor: int) -> Iterator[bytes]:
    """Read a terminal whose other end is closed."""
    try:
        while data := os.read(descriptor, 4096):
            yield data
    except OSError:  # Linux's way to say that it is closed
        pass
    finally:
        os.close(descriptor)


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True
