"""Forking in tests, so that a child that hangs fails the test and not the whole run."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable


def in_child(work: Callable[[], object], timeout: float = 30) -> str:
    """Run `work` in a forked child and return its result as text.

    Fails if the child raises, or has not ended after `timeout` seconds.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    deadline = time.monotonic() + timeout
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise AssertionError("the child hangs")
        time.sleep(0.01)
    with os.fdopen(reader) as pipe:
        return pipe.read()
