"""How hypothesis is told to draw: a long run, and a short one that draws the same each time."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
"""Of hypothesis, about its own speed: here the clients take the time."""


def long_run(examples: int, steps: int) -> settings:
    """Draw anew, and shorten what is found."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=CHECKS,
        print_blob=False,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],  # explaining would trace every line of the clients
    )


def short_run(examples: int, steps: int) -> settings:
    """Draw the same each time, and do not shorten: a failure here is looked into with a long run."""
    return settings(long_run(examples, steps), derandomize=True, phases=[Phase.generate])
