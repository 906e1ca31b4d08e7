"""Run the benchmarks.

With a name, only that one runs; without, all but the soak test, which takes an hour.
docs/performance.md has the results from one machine.

examples:
  ./workshop bench
  ./workshop bench span                what one span costs the traced app
  ./workshop bench soak --for 15m      whether memory stays as it is while the stack is in use
"""

from __future__ import annotations

import sys
from argparse import Namespace

from tutor import foreground
from tutor.errors import Exit, UsageError
from tutor.paths import ROOT

TAKES_ANYTHING = True
ONLY_BY_NAME = "soak"


def run(arguments: Namespace) -> int:
    names = benchmarks()
    if "--help" in arguments.rest[:1]:
        print(__doc__)
        print(f"benchmarks: {', '.join(names)}")
        return Exit.GOOD
    if arguments.rest and arguments.rest[0] not in names:
        raise UsageError(
            f"there is no benchmark {arguments.rest[0]!r}. Benchmarks: {', '.join(names)}"
        )
    usual = [name for name in names if name != ONLY_BY_NAME]
    chosen, options = (arguments.rest[:1], arguments.rest[1:]) if arguments.rest else (usual, [])
    codes = []
    for name in chosen:
        if len(chosen) > 1:
            print(f"── {name}", flush=True)
        codes.append(foreground.run([sys.executable, "-m", f"bench.{name}", *options]))
    return Exit.CHECK_FAILED if any(codes) else Exit.GOOD


def benchmarks() -> list[str]:
    """Return the names of the modules in `bench/` that can be run."""
    modules = sorted((ROOT / "bench").glob("*.py"))
    return [path.stem for path in modules if "__main__" in path.read_text()]
