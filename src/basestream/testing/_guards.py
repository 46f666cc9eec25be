"""The behaviours that ask for credentials: the challenge that a path describes, and the verdict on its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._challenges import REALM, Account, DigestRealm, Verdict, basic_is_right, parse_parameters
from ._plans import Answer, Call, Plan, answering, describe

if TYPE_CHECKING:
    from ._records import Exchange


def basic(call: Call) -> Plan:
    """Let Basic credentials in."""
    if _has_basic(call, _account(call)):
        return Plan()
    return _refused(call, [f'Basic realm="{REALM}", charset="UTF-8"'])


def digest(call: Call) -> Plan:
    """Let Digest credentials in, for one of several algorithms."""
    qop, userhash = call.text("qop", "auth"), bool(call.number("userhash", 0))
    realms = [
        DigestRealm(_account(call), algorithm, qop, call.state.nonce, call.state.opaque, userhash=userhash)
        for algorithm in call.text("algorithm", "SHA-256").split(",")
    ]
    verdicts = {_judged(realm, call) for realm in realms}
    if "right" in verdicts:
        return Plan()
    return _refused(call, [realm.challenge(stale="stale" in verdicts) for realm in realms])


def guarded(call: Call) -> Plan:
    """Offer what the path says, and let in what it says: both as they stand, whether they fit or not."""
    call.number("uses", 0)
    verdict = _verdict(call, call.text("accept", ""))
    if verdict == "right":
        return Plan(answer=lambda exchange: _let_in(call, exchange))
    stale = "true" if verdict == "stale" else "false"
    challenges = [
        text.replace("{nonce}", call.state.nonce)
        .replace("{opaque}", call.state.opaque)
        .replace("{stale}", stale)
        for text in call.texts("field")
    ]
    cookie = [("Set-Cookie", f"{call.text('cookie')}; Path=/")] if call.texts("cookie") else []
    return _refused(call, challenges, *cookie)


def _verdict(call: Call, accept: str) -> Verdict:
    account = _account(call)
    if accept in ("", "Basic"):
        return "right" if accept and _has_basic(call, account) else "wrong"
    realm = DigestRealm(
        account,
        accept,
        call.text("qop", "auth"),
        call.state.nonce,
        call.state.opaque,
        userhash=bool(call.number("userhash", 0)),
        realm=call.text("realm", REALM),
    )
    verdict = _judged(realm, call)
    if verdict == "right" and realm.qop:
        given = parse_parameters(_given(call)[0], "digest") or {}
        fresh = call.state.spend(given["nonce"], given["nc"], call.number("uses", 0))
        return "right" if fresh else "stale"
    return verdict


def _let_in(call: Call, exchange: Exchange) -> Answer:
    answer = describe(exchange)
    if call.number("nextnonce", 0):
        info = ("Authentication-Info", f'qop=auth, nextnonce="{call.state.renew()}"')
        return Answer(answer.status, [*answer.headers, info], answer.body)
    return answer


def _account(call: Call) -> Account:
    return Account(call.text("user"), call.text("password"))


def _given(call: Call) -> list[str]:
    return call.request.header("proxy-authorization" if _is_proxy(call) else "authorization")


def _is_proxy(call: Call) -> bool:
    return bool(call.number("proxy", 0))


def _has_basic(call: Call, account: Account) -> bool:
    return any(basic_is_right(value, account) for value in _given(call))


def _judged(realm: DigestRealm, call: Call) -> Verdict:
    given = _given(call)
    return realm.verdict(given[0], call.request.method, call.request.target) if len(given) == 1 else "wrong"


def _refused(call: Call, challenges: list[str], *headers: tuple[str, str]) -> Plan:
    status, name = (407, "Proxy-Authenticate") if _is_proxy(call) else (401, "WWW-Authenticate")
    return answering(Answer(status, [*((name, challenge) for challenge in challenges), *headers]))
