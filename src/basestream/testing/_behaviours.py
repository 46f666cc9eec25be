"""What the recording server does with a request: a plan, chosen by the last segments of the path.

This module does not know about sockets and connections: a plan is a value, and ``_conversation`` carries it
out. The paths and their parameters stand in the docstring of ``basestream.testing``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._guards import basic, digest, guarded
from ._plans import Call, Plan, State, answering, final_status, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._parsing import Request
    from ._plans import Ending


class Script(State):
    """Chooses the plans."""

    def plan(self, request: Request) -> Plan:
        """Choose the plan for a request; never raises."""
        before, last = ["", *request.path.split("/")][-2:]
        try:
            if before in _CODED and last.isdecimal():
                return _CODED[before](Call(request, self, final_status(last)))
            if last in _PLAIN:
                return _PLAIN[last](Call(request, self, 200))
        except ValueError as wrong:
            return answering(refusal(str(wrong)))
        return Plan()


def _plain_status(call: Call) -> Plan:
    return answering(call.answer())


def _redirect(call: Call) -> Plan:
    return answering(call.answer(("Location", call.text("to"))))


def _redirect_early(call: Call) -> Plan:
    end = call.text("end", "rst")
    if end not in ("rst", "fin"):
        raise ValueError(f"end: neither rst nor fin: {end!r}")
    answer = call.answer(("Location", call.text("to")))
    return answering(answer, after=call.number("after", 0), then="fin" if end == "fin" else "reset")


def _early(call: Call) -> Plan:
    then: Ending = "reset" if call.number("rst", 0) else "fin"
    return answering(call.answer(), after=call.number("after", 0), then=then)


def _flaky(call: Call) -> Plan:
    answer = call.answer()
    return answering(answer) if call.among_first("flaky") else Plan()


def _reset(call: Call) -> Plan:
    broken = Plan(after=call.number("after", 0), answer=None, then="reset")
    return broken if call.among_first("reset") else Plan()


def _close(call: Call) -> Plan:
    broken = Plan(after=call.number("after", 0), answer=None, then="fin")
    return broken if call.among_first("close") else Plan()


def _stall(call: Call) -> Plan:
    return Plan(after=call.number("after", 0), stall=True)


def _set_cookie(call: Call) -> Plan:
    domain = "".join(f"; Domain={domain}" for domain in call.texts("domain"))
    cookie = f"{call.text('name')}={call.text('value')}; Path=/{domain}"
    return answering(call.answer(("Set-Cookie", cookie)))


_CODED: Mapping[str, Callable[[Call], Plan]] = {
    "early": _early,
    "flaky": _flaky,
    "redirect": _redirect,
    "redirect-early": _redirect_early,
    "status": _plain_status,
}
_PLAIN: Mapping[str, Callable[[Call], Plan]] = {
    "basic": basic,
    "close": _close,
    "digest": digest,
    "guarded": guarded,
    "reset": _reset,
    "set-cookie": _set_cookie,
    "stall": _stall,
}
