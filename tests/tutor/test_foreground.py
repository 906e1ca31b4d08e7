"""The commands that run other programs: tests and benchmarks."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.servers import ROOT
from tutor import cli, foreground
from tutor.commands import bench


@pytest.mark.parametrize(
    ("pytest_code", "code"), [(0, 0), (1, 1), (2, 130), (3, 2), (4, 2), (5, 2)]
)
def test_exit_codes_of_pytest_become_ours(pytest_code, code, monkeypatch):
    monkeypatch.setattr(foreground, "run", lambda command: pytest_code)
    assert cli.main(["test"]) == code


def test_arguments_are_passed_on(monkeypatch):
    ran = []
    monkeypatch.setattr(foreground, "run", lambda command: ran.append(command) or 0)
    cli.main(["test", "tests/tutor", "-x", "-k", "a or b"])
    cli.main(["bench", "span", "--quick"])
    assert ran == [
        [sys.executable, "-m", "pytest", "tests/tutor", "-x", "-k", "a or b"],
        [sys.executable, "-m", "bench.span", "--quick"],
    ]


def test_all_benchmarks_are_run_and_one_failure_counts(monkeypatch, capsys):
    codes = iter([1, 0, 0, 0, 0, 0])
    monkeypatch.setattr(bench, "benchmarks", lambda: ["ingest", "span"])
    monkeypatch.setattr(foreground, "run", lambda command: next(codes))
    assert cli.main(["bench"]) == 1
    assert "── ingest" in capsys.readouterr().out


def test_an_unknown_benchmark(capsys):
    assert cli.main(["bench", "beer"]) == 2
    assert "span" in capsys.readouterr().err


def test_ctrl_c_is_the_programs_to_handle():
    """It gets the signal and ends in its own way; we pass its exit code on."""
    inner = "import time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: exit(42)"
    outer = f"""
import sys, threading, os, signal, time
from tutor import foreground
threading.Timer(1, os.killpg, (0, signal.SIGINT)).start()
sys.exit(foreground.run([sys.executable, "-c", {inner!r}]))
"""
    done = subprocess.run([sys.executable, "-c", outer], cwd=ROOT, start_new_session=True)
    assert done.returncode == 42


def test_a_sigterm_ends_the_program_as_well():
    """As Ctrl-C does, so that it can clean up; it is not left behind."""
    inner = "import time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: print('cleaned up')"
    outer = f"""
import sys, threading, os, signal
from tutor import foreground
from tutor.interrupts import interruptible
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
with interruptible():
    foreground.run([sys.executable, "-c", {inner!r}])
"""
    done = subprocess.run(
        [sys.executable, "-c", outer], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.stdout == "cleaned up\n"
    assert done.returncode != 0


def test_ctrl_c_is_ours_again_afterwards():
    before = signal.getsignal(signal.SIGINT)
    assert foreground.run([sys.executable, "-c", "exit(3)"]) == 3
    assert signal.getsignal(signal.SIGINT) is before
