"""A program that runs no longer than the block of code that started it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from tutor.interrupts import uninterrupted


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` for the `with` block, with `options` of `subprocess.Popen`.

    At the end of the block, however it ends, what is left of the program is killed, and what it has
    started as well. It gets no Ctrl-C of its own from the terminal. Raises `OSError` if it can't be
    run.
    """
    with ExitStack() as end:
        with uninterrupted():
            process = subprocess.Popen(command, start_new_session=True, **options)
            end.callback(kill, process)
        yield process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill `process`, which leads a group of its own, and its group; wait until it has ended."""
    kill_group(process.pid)
    process.wait()


def kill_group(pid: int) -> None:
    """Kill the group of processes that `pid` leads or has led, if any of it is left.

    The system gives the number to nobody else while one of the group lives.
    """
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses where all are zombies
        os.killpg(pid, signal.SIGKILL)
