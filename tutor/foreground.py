"""Running another program, such as pytest, in the foreground of a command."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from tutor.interrupts import uninterrupted
from tutor.paths import ROOT

END_TIMEOUT_S = 20.0
"""How long the program may take to end when the command is told to, before it is killed."""


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Run `command` in the repository's root and return its exit code.

    `env` is added to the environment. Ctrl-C is left to the program: it may have a summary to
    print, or tests to clean up. Where something else interrupts this command (a SIGTERM), the
    program gets the Ctrl-C from here.
    """
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = None
    try:
        with uninterrupted():
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                preexec_fn=_obey_ctrl_c,
            )
        return process.wait()
    except KeyboardInterrupt:
        if process:
            _end(process)
        raise
    finally:
        signal.signal(signal.SIGINT, handler)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _obey_ctrl_c() -> None:
    """Undo, in the new process, that the parent ignores Ctrl-C (which programs inherit)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
