"""B2: the kit's rows on each of our own backends, and that none of their declarations is out of date."""

from __future__ import annotations

from basestream.testing.pytest_rows import conformance_test
from drivers import DRIVERS

test_our_backends_conform = conformance_test(*DRIVERS)
