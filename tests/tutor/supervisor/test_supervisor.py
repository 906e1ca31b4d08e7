"""The supervisor's process and the client that starts, finds and stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.tutor.supervisor.tiny_service import eventually, tiny_service
from tutor import http
from tutor.errors import NotReadyError
from tutor.paths import state_file
from tutor.supervisor import client, state
from tutor.supervisor.process import ProcessId, stop_all
from tutor.supervisor.service import Service
from tutor.supervisor.state import StackState


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """A data folder of the test's own, in which nothing is left running."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    yield tmp_path
    left = state.read(state_file())
    if left:
        stop_all([left.supervisor], timeout_s=10)
        stop_all(left.leftovers(), timeout_s=5)


def start(*services: Service, owner: ProcessId | None = None) -> StackState:
    return client.start(services, owner, lambda _: None)


def test_it_runs_in_the_background_until_it_is_stopped():
    service = tiny_service("web")
    running = start(service)
    assert running.phase == "running"
    assert running.url("web") == service.url
    assert client.current() == running
    client.stop(running)
    assert client.current() is None
    assert running.leftovers() == []
    assert not state_file().exists()


def test_progress_is_reported():
    lines: list[str] = []
    client.stop(client.start([tiny_service("web", "--slow", "0.3")], None, lines.append))
    assert "Starting: 0 of 1 ready, waiting for web …" in lines


def test_a_failed_start_says_why():
    with pytest.raises(NotReadyError, match=r"bad ended with exit code 1(?s:.*)I refuse"):
        start(tiny_service("bad", "--refuse"))
    assert client.current() is None
    failed = client.failure()
    assert failed is not None
    assert "I refuse" in failed.problem


def test_there_is_one_at_a_time():
    running = start(tiny_service("web"))
    with pytest.raises(NotReadyError, match="Another stack is running"):
        start(tiny_service("web"))
    assert client.current() == running


def test_it_ends_with_its_owner():
    owner = subprocess.Popen(["sleep", "60"])
    running = start(tiny_service("web"), owner=ProcessId.of(owner.pid))
    owner.kill()
    owner.wait()
    eventually(lambda: not running.is_alive)
    assert running.leftovers() == []
    assert not state_file().exists()


def test_what_a_killed_supervisor_left_is_cleared_by_the_next():
    orphan = tiny_service("web")
    killed = start(orphan)
    os.kill(killed.supervisor.pid, signal.SIGKILL)
    eventually(lambda: not killed.is_alive)
    assert http.get(f"{orphan.url}/ping").status == 200
    running = start(tiny_service("web"))
    assert killed.leftovers() == []
    with pytest.raises(NotReadyError):
        http.get(f"{orphan.url}/ping")
    client.stop(running)


def test_a_process_that_has_the_number_of_one_of_ours_is_left_alone(data):
    """A state file from before a reboot: its numbers belong to others by now."""
    innocent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        before = ProcessId(innocent.pid, "another boot:123")
        old = StackState(
            before, 0, "running", [state.ProcessState("web", "running", "", "", before)]
        )
        state.write_if_changed(state_file(), old, None)
        assert client.current() is None
        running = start(tiny_service("web"))
        client.stop(running)
        assert innocent.poll() is None
    finally:
        innocent.communicate(b"\n", timeout=10)


def test_a_state_file_full_of_garbage_is_none(data):
    state_file().write_bytes(b"\xff{]")
    assert client.current() is None
    client.stop(start(tiny_service("web")))


def test_ctrl_c_while_it_starts_leaves_nothing():
    def press_ctrl_c(_: str) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        client.start(
            [tiny_service("web"), tiny_service("slow", "--slow", "30")], None, press_ctrl_c
        )
    assert client.current() is None
    assert not state_file().exists()


def test_it_ends_on_sigterm_while_it_starts():
    threading.Thread(target=_terminate).start()
    with pytest.raises(NotReadyError):
        start(tiny_service("slow", "--slow", "30"))
    assert not state_file().exists()


def _terminate() -> None:
    running = eventually(client.current)
    assert isinstance(running, StackState)
    running.supervisor.signal(signal.SIGTERM)


def test_logs_are_in_the_data_folder(data: Path):
    client.stop(start(tiny_service("web")))
    assert "hello from" in (data / "logs" / "web.log").read_text()
