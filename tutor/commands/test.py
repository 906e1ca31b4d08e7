"""Run the tests with pytest.

All arguments are passed to pytest. Without any, all tests run, in several processes.

examples:
  ./workshop test
  ./workshop test tests/tracer -x
  ./workshop test -k propagation
"""

from __future__ import annotations

import sys
from argparse import Namespace

from tutor import foreground
from tutor.errors import Exit

TAKES_ANYTHING = True

EXIT_CODES = {0: Exit.GOOD, 1: Exit.CHECK_FAILED, 2: Exit.INTERRUPTED}
"""pytest's exit codes as ours; any other one means a mistake in the arguments, or no tests."""

PARALLEL = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
"""pytest-xdist's options: more processes than a small machine has processors, because tests of
servers mostly wait."""


def run(arguments: Namespace) -> int:
    if arguments.rest == ["--help"]:
        print(__doc__)
        return Exit.GOOD
    code = foreground.run([sys.executable, "-m", "pytest", *(arguments.rest or PARALLEL)])
    return EXIT_CODES.get(code, Exit.USAGE)
