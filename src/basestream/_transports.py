"""What a stream is told of the client that carries it: values, no code of the client's (S5, S9)."""

from __future__ import annotations

from typing import NamedTuple

from ._errors import BodySourceError

KIB = 1024

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


class Limits(NamedTuple):
    """The block sizes that suit a transport, in bytes. The defaults were measured on urllib3's sockets."""

    pass_at: int = 32 * KIB
    """A chunk of this length passes as it is; shorter ones are joined."""
    block: int = 256 * KIB
    """Up to this length short chunks are joined."""
    cap: int = 256 * KIB
    """Longer chunks are split, because a timeout counts over a whole block, and 1 MiB fails on slow links."""
    first: int = 64 * KIB
    """The first block, which is checked before a connection is opened (S4)."""
    patience: float = 1.0
    """Seconds after which what has been waiting is sent at the next chunk (S5)."""
    views: bool = False
    """Whether the pieces of a long ``bytes`` chunk may be views of it: for a client that hands them to its socket
    as they are. A copy costs as much as the sending."""


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
