"""Show the traces of an app of your own.

Starts the collector and the page only: no app, no Redis, no course. It is what `trace-viewer` is
where the viewer was installed on its own; ./workshop viewer --help has its options.

examples:
  ./workshop viewer
  ./workshop viewer --memory           keep nothing once it ends
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from tutor.paths import ROOT

TAKES_ANYTHING = True


def run(arguments: Namespace) -> int:
    os.environ["TRACE_VIEWER_COMMAND"] = "./workshop viewer"
    command = [sys.executable, "-m", "trace_viewer", *arguments.rest]
    os.environ["PYTHONPATH"] = str(ROOT)
    os.execv(sys.executable, command)  # noqa: S606 (no shell is the point)
