"""Digest as a strict server asks for it (RFC 7616): a nonce for each challenge, and for some uses only.

No count may come twice with a nonce, however many threads share what the first of them was told.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from threading import Lock

USER, PASSWORD = "load", "s3cret"
_NAME = "load"
_USES = 500
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^",\s]+))')


def _hash(*parts: str) -> str:
    return sha256(":".join(parts).encode()).hexdigest()


class Realm:
    """Judges credentials."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[str, set[str]] = {}
        self.replays = 0

    def judge(self, method: str, target: str, authorization: str) -> str | None:
        """Give the challenge for a request, or None if it may pass."""
        given = {name: quoted or bare for name, quoted, bare in _FIELD.findall(authorization)}
        right = bool(given) and given.get("response") == self._response(method, target, given)
        with self._lock:
            seen = self._seen.get(given["nonce"]) if right else None
            if seen is not None and len(seen) < _USES:
                if given["nc"] not in seen:
                    seen.add(given["nc"])
                    return None
                self.replays += 1
            nonce = secrets.token_hex(16)
            self._seen[nonce] = set()
        stale = "true" if right else "false"
        return f'Digest realm="{_NAME}", nonce="{nonce}", qop="auth", algorithm=SHA-256, stale={stale}'

    @staticmethod
    def _response(method: str, target: str, given: dict[str, str]) -> str:
        user = _hash(USER, _NAME, PASSWORD)
        rest = [given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
        return _hash(user, *rest, _hash(method, target))
