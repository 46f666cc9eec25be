"""The rows about reach: what a reference may name (P1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from basestream import OutOfReachURL

from ._scenarios import Scenario
from ._stage import Stage, raises

RFC_6454 = "RFC 6454 section 4"

# reach, name, reference, whether it is allowed; {home} and {stranger} are origins
REACHES = [
    ("any", "stranger", "{stranger}/x", True),
    ("origin", "relative", "users", True),
    ("origin", "root", "/users", True),
    ("origin", "absolute", "{home}/x", True),
    ("origin", "another-port", "{stranger}/x", False),
    ("origin", "another-host", "http://localhost.invalid/", False),
    ("base", "relative", "users", True),
    ("base", "itself", "", True),
    ("base", "rooted", "/v1/users", True),
    ("base", "absolute", "{home}/v1/x", True),
    ("base", "root", "/users", False),
    ("base", "climb", "../x", False),
    ("base", "segment-boundary", "/v10", False),
    ("base", "encoded-slash", "a/..%2fx", False),
    ("base", "encoded-backslash", "a/..%5Cx", False),
    ("base", "semicolon", "a/..;/x", False),
    ("base", "absolute-climb", "{home}/v1/../x", False),
    ("base", "absolute-encoded-climb", "{home}/v1/%2e%2e/x", False),
    ("base", "another-port", "{stranger}/v1/x", False),
]


def rows() -> Iterator[Scenario]:
    """Give the rows."""
    for reach, name, ref, allowed in REACHES:
        what = "arrives" if allowed else "is OutOfReachURL, and nothing is sent"
        claim = f"with reach={reach!r} the reference {ref!r} {what}"
        yield Scenario(f"P1-{reach}-{name}", "P1", claim, _reaching(reach, ref, allowed), RFC_6454)
    claim = "a limit without a base is refused when a session is made, and when the base is taken away"
    yield Scenario("P1-needs-a-base", "P1", claim, needs_a_base)


def _reaching(reach: str, ref: str, allowed: bool) -> Callable[[Stage], None]:
    def run(stage: Stage) -> None:
        target = ref.format(home=stage.server.url, stranger=stage.stranger.url)
        with stage.session(reach=reach) as api:
            if allowed:
                status = api.get(target).status
                assert status == 200, f"answered {status}"
                return
            with raises(OutOfReachURL):
                api.get(target)
        stage.assert_nothing_sent()
        assert not stage.stranger.connections, "the stranger was called"

    return run


def needs_a_base(stage: Stage) -> None:
    """P1: it fails closed."""
    for reach in ("origin", "base"):
        stage.assert_refused(ValueError, reach=reach)
    stage.assert_refused(ValueError, stage.base, reach="scope")
    with stage.session(reach="origin") as api:
        api.session.base_url = None
        with raises(ValueError):
            api.get(stage.server.url + "/x")
    stage.assert_nothing_sent()
