"""All rows of the kit."""

from __future__ import annotations

from functools import cache

from . import (
    _rows_auth,
    _rows_bodies,
    _rows_credentials,
    _rows_reach,
    _rows_sessions,
    _rows_urls,
    _rows_wrong_bodies,
)
from ._scenarios import Scenario


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Give all rows: URLs, policy, sessions, bodies, challenges.

    Example:
        >>> {scenario.rule for scenario in scenarios()} >= {"U1", "S3", "W4"}
        True
    """
    parts = (
        _rows_urls,
        _rows_reach,
        _rows_credentials,
        _rows_sessions,
        _rows_bodies,
        _rows_wrong_bodies,
        _rows_auth,
    )
    rows = [row for part in parts for row in part.rows()]
    names = [row.id for row in rows]
    assert len(names) == len(set(names)), "an identifier stands for one row"
    return tuple(rows)
