"""What the tests share: which clients are under test, and TLS without a key.

With BASESTREAM_CLIENT=requests only that one may be there.
"""

from __future__ import annotations

import importlib.util
import os
import ssl

CLIENTS = ("requests", "httpx", "httpx2", "urllib3")
BRINGS = {"requests": {"urllib3"}}  # what a client depends on
ONLY = os.environ.get("BASESTREAM_CLIENT")


def installed(client: str) -> bool:
    """Tell whether a client can be imported."""
    return importlib.util.find_spec(client) is not None


def under_test(client: str) -> bool:
    """Tell whether the adapter for a client is to be tested in this run."""
    return installed(client) and ONLY in (None, client)


def anonymous(*, server: bool) -> ssl.SSLContext:
    """Give a TLS context without any key: an anonymous key exchange needs no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")
    return context
