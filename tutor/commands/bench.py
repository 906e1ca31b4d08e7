"""Run the benchmarks, or one of them. What they printed on one machine is in docs/performance.md.

examples:
  ./workshop bench
  ./workshop bench span                what one span costs the app that is traced
"""

from __future__ import annotations

import sys
from argparse import Namespace

from tutor import program
from tutor.errors import Exit, UsageError
from tutor.paths import ROOT

TAKES_ANYTHING = True


def run(arguments: Namespace) -> int:
    names = benchmarks()
    if "--help" in arguments.rest[:1]:
        print(__doc__)
        print(f"benchmarks: {', '.join(names)}")
        return Exit.GOOD
    if arguments.rest and arguments.rest[0] not in names:
        raise UsageError(f"there is no benchmark {arguments.rest[0]!r}. Known: {', '.join(names)}")
    chosen, options = (arguments.rest[:1], arguments.rest[1:]) if arguments.rest else (names, [])
    codes = []
    for name in chosen:
        if len(chosen) > 1:
            print(f"── {name}", flush=True)
        codes.append(program.run([sys.executable, "-m", f"bench.{name}", *options]))
    return Exit.CHECK_FAILED if any(codes) else Exit.GOOD


def benchmarks() -> list[str]:
    """The programs in `bench/`: its modules that can be run."""
    modules = sorted((ROOT / "bench").glob("*.py"))
    return [path.stem for path in modules if "__main__" in path.read_text()]
