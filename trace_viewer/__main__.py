"""The entry point of `python -m trace_viewer`."""

from __future__ import annotations

import sys

from trace_viewer.cli import main

sys.exit(main())
