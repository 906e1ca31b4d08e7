"""`python -m tutor`: the program behind `./workshop`."""

from __future__ import annotations

import sys

from tutor.cli import main

sys.exit(main(sys.argv[1:]))
