"""Show the traces of an app of your own.

Starts the collector and the page only: no app, no Redis, no course. It is what `trace-viewer` is
where the viewer was installed on its own, and `trace_viewer/cli.py` has its help.
"""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace

from tutor.errors import Exit
from tutor.paths import ROOT

TAKES_ANYTHING = True


def run(arguments: Namespace) -> int:
    os.environ |= {"TRACE_VIEWER_COMMAND": "./workshop viewer", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "trace_viewer", *arguments.rest]
    if {"-h", "--help"} & set(arguments.rest):
        print(subprocess.run(command, capture_output=True, text=True, check=True).stdout, end="")
        return Exit.GOOD
    os.execv(sys.executable, command)  # noqa: S606 (no shell is the point)
