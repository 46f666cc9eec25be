"""What a stream is told of the client that carries it: values, no code of the client's (S5, S9)."""

from __future__ import annotations

from typing import NamedTuple

from ._blocks import Limits
from ._errors import BodySourceError

# The packages whose exceptions one client or another treats as a fault of the network: urllib3 sends a request
# four times when its body raises http.client.IncompleteRead, httpcore swallows its own WriteError.
CLIENT_PACKAGES = frozenset(
    {
        "http",
        "urllib3",
        "requests",
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "h11",
        "h2",
        "anyio",
        "aiohttp",
    }
)


class Transport(NamedTuple):
    """What a stream is told of the client that carries it: data of the adapter's, not code."""

    limits: Limits = Limits()
    """Block sizes."""
    packages: frozenset[str] = CLIENT_PACKAGES
    """Top-level packages whose exceptions the client would take for its own (S9)."""

    def told(self, error: BaseException) -> BaseException:
        """Give what is told in place of an error of the source that the client could take for its own (S9)."""
        roots = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
        if isinstance(error, OSError) or (isinstance(error, Exception) and roots & self.packages):
            return BodySourceError(
                f"the body's source or callback failed: {type(error).__name__}: {error}", error
            )
        return error


BARE = Transport()
"""For clients that are used without a session: values that suit all of them."""
