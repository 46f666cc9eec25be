"""``python -m slow [--only NAME] [--count N] [--seed SEED] [--processes N]``."""

from __future__ import annotations

import argparse
import secrets
import sys

from . import hops, origins, references, targets
from ._trials import cpus, run

TRIALS = (references.TRIAL, origins.TRIAL, targets.TRIAL, hops.TRIAL)


def main() -> int:
    """Run the trials; 1 if one of them has found something."""
    options = _options()
    wanted = [trial for trial in TRIALS if options.only in (None, trial.name)]
    clean = [run(trial, options.seed, options.count or trial.count, options.processes) for trial in wanted]
    return 0 if all(clean) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m slow", description="Long runs over generated URLs.")
    parser.add_argument("--only", choices=[trial.name for trial in TRIALS], help="one trial")
    parser.add_argument("--count", type=int, metavar="N", help="how many cases of each trial")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="gives the same cases again")
    parser.add_argument("--processes", type=int, default=cpus(), metavar="N", help="one a CPU by default")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
