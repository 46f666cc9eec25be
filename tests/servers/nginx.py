"""nginx on loopback, as a user would set it up: a folder behind ``auth_basic`` that takes PUT."""

from __future__ import annotations

import shutil
import socket
import subprocess
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 100m;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/root;
        auth_basic "nginx";
        auth_basic_user_file {folder}/users;
        dav_methods PUT;
        create_full_put_path on;
    }}
}}
"""


@contextmanager
def nginx(folder: Path, user: str, password: str) -> Generator[str, None, None]:
    """Run it, and give its URL; the files that it takes are in ``root`` of the folder."""
    assert NGINX
    digest = b64encode(sha1(password.encode(), usedforsecurity=False).digest()).decode()
    (folder / "users").write_text(f"{user}:{{SHA}}{digest}\n")
    (folder / "root").mkdir()
    for path in (folder, folder / "root"):
        path.chmod(0o777)  # its worker may be another user
    (folder / "root" / "index.html").write_text("in")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port))
    process = subprocess.Popen(
        [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(folder / "error.log")]
    )
    try:
        _wait_until_it_listens(process, port, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    while not _listens(port):
        assert process.poll() is None, (folder / "error.log").read_text()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 20).close()
    except ConnectionRefusedError:
        return False
    return True
