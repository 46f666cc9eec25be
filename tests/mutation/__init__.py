"""The score of the tests against mutants of the code: ``nox -s mutants``."""
