"""B2: the kit's own verdicts: ``check``, profiles, ``raises``, the driver, and what every row must have.

No client is needed here: the backend is made of a few lines.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from basestream.testing import CAPABILITIES, Driver, Profile, Reply, Scenario, Stage, check, raises, scenarios

REASON = "the client has no such thing"


class Session:
    """The least that can be driven: it answers with what it was called with."""

    def __init__(self, base_url: str, **options: Any) -> None:
        self.base_url = base_url
        self.options = options
        self.closed = False

    def request(self, method: str, url: str, **given: Any) -> Any:
        """Answer as a client of the one kind does, or of the other."""
        return SimpleNamespace(status=200, data=b"data", called=(method, url, given))

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self.closed = True


class AsyncSession(Session):
    """The same for an event loop."""

    async def request(self, method: str, url: str, **given: Any) -> Any:
        """Answer when it is awaited."""
        return super().request(method, url, **given)

    async def aclose(self) -> None:
        """Close it."""
        self.closed = True


def backend() -> ModuleType:
    """Give a backend's module."""
    module = ModuleType("basestream_small")
    vars(module).update(BaseUrlSession=Session, AsyncBaseUrlSession=AsyncSession, BODY_KEYWORD="content")
    return module


def driver(**declared: Any) -> Driver:
    """Give a driver with a profile."""
    return Driver(backend(), profile=Profile(**declared))


def holds(stage: Stage) -> None:
    """Play a row whose claim holds."""


def fails(stage: Stage) -> None:
    """Play one whose claim does not."""
    raise AssertionError("seen: something else")


def row(run: Callable[[Stage], None], *needs: str) -> Scenario:
    """Give a row."""
    return Scenario("X1-row", "X1", "the sky is blue", run, needs=frozenset(needs))


# --- check


def test_a_row_that_holds_conforms() -> None:
    """B2: there is nothing to declare."""
    assert "conforms" == check(driver(), row(holds, "retries"))


def test_a_row_that_does_not_hold_is_told_with_its_claim() -> None:
    """B2: who reads the failure needs the backend, the row, the rule, the claim, and what was seen."""
    with pytest.raises(AssertionError) as raised:
        check(driver(), row(fails))
    assert "small X1-row (X1): the sky is blue\nseen: something else" == str(raised.value)
    assert isinstance(raised.value.__cause__, AssertionError)


def test_a_declared_lack_may_fail() -> None:
    """B2: that is what a profile is for."""
    assert "declared" == check(driver(lacks={"retries": REASON}), row(fails, "retries", "redirects"))


def test_a_declared_lack_that_works_fails_and_is_named() -> None:
    """B2: a declaration is true, or it is out of date."""
    with pytest.raises(
        AssertionError, match=f"X1-row .X1.: declared not to hold .retries: {REASON}., and it holds"
    ):
        check(driver(lacks={"retries": REASON}), row(holds, "retries"))


def test_a_lack_of_something_else_excuses_nothing() -> None:
    """B2: a row fails if what it shows is not declared."""
    with pytest.raises(AssertionError, match="the sky is blue"):
        check(driver(lacks={"retries": REASON}), row(fails, "redirects"))


@pytest.mark.parametrize(("run", "verdict"), [(holds, "conforms"), (fails, "declared")])
def test_what_varies_may_hold_or_not(run: Callable[[Stage], None], verdict: str) -> None:
    """B2: the only declaration that accepts both."""
    assert verdict == check(driver(varies={"early-answer": REASON}), row(run, "early-answer"))


def test_what_varies_excuses_no_other_row() -> None:
    """B2: a row that does not show it is steady."""
    with pytest.raises(AssertionError, match="the sky is blue"):
        check(driver(varies={"early-answer": REASON}), row(fails, "redirects"))


def test_a_single_row_may_differ() -> None:
    """B2: a row without a capability is declared by its identifier, and that must be true as well."""
    differing = driver(differs={"X1-row": REASON})
    assert "declared" == check(differing, row(fails))
    with pytest.raises(AssertionError, match=REASON):
        check(differing, row(holds))


def test_a_hang_is_a_failure() -> None:
    """B2: it comes when the deadline is over, and the row is left behind; no declaration covers it."""
    over = threading.Event()

    def hangs(stage: Stage) -> None:
        over.wait(60)

    try:
        with pytest.raises(AssertionError, match=r"the sky is blue\nno result after 0.05 seconds"):
            check(driver(), row(hangs), deadline=0.05)
        for declared in ("lacks", "varies"):
            with pytest.raises(AssertionError, match=r"no result after 0.05 seconds"):
                check(driver(**{declared: {"retries": "it waits"}}), row(hangs, "retries"), deadline=0.05)
    finally:
        over.set()


def test_any_exception_of_a_row_is_a_failure_with_the_claim() -> None:
    """B2: a client's own error says nothing about the rule that it breaks."""

    def crashes(stage: Stage) -> None:
        raise KeyError("what")

    with pytest.raises(AssertionError, match=r"the sky is blue\nKeyError\('what'\)") as raised:
        check(driver(), row(crashes))
    assert isinstance(raised.value.__cause__, KeyError)


def test_a_row_may_leave_its_thread_by_no_exception() -> None:
    """B2: neither ``SystemExit`` nor Ctrl-C passes for success."""

    def leaves(stage: Stage) -> None:
        raise SystemExit(0)

    with pytest.raises(AssertionError, match="the sky is blue"):
        check(driver(), row(leaves))


