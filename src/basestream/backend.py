"""The public door for adapter authors, and the registry of backends (B1).

An adapter imports its client, this module and `basestream`, and nothing else of the core. What it needs:

* `SessionRules`: the base class of its sessions beside the client's own;
* `Upload` or `AsyncUpload`: the face of a `SizedStream` that it hands to its client, with the `Transport`
  that describes it;
* `check_framing`: before a request is sent;
* `AbortGuard`, or `GuardedConnection` around it: where the client shows its sockets (W4);
* `Authenticator`, and `AuthFlow` for each request, which is told of the responses to what was `Asked` (A1);
* `missing_client`: the error for a client that is not installed.

A backend is an import package with ``BaseUrlSession`` or ``AsyncBaseUrlSession`` (or both) and
``StreamingIterator``, named by an entry point of the group ``basestream.backends``.
"""

from __future__ import annotations

from types import ModuleType

from ._aborts import Abort as Abort
from ._aborts import AbortGuard as AbortGuard
from ._aborts import GuardedConnection as GuardedConnection
from ._auth import Asked as Asked
from ._auth import Authenticator as Authenticator
from ._auth import basic as basic
from ._auth_flow import PROXY_FIELDS as PROXY_FIELDS
from ._auth_flow import AuthFlow as AuthFlow
from ._auth_flow import is_for_one_target as is_for_one_target
from ._auth_flow import merged_cookies as merged_cookies
from ._origins import Reach as Reach
from ._origins import SendCredentials as SendCredentials
from ._sessions import SessionRules as SessionRules
from ._sources import consumed as consumed
from ._transports import Limits as Limits
from ._transports import Transport as Transport
from ._uploads import AsyncUpload as AsyncUpload
from ._uploads import Upload as Upload
from ._uploads import check_framing as check_framing
from ._urls import URLTypes as URLTypes

__all__ = [
    "PROXY_FIELDS",
    "Abort",
    "AbortGuard",
    "Asked",
    "AsyncUpload",
    "AuthFlow",
    "Authenticator",
    "GuardedConnection",
    "Limits",
    "Reach",
    "SendCredentials",
    "SessionRules",
    "Transport",
    "URLTypes",
    "Upload",
    "available",
    "basic",
    "check_framing",
    "consumed",
    "is_for_one_target",
    "load",
    "merged_cookies",
    "missing_client",
]

GROUP = "basestream.backends"


def available() -> list[str]:
    """Give the names of all backends whose distribution is installed, sorted.

    A backend whose client is missing is named too: `load` says what to install.

    Example:
        >>> {"requests", "httpx", "httpx2", "urllib3"} <= set(available())
        True
    """
    from importlib.metadata import entry_points

    return sorted({point.name for point in entry_points(group=GROUP)})


def load(name: str) -> ModuleType:
    """Import the backend of that name.

    Args:
        name: As `available` gives it.

    Raises:
        LookupError: There is no backend of that name.
        ImportError: Its client is not installed; the message names what to install.
    """
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=name):
        module: object = point.load()
        if not isinstance(module, ModuleType):
            raise LookupError(f"the entry point {name!r} of {GROUP} names no module, but {module!r}")
        return module
    raise LookupError(f"there is no backend {name!r}; installed are: {', '.join(available()) or 'none'}")


def missing_client(client: str, error: ImportError) -> ImportError:
    """Give the error for an adapter whose client is not installed, or is too old to have what it needs.

    Args:
        client: The client's name, which is the extra's too.
        error: What importing it raised. If that was about another module, it is given back.
    """
    if error.name != client:
        return error
    return ModuleNotFoundError(
        f"basestream_{client} needs {client!r}, which is not installed or too old: "
        f"pip install 'basestream[{client}]'",
        name=client,
    )
