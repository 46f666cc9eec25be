"""``python -m mutation [--every N] [MODULE ...]``: mutate modules, run the tests of each on its mutants, and judge.

What survives and may is listed in survivors.txt with a reason; the score is that of all others, and below 95 %
the exit status is 1.
"""

from __future__ import annotations

import argparse
import sys

from . import mutants, survivors
from .results import Module, judged

# The tests that have to kill what is made of a module; those without a folder are the core's.
TESTS = {
    "_blocks": ["test_blocks.py", "test_uploads.py", "test_memory.py"],
    "_passes": ["test_uploads.py", "test_streams.py", "test_sources.py"],
    "_origins": ["test_origins.py"],
    "_urls": ["test_urls.py", "test_urls_properties.py", "test_sessions.py"],
    "_rfc3986": ["test_rfc3986.py", "test_urls.py"],
    "_challenges": ["test_challenges.py"],
    "_auth": ["test_auth.py"],
    "_digest": ["test_digest.py", "test_auth.py"],
    "_streams": ["test_streams.py", "test_sources.py", "test_uploads.py"],
    "_sources": ["test_sources.py", "test_uploads.py"],
    "_uploads": ["test_uploads.py"],
    "_sessions": ["test_sessions.py"],
    "_errors": ["test_urls.py", "test_sources.py", "test_uploads.py", "test_streams.py"],
    "_auth_flow": ["test_auth_flow.py"],
    "_readers": ["test_streams.py"],
    "_files": ["test_sources.py", "test_streams.py", "test_uploads.py"],
    "_gathering": ["test_uploads.py", "test_memory.py"],
    "_threads": ["test_uploads.py", "test_sources.py"],
    "_aborts": ["test_aborts.py"],
    "_transports": ["test_uploads.py", "test_streams.py"],
    "_user_agent": ["test_user_agent.py"],
    "backend": ["test_backend.py"],
    "_tables": ["cli/test_tables.py"],
    "_failures": ["cli/test_failures.py"],
    "_options": ["cli/test_options.py"],
    "_progress": ["cli/test_progress.py"],
    "_backends": ["cli/test_backends.py", "cli/test_put_flow.py"],
    "_inputs": ["cli/test_inputs.py", "cli/test_put_flow.py"],
    "_parser": ["cli/test_help.py"],
    "_tar": ["cli/test_tar.py"],
    "_cli": ["cli/test_commands.py", "cli/test_frame.py"],
    "_put": ["cli/test_put_flow.py"],
    "_demo": ["cli/test_demo.py"],
}
GOAL = 95.0


def main() -> int:
    """Mutate, and print every survivor that nobody has accepted, then a line a module."""
    parser = argparse.ArgumentParser(
        "python -m mutation", description="The score of the tests against mutants."
    )
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="some, as _urls; by default all of these"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="a sample: every Nth mutant")
    options = parser.parse_args()
    listed = survivors.accepted()
    results: list[Module] = []
    for module in options.modules or TESTS:
        results.append(judged(module, mutants.codes(module, TESTS[module], options.every), listed))
        for mutant in results[-1].survivors:
            print(f"\n{mutant.text()}", flush=True)
    print(table(results))
    return 0 if score(results) >= GOAL else 1


def table(results: list[Module]) -> str:
    """What a run has given, module by module and in all."""
    lines = [
        f"\n{'module':14}{'mutants':>8}{'killed':>8}{'accepted':>9}{'survived':>9}{'score':>8}",
        *(line(module.name, [module]) for module in results),
    ]
    return "\n".join([*lines, line("all", results)])


def line(name: str, results: list[Module]) -> str:
    """A line of the table."""
    counts = [
        sum(module.total for module in results),
        sum(module.killed for module in results),
        sum(module.accepted for module in results),
        sum(len(module.survivors) for module in results),
    ]
    return f"{name:14}{counts[0]:8}{counts[1]:8}{counts[2]:9}{counts[3]:9}{score(results):7.1f}%"


def score(results: list[Module]) -> float:
    """Of a hundred mutants that could be killed, how many were; nothing at all is no success."""
    killed = sum(module.killed for module in results)
    return 100 * killed / max(1, killed + sum(len(module.survivors) for module in results))


if __name__ == "__main__":
    sys.exit(main())
