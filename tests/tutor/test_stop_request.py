"""A request to stop that a signal handler makes, at any moment."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests.servers import ROOT
from tutor.stop_request import StopRequest

ROUNDS = """
import signal
from tutor.stop_request import StopRequest
for _ in range(2000):
    stop = StopRequest()
    signal.signal(signal.SIGALRM, lambda *_: stop.set())
    signal.setitimer(signal.ITIMER_REAL, 0.0002)
    while not stop.wait(0.00001):
        pass
print("all of them came through")
"""


def test_it_is_waited_for():
    stop = StopRequest()
    assert not stop.wait(0.01)
    signal.signal(signal.SIGALRM, lambda *_: stop.set())
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        assert stop.wait(30)
        assert stop.is_set()
        assert stop.wait(30), "and does not end"
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def test_a_signal_in_the_middle_of_waiting_for_it():
    """With `threading.Event` in its place, this hangs within a few hundred rounds."""
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "all of them came through\n", done.stderr
