"""What every session is beside its client: a base, a reach, and credentials that stay at home.

Rule 1: a decision is made here or below, over plain values; an adapter only carries it out with its client's
        public hooks.
Rule 2: nothing here needs ``__init__`` to have run: people set ``base_url`` before it, and unpickling skips it.
Rule 3: this module knows no client. What is the client's own comes from the three hooks of `SessionRules`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

from ._aborts import Abort, checked_abort
from ._errors import InvalidURL, redacted
from ._origins import (
    CredentialPolicy,
    Reach,
    SendCredentials,
    check_reach,
    checked_reach,
    is_plain,
    origin_of,
)
from ._rfc3986 import shown
from ._streams import SizedStream
from ._urls import BaseURL, check_reach_has_base, join, parse_base, url_text


class _Base:
    """A base as the user gave it, parsed, and as the client writes it."""

    __slots__ = ("canonical", "given", "is_plain", "parsed", "prefix")

    def __init__(self, given: object, parsed: BaseURL | None) -> None:
        self.given = given
        self.parsed = parsed
        self.prefix = None if parsed is None else parsed.root + "/"
        # requests quotes every "%" again, those of the host too, where one of them is broken.
        self.is_plain = parsed is not None and "%" not in parsed.root
        self.canonical: str | None = None


def _parts_of(parts: Any) -> Iterator[object]:
    """Give the data of a form's parts: what stands behind a name, alone or in a tuple after a file name."""
    pair: Any
    for pair in list[Any](parts.items() if hasattr(parts, "items") else parts):
        value: Any = pair[1] if hasattr(pair, "__len__") and len(pair) == 2 else None
        yield value[1] if _is_tuple(value) and len(value) > 1 else value


def _is_tuple(value: object) -> bool:
    return isinstance(value, tuple)


