"""Little services for the supervisor to run, and patience to watch it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tutor.ports import any_free
from tutor.supervisor.service import Service

SERVER = str(Path(__file__).with_name("little_server.py"))


def little(name: str, *options: str, needs: tuple[str, ...] = ()) -> Service:
    """A service made of `little_server.py`, on a free port."""
    port = any_free()
    return Service(name, (sys.executable, SERVER, "--port", str(port), *options), port, needs=needs)


def eventually(true: Callable[[], object], patience: float = 15) -> object:
    """What `true` returns once that is something true."""
    deadline = time.monotonic() + patience
    while not (seen := true()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)
    return seen
