"""The soak of the tail in small: killed in the middle, nothing is lost and no trace is half."""

from __future__ import annotations

import subprocess
import sys

from tests.servers import ROOT


def test_a_killed_tail_loses_and_halves_nothing() -> None:
    command = [sys.executable, "-m", "bench.tail_crashes", "--traces", "2000", "--kills", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept, whole" in done.stdout