class SessionRules:
    """The part of a session that is the same on every client; adapters inherit from it and from their client.

    An adapter sets ``base_url`` (a plain attribute, or a property where its client has one), fills the three
    hooks `client_errors`, `client_text` and `client_form`, and calls `set_rules` from its ``__init__``.
    """

    reach: Reach = "any"
    """What a caller's reference may name (P1)."""
    send_credentials: SendCredentials = "same-origin"
    """Where the session's own credentials may go (P2)."""
    credential_headers: Collection[str] = ()
    """Headers that are credentials, besides Authorization, Cookie and Proxy-Authorization (P2)."""

    abort: Abort = "reset"
    """How a connection ends when an upload over plain HTTP is cut short, ``"reset"`` or ``"close"`` (W4)."""

    client_errors: ClassVar[Mapping[type[InvalidURL], type[InvalidURL]]] = {}
    """The adapter's own class for each error, which is also its client's."""

    _base_seen: _Base = _Base(None, None)
    _policy_seen: tuple[object, object, CredentialPolicy] | None = None

    def client_text(self, url: object) -> object:
        """Give the text of the client's own URL classes, and anything else as it is (U14)."""
        return url

    def client_form(self, url: str) -> str:
        """Write an absolute URL as the client will send it; raise whatever the client raises (P3)."""
        return url

    def client_error(self, error: InvalidURL) -> InvalidURL:
        """Give the error as the adapter's own, which ``except`` clauses for the client catch (U16)."""
        kind = self.client_errors.get(type(error))
        return error if kind is None else kind(str(error), url=error.url, base_url=error.base_url)

    def set_rules(
        self,
        base_url: object,
        reach: Reach | None,
        send_credentials: SendCredentials | None,
        credential_headers: Collection[str] | None,
        abort: Abort | None = None,
    ) -> None:
        """Take a session's own arguments; what is not given stays as the class has it (U21).

        Raises:
            InvalidURL: The base cannot be used.
            ValueError: ``reach`` or ``abort`` is none, or there is no base for ``reach``.
        """
        if base_url is not None and base_url != "":
            self.base_url: Any = base_url
        else:
            self._checked_base(getattr(self, "base_url", None))  # that of the class has not been seen yet
        given = {
            "reach": reach,
            "abort": abort,
            "credential_headers": credential_headers,
            "send_credentials": send_credentials,
        }
        for name, value in given.items():
            setattr(self, name, getattr(self, name) if value is None else value)
        check_reach_has_base(self.reach, self._base().parsed)

    def __setattr__(self, name: str, value: object) -> None:
        if name == "base_url":
            value = self._checked_base(value)
        elif name == "reach":
            checked_reach(value)
        elif name == "abort":
            checked_abort(value)
        super().__setattr__(name, value)
        if name in ("send_credentials", "credential_headers"):
            self.credential_policy()  # says at once what is wrong with them

    def create_url(self, url: str) -> str:
        """Join a reference to the session's base; called exactly once for each request. Override it to differ.

        Args:
            url: What the caller passed, as a ``str``.

        Returns:
            An absolute URL.

        Raises:
            InvalidURL: It cannot be used.
            MissingBaseURL: It is relative, and the session has no base.
            OutOfReachURL: The session's ``reach`` forbids it.
        """
        base = self._base().parsed
        try:
            if self.reach != "any":
                return self._join_within_reach(base, url)
            return join(base, url) if base is None else base.join(url)
        except InvalidURL as error:
            raise self.client_error(error) from None

    def _join_within_reach(self, base: BaseURL | None, url: str) -> str:
        check_reach_has_base(self.reach, base)
        joined = join(base, url)
        home = self.client_form(cast("BaseURL", base).url)  # checked two lines above
        check_reach(self.reach, base_url=home, url=self.client_form(joined), ref=url)
        return joined

    def joined_url(self, url: object) -> str:
        """Give the absolute URL for what a caller passed as one, through `create_url` (U14, U20).

        Raises:
            InvalidURL: It cannot be used.
            TypeError: It is no URL (U15).
        """
        if type(url) is not str:
            try:
                url = url_text(self.client_text(url))
            except InvalidURL as error:
                raise self.client_error(error) from None
        joined: object = self.create_url(url)
        return joined if type(joined) is str else url_text(self.client_text(joined))

    def credential_policy(self) -> CredentialPolicy:
        """Give the session's policy for its credentials (P2)."""
        seen = self._policy_seen
        if seen is None or seen[0] is not self.send_credentials or seen[1] is not self.credential_headers:
            trusted = self.send_credentials
            if not isinstance(trusted, str):
                trusted = [self.written_form(origin) for origin in trusted]
            policy = CredentialPolicy(trusted, self.credential_headers)
            seen = self._policy_seen = (self.send_credentials, self.credential_headers, policy)
        return seen[2]

    def is_home(self, url: str) -> bool:
        """Tell whether the session's own credentials may go to an absolute URL (P2)."""
        base = self._base()
        if base.prefix is None or (base.is_plain and url.startswith(base.prefix)):
            return True
        policy = self.credential_policy()
        return policy.include or (
            self._is_clear(base, url) and policy.is_home(self._canonical(base), self.written_form(url))
        )

    def _is_clear(self, base: _Base, url: str) -> bool:
        """Tell whether every client reads the same from a URL as it stands (P3), or as it does from the base."""
        given = origin_of(url)
        if given is None or is_plain(given):
            return given is not None
        return base.parsed is not None and given in map(
            origin_of, (base.parsed.url, self._canonical(base) or "")
        )

    def strips(self, previous: str, url: str) -> bool:
        """Tell whether a redirect between two URLs, as the client writes them, loses credentials (P2)."""
        base = self._base()
        return base.parsed is not None and self.credential_policy().strips(
            self._canonical(base), previous, url
        )

    def note_withheld(self, url: str, names: Iterable[str]) -> None:
        """Log what was withheld: once for each origin as a warning, later for debugging; names only (P3)."""
        from logging import DEBUG, WARNING, getLogger

        names = sorted(names)
        if names:
            origin = str(origin_of(url) or "a URL whose origin is not clear")  # its path may be a secret
            noted: set[str] = self.__dict__.setdefault("_withheld_from", set())
            level = DEBUG if origin in noted else WARNING
            noted.add(origin)
            getLogger("basestream").log(
                level,
                "%s: not sent to %s, which is not the session's origin: %s "
                "(send_credentials= names the origins that may have them)",
                type(self).__name__,
                origin,
                ", ".join(names),
            )

    def check_parts(self, parts: Any, *, readable: bool = True) -> None:
        """Refuse a stream as a part of a multipart form where the client could not read it.

        Args:
            parts: What the client takes as the parts of a form: a mapping or pairs, values bare or in tuples.
            readable: Whether the client reads a part that has ``read``.

        Raises:
            TypeError: There is such a stream.
        """
        if not hasattr(parts, "__len__"):
            return  # an iterator could not be looked at and sent too
        for part in _parts_of(parts):
            if not isinstance(part, SizedStream) or (readable and hasattr(part, "read")):
                continue
            advice = "a StreamingIterator, which has read()" if readable else "its bytes, stream.read()"
            raise TypeError(
                f"a {type(part).__name__} cannot be a part of a multipart form here: pass {advice}"
            )

    def __repr__(self) -> str:
        base = self._base().parsed
        package = type(self).__module__.partition(".")[0]
        return f"<{package}.{type(self).__name__} {redacted(base.url) if base else 'without a base'}>"

    def _checked_base(self, given: object) -> object:
        text = self.client_text(given)
        try:
            base = parse_base(text)
            if base is not None:
                self._check_readable(base.url)
        except InvalidURL as error:
            raise self.client_error(error) from None
        return None if text is None else url_text(text)

    def _check_readable(self, url: str) -> None:
        try:
            self.client_form(url)
        except Exception as error:
            secret = redacted(url) != url  # the client's own words may quote it
            reason = type(error).__name__ if secret else str(error)
            message = f"base URL {shown(url)}: the client cannot read it: {reason}"
            raise InvalidURL(message, url=url, base_url=url) from None

    def _base(self) -> _Base:
        given: object = getattr(self, "base_url", None)
        seen = self._base_seen
        if seen.given is not given:
            try:
                seen = self._base_seen = _Base(given, parse_base(self.client_text(given)))
            except InvalidURL as error:
                raise self.client_error(error) from None
        return seen

    def _canonical(self, base: _Base) -> str | None:
        if base.canonical is None and base.parsed is not None:
            base.canonical = self.written_form(base.parsed.url)
        return base.canonical

    def written_form(self, url: str) -> str:
        """Write an absolute URL as the client will send it, or as it stands where the client cannot read it."""
        try:
            return self.client_form(url)
        except Exception:  # the client cannot read it: nothing is proven, and the client says so itself
            return url