def test_the_servers_of_a_stage_are_two_origins_and_end_with_it() -> None:
    """B2: a row may ask for a stranger, and leaves no server behind."""
    seen: list[Stage] = []

    def asks(stage: Stage) -> None:
        seen.append(stage)
        for server in (stage.server, stage.stranger):
            urllib.request.urlopen(f"{server.url}/x").close()  # noqa: S310  # a server on loopback
        assert stage.server.url != stage.stranger.url
        assert ["/x"] == [exchange.target for exchange in stage.exchanges()]
        assert ["closed-by-server"] == stage.endings()  # as urllib asks for

    assert "conforms" == check(driver(), row(asks))
    [stage] = seen
    with pytest.raises(OSError, match=r".*"):
        urllib.request.urlopen(f"{stage.stranger.url}/x")  # noqa: S310


# --- profiles


def test_an_unknown_capability_is_refused() -> None:
    """B2: a slip of the pen would excuse nothing, and nobody would see."""
    for name in ("lacks", "varies"):
        with pytest.raises(ValueError, match=r"unknown: retry; there are .*retries"):
            Profile(**{name: {"retry": REASON}})


@pytest.mark.parametrize("declared", [{"lacks": {"retries": ""}}, {"differs": {"X1-row": ""}}])
def test_a_reason_is_needed(declared: dict[str, dict[str, str]]) -> None:
    """B2: the documentation is made of the reasons."""
    with pytest.raises(ValueError, match=r"give the reason for (retries|X1-row)"):
        Profile(**declared)


# --- raises


def test_raises_gives_the_error() -> None:
    """B2: any of those named."""
    with raises(KeyError, ValueError) as raised:
        raise ValueError("this one")
    assert "this one" == str(raised.error)


def test_raises_tells_of_another_error() -> None:
    """B2: and keeps it as the cause."""
    with (
        pytest.raises(AssertionError, match=r"KeyError or ValueError expected, not OSError\('no'\)") as told,
        raises(KeyError, ValueError),
    ):
        raise OSError("no")
    assert isinstance(told.value.__cause__, OSError)


def test_raises_tells_when_nothing_is_raised() -> None:
    """B2: that is the failure it is there for."""
    with pytest.raises(AssertionError, match="KeyError expected, and nothing was raised"), raises(KeyError):
        pass


def test_raises_lets_an_interrupt_through() -> None:
    """B2: Ctrl-C is no result."""
    with pytest.raises(KeyboardInterrupt), raises(KeyError):
        raise KeyboardInterrupt


# --- rows


def test_each_row_has_a_name_of_its_own() -> None:
    """B2: profiles and reports refer to it."""
    names = [scenario.id for scenario in scenarios()]
    assert len(set(names)) == len(names) > 100


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_each_row_says_what_it_shows(scenario: Scenario) -> None:
    """B2: a rule, which its name begins with, a claim, and known capabilities."""
    assert scenario.id.startswith(f"{scenario.rule}-")
    assert scenario.rule[0] in "UPSWA"
    assert scenario.rule[1:].isdigit()
    assert " " in scenario.claim
    assert scenario.needs <= set(CAPABILITIES)


def test_each_capability_is_shown_by_a_row() -> None:
    """B2: or a declaration could never be found out of date."""
    shown = {capability for scenario in scenarios() for capability in scenario.needs}
    assert set(CAPABILITIES) == shown
    assert all(CAPABILITIES.values())


def test_the_kit_needs_no_test_framework() -> None:
    """B2: nor does it load a client."""
    code = (
        "import sys, basestream.testing; basestream.testing.scenarios(); "
        "print([name for name in ('pytest', 'requests', 'httpx', 'httpx2', 'urllib3') if name in sys.modules])"
    )
    assert "[]\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout


# --- drivers


def test_a_driver_is_named_after_its_backend() -> None:
    """B2: without the prefix that ours have, and with the kind where there are two."""
    assert ["small", "small-async", "elsewhere"] == [
        str(Driver(backend())),
        str(Driver(backend(), asynchronous=True)),
        str(Driver(ModuleType("elsewhere"))),
    ]


def test_a_response_of_either_kind_is_read() -> None:
    """B2: ``status_code`` and ``content``, or ``status`` and ``data``."""
    one = SimpleNamespace(status_code=201, content=b"content")
    other = SimpleNamespace(status=202, data=b"data")
    assert Reply(201, b"content", one) == driver().reply(one)
    assert Reply(202, b"data", other) == driver().reply(other)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_session_is_called_in_the_clients_words(asynchronous: bool) -> None:
    """B2: ``body`` and ``params`` are the kit's, and everything else is passed on."""
    small = Driver(backend(), asynchronous=asynchronous)
    small.params_keyword = "fields"
    with small.session("http://h/v1") as api:
        put = api.put("x", b"body", params={"a": "1"}, headers={"X": "1"})
        got = api.get("y")
        assert not api.session.closed
    assert api.session.closed
    assert (200, b"data") == (put.status, put.body)
    assert (
        "PUT",
        "x",
        {"content": b"body", "fields": {"a": "1"}, "headers": {"X": "1"}},
    ) == put.native.called
    assert ("GET", "y", {}) == got.native.called


def test_a_put_without_a_body_names_none() -> None:
    """B2: a client may tell the one from the other."""
    with driver().session("http://h") as api:
        assert ("PUT", "x", {"timeout": 1}) == api.put("x", timeout=1).native.called


def test_options_of_the_driver_are_the_sessions_unless_given() -> None:
    """B2: such as one to follow redirects."""

    class Derived(Session):
        pass

    following = Driver(backend(), options={"follow": True, "retries": 3})
    with following.session("http://h", cls=Derived, follow=False) as api:
        assert {"follow": False, "retries": 3} == api.session.options
        assert isinstance(api.session, Derived)


def test_without_a_policy_the_patient_session_is_the_usual_one() -> None:
    """B2: a driver that can send again overrides it."""
    with driver().patient_session("http://h/v1") as api:
        assert "http://h/v1" == api.session.base_url
