"""What ends a command early, and when it has to wait."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tutor import child_process
from tutor.interrupts import SIGNALS, interruptible, uninterrupted
from tutor.supervisor.process import ProcessId, wait_gone


@pytest.mark.parametrize("number", SIGNALS)
def test_every_way_to_end_a_command_is_like_ctrl_c(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_so(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nohup
    try:
        with interruptible():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_waits_for_the_end_of_the_block(number):
    done = []

    def start() -> None:
        with uninterrupted():
            signal.raise_signal(number)
            done.append("the process is started, and noted")
        done.append("never")

    with pytest.raises(KeyboardInterrupt), interruptible():
        start()
    assert done == ["the process is started, and noted"]


PARENT = """
import subprocess
process = subprocess.Popen(["sleep", "60"])
print(process.pid, flush=True)
process.wait()
"""


def test_a_program_ends_with_the_block_that_started_it():
    with child_process.running([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with process.stdout:
            started = ProcessId.of(int(process.stdout.readline()))
    assert process.returncode == -signal.SIGKILL
    assert wait_gone([started], 10)
