"""Running another program, such as pytest, in the foreground of a command."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from tutor.paths import ROOT


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Run `command` in the repository's root and return its exit code.

    `env` is added to the environment. Ctrl-C is left to the program: it may have a summary to
    print, or tests to clean up.
    """
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            preexec_fn=_obey_ctrl_c,
        ).returncode
    finally:
        signal.signal(signal.SIGINT, handler)


def _obey_ctrl_c() -> None:
    """Undo, in the new process, that the parent ignores Ctrl-C (which programs inherit)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
