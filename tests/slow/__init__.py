"""The long runs over generated URLs: ``nox -s slow``, or ``PYTHONPATH=tests python -m slow``.

Nothing here is collected by an ordinary run of pytest. Each trial judges many cases (a base and a text), in
one process a CPU; a seed gives the same cases again. What breaks a rule is shortened and shown, and the exit
status is 1.
"""

from __future__ import annotations
