"""Where a row is played: a backend, a server and a stranger, and what a row asks of them again and again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ._server import RecordingServer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ._drivers import Caller, Driver
    from ._records import Exchange


class Stage:
    """A backend to call, and servers that record what it sends; they are started when a row asks for them."""

    def __init__(self, driver: Driver, stack: ExitStack) -> None:
        self.driver = driver
        """The backend, as the kit calls it."""
        self._stack = stack

    @cached_property
    def server(self) -> RecordingServer:
        """The server that the base names."""
        return self._stack.enter_context(RecordingServer())

    @cached_property
    def stranger(self) -> RecordingServer:
        """Another origin."""
        return self._stack.enter_context(RecordingServer())

    @property
    def base(self) -> str:
        """The base of the rows, a path without a final slash."""
        return f"{self.server.url}/v1"

    def session(self, **options: Any) -> AbstractContextManager[Caller]:
        """Open a session with that base."""
        return self.driver.session(self.base, **options)

    def patient_session(self, *, cls: Any = None) -> AbstractContextManager[Caller]:
        """Open one that sends again by itself, if the client can."""
        return self.driver.patient_session(self.base, cls=cls)

    def assert_refused(self, error: type[Exception], *args: Any, cls: Any = None, **options: Any) -> str:
        """Assert that no session can be opened with these arguments, and give what is said."""
        with raises(error) as raised:
            self.driver.session(*args, cls=cls, **options).__enter__()
        return str(raised.error)

    def body(self, size: int, source: Any, *, readable: bool = False, **options: Any) -> Any:
        """Make a body of known size, with ``read`` if it is to be readable."""
        return self.driver.body(size, source, readable=readable, **options)

    def exchanges(self, *, complete: bool | None = None) -> list[Exchange]:
        """Give what the server has recorded, when nothing is under way any more."""
        self.server.wait_idle()
        return [exchange for exchange in self.server.exchanges if complete in (None, exchange.complete)]

    def endings(self) -> list[str]:
        """Give how the connections to the server have ended, when all have."""
        self.server.wait_closed()
        return [connection.ended for connection in self.server.connections]

    def assert_sent(self, *targets: str) -> None:
        """Assert what the request-targets were."""
        seen = [exchange.target for exchange in self.exchanges()]
        assert seen == list(targets), f"sent {seen}, wanted {list(targets)}"

    def assert_nothing_sent(self) -> None:
        """Assert that no connection was opened."""
        self.server.wait_idle()
        assert not self.server.connections, f"{len(self.server.connections)} connections were opened"


class Raised:
    """What `raises` has caught."""

    error: BaseException


@contextmanager
def raises(*expected: type[BaseException]) -> Generator[Raised, None, None]:
    """Assert that a block raises one of these errors."""
    raised = Raised()
    try:
        yield raised
    except expected as error:
        raised.error = error
        return
    except Exception as error:
        raise AssertionError(f"{_names(expected)} expected, not {error!r}") from error
    raise AssertionError(f"{_names(expected)} expected, and nothing was raised")


def _names(errors: tuple[type[BaseException], ...]) -> str:
    return " or ".join(error.__name__ for error in errors)
