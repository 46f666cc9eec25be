"""nginx on loopback, as a user would set it up: a folder that takes PUT, or a proxy before an application."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from .certificates import Pair
from .loopback import HOST, free_port, wait_until_it_listens

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
ABSENT = "nginx is not installed: apt-get install nginx-light"

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
    client_max_body_size {limit};
    server {{
        listen {listen};
        {tls}
        {content}
    }}
}}
"""

FOLDER = """
        root {folder}/root;
        dav_methods PUT;
        create_full_put_path on;
"""

PASSWORD = """
        auth_basic "nginx";
        auth_basic_user_file {folder}/users;
"""

PROXY = """
        location / {{
            proxy_pass {proxy};
            proxy_set_header X-Client-Port $remote_port;
        }}
"""

TLS = """
        ssl_certificate {certificate};
        ssl_certificate_key {key};
"""


@dataclass(frozen=True)
class Site:
    """What nginx serves: the folder ``root``, with a password if there is a user, or another server."""

    user: tuple[str, str] | None = None
    proxy: str | None = None
    pair: Pair | None = None
    limit: str = "100m"

    @property
    def scheme(self) -> str:
        """How it is reached."""
        return "https" if self.pair else "http"

    def configuration(self, folder: Path, port: int) -> str:
        """Write it in nginx's words."""
        content = PROXY if self.proxy else FOLDER + (PASSWORD if self.user else "")
        certificate, key = self.pair or (None, None)
        return CONFIGURATION.format(
            folder=folder,
            limit=self.limit,
            listen=f"{HOST}:{port}" + (" ssl http2" if self.pair else ""),
            tls=TLS.format(certificate=certificate, key=key) if self.pair else "",
            content=content.format(folder=folder, proxy=self.proxy),
        )


@contextmanager
def nginx(folder: Path, site: Site) -> Generator[int, None, None]:
    """Run it, and give its port; the files that it takes are in ``root`` of the folder."""
    assert NGINX
    if site.user:
        user, password = site.user
        digest = b64encode(sha1(password.encode(), usedforsecurity=False).digest()).decode()
        (folder / "users").write_text(f"{user}:{{SHA}}{digest}\n")
    (folder / "root").mkdir()
    for path in (folder, folder / "root"):
        path.chmod(0o777)  # its worker may be another user
    (folder / "root" / "index.html").write_text("in")
    port = free_port()
    (folder / "nginx.conf").write_text(site.configuration(folder, port))
    errors = folder / "error.log"
    process = subprocess.Popen(
        [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(errors)]
    )
    try:
        wait_until_it_listens(process, port, errors.read_text)
        yield port
    finally:
        process.terminate()
        process.wait(20)
