"""Run the tests with pytest; all arguments are pytest's.

Without any, all tests run, spread over several processes.

examples:
  ./workshop test
  ./workshop test tests/tracer -x
  ./workshop test -k propagation
"""

from __future__ import annotations

import sys
from argparse import Namespace

from tutor import program
from tutor.errors import Exit

TAKES_ANYTHING = True

EXIT_CODES = {0: Exit.GOOD, 1: Exit.CHECK_FAILED, 2: Exit.INTERRUPTED}
"""pytest's exit codes in ours; any other is a mistake in the arguments (nothing was tested)."""

SPREAD = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
"""More processes than most small machines have processors: tests of servers mostly wait."""


def run(arguments: Namespace) -> int:
    if arguments.rest == ["--help"]:
        print(__doc__)
        return Exit.GOOD
    code = program.run([sys.executable, "-m", "pytest", *(arguments.rest or SPREAD)])
    return EXIT_CODES.get(code, Exit.USAGE)
