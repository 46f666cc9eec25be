"""Sessions over broken networks: ``nox -s faults``, or ``PYTHONPATH=tests python -m faults``.

Between a session and the recording server stands a proxy that splits, delays, resets, half-closes and changes
what passes, by a script. Hypothesis draws sequences of requests and scripts, and an oracle judges each exchange by
three witnesses: what the session has sent, what the server has read, and what the caller was told.
"""

from __future__ import annotations
