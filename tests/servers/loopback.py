"""Ports on loopback, for servers that are told one and do not say when they listen."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable

HOST = "127.0.0.1"
SECONDS = 20  # what a server that has nothing to say is given


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int, complaints: Callable[[], str]) -> None:
    """Try to connect until a server that starts takes it; show what it has to say if it ends."""
    deadline = time.monotonic() + SECONDS
    while not listens(port):
        assert process.poll() is None, f"the server has ended:\n{complaints()}"
        assert time.monotonic() < deadline, f"it does not listen on port {port}:\n{complaints()}"


def listens(port: int) -> bool:
    """Tell whether somebody takes a connection."""
    try:
        socket.create_connection((HOST, port), SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True
