"""A certificate for 127.0.0.1 by an authority of our own, and sessions that trust it."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from drivers import Caller, Driver

Pair = tuple[Path, Path]
"""The files of a certificate and its key."""


@dataclass(frozen=True)
class Certificates:
    """Files: what a server is given, and what a client trusts."""

    pair: Pair
    authority: Path

    @contextmanager
    def session(self, driver: Driver, url: str, **options: Any) -> Generator[Caller, None, None]:
        """Open a session that trusts the authority and nobody else, in its client's words."""
        if driver.client.startswith("httpx"):
            options["verify"] = ssl.create_default_context(cafile=self.authority)
        elif driver.client == "urllib3":
            options["ca_certs"] = str(self.authority)
        with driver.session(url, **options) as api:
            if driver.client == "requests":
                api.session.trust_env = False  # else REQUESTS_CA_BUNDLE wins over the next line
                api.session.verify = str(self.authority)
            yield api


def issue(folder: Path) -> Certificates:
    """Make them."""
    trustme: Any = import_module("trustme")  # not installed where the types are checked
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = Certificates((folder / "certificate.pem", folder / "key.pem"), folder / "authority.pem")
    certificate, key = files.pair
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(files.authority)
    key.chmod(0o644)  # nginx's worker may be another user
    return files
