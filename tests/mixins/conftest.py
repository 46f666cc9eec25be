"""Collected where the packages that users mix in are installed: ``nox -s mixins`` (they are many, and heavy)."""

from __future__ import annotations

from importlib.util import find_spec

PACKAGES = (
    "requests_oauthlib",
    "authlib",
    "requests_futures",
    "requests_cache",
    "google.auth",
    "httpx",
    "httpx2",
)


def there(package: str) -> bool:
    """Tell whether a package is installed; looking for ``google.auth`` imports ``google``."""
    return find_spec(package.partition(".")[0]) is not None


collect_ignore_glob = [] if all(map(there, PACKAGES)) else ["test_*.py"]
