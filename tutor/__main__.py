"""`python -m tutor`: the program behind `./workshop`."""

from __future__ import annotations

import signal
import sys

try:
    from tutor.cli import main

    code = main(sys.argv[1:])
except KeyboardInterrupt:  # before or after all that `main` sees to
    code = 130
signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is to end
sys.exit(code)
