"""Ctrl-C, SIGTERM and a closed terminal at several moments: nothing goes on, nothing is left."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import ROOT
from tutor.ports import answers, any_free
from tutor.supervisor import client, state
from tutor.supervisor.process import stop_all

STARTING = (0.0, 0.1, 0.25, 0.4, 1.5)
"""Seconds after the beginning; on a slow machine they are earlier moments of the same start, on a
quick one it has ended before the last."""


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    yield tmp_path
    if left := state.read(tmp_path / "stack.json"):
        stop_all([left.supervisor, *left.leftovers()], timeout_s=10)


def begin(*command: str, port: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tutor.tiny_stack", str(port), *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def wait_until_nothing_is_left(data: Path, port: int) -> None:
    """Wait until no supervisor is left (it holds the lock), and no server and no state either."""
    with open(data / "stack.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    assert not answers(port)
    assert not (data / "stack.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("command", ["up", "demo"])
def test_while_it_starts(command, number, data):
    for moment in STARTING:
        port = any_free()
        process = begin(command, port=port)
        time.sleep(moment)
        process.send_signal(number)
        printed, _ = process.communicate(timeout=30)
        assert "Traceback" not in printed
        assert process.returncode in (0, 130, -number), printed  # -number: it was at its end
        if command == "up" and (running := client.current()):  # it was quicker
            assert running.phase == "running"
            client.stop(running)
        wait_until_nothing_is_left(data, port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_it_stops(number, data):
    """What was asked to stop does so, whoever is there to see it."""
    port = any_free()
    with begin("up", port=port) as process:
        assert process.wait(30) == 0
    running = client.current()
    assert running
    process = begin("down", port=port)
    process.send_signal(number)
    printed, _ = process.communicate(timeout=30)
    assert "Traceback" not in printed
    if client.current():  # the signal came first
        assert process.returncode == 130
        client.stop(running)
    wait_until_nothing_is_left(data, port)


def test_a_stack_that_is_just_stopping_is_waited_for(data):
    port = any_free()
    with begin("up", port=port) as process:
        assert process.wait(30) == 0
    running = client.current()
    assert running
    os.kill(running.supervisor.pid, signal.SIGTERM)
    process = begin("up", port=port)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 0, printed
    assert answers(port)
    client.stop(client.current() or running)
    wait_until_nothing_is_left(data, port)
