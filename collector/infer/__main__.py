"""The entry point of `python -m collector.infer`."""

from __future__ import annotations

import sys

from collector.infer.command import main

if __name__ == "__main__":
    sys.exit(main())
