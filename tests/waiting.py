"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 30.0
"""How long something may take that takes milliseconds, if the machine is busy."""


def wait_until(holds: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait until a condition holds. Raises `AssertionError` if it does not in that time."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, f"it did not happen within {patience_s:.0f} s"
        time.sleep(0.01)
