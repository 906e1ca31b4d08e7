"""`python -m tutor`: the program behind `./workshop`."""

from __future__ import annotations

import sys

try:
    from tutor.cli import main

    sys.exit(main(sys.argv[1:]))
except KeyboardInterrupt:  # before `main` could see to it
    sys.exit(130)
