"""Running another program in the foreground, as part of a command."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from tutor.paths import ROOT


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Run `command` from the repository's root, `env` added to the environment; its exit code.

    A Ctrl-C is the program's to handle: it may have a summary to print, or tests to clean up.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            preexec_fn=_listen_to_ctrl_c,
        ).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def _listen_to_ctrl_c() -> None:
    """Undo, in the new process, that the parent ignores Ctrl-C (programs inherit that)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
