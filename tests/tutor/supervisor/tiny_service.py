"""Tiny services for the supervisor to run, and a way to wait for what it does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tutor.ports import any_free
from tutor.supervisor.service import Service

SERVER = str(Path(__file__).with_name("tiny_server.py"))


def tiny_service(name: str, *options: str, needs: tuple[str, ...] = ()) -> Service:
    """A service that runs `tiny_server.py` on a free port."""
    port = any_free()
    return Service(name, (sys.executable, SERVER, "--port", str(port), *options), port, needs=needs)


def eventually(condition: Callable[[], object], timeout_s: float = 15) -> object:
    """Wait until `condition` returns something true, and return that."""
    deadline = time.monotonic() + timeout_s
    while not (result := condition()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)
    return result
