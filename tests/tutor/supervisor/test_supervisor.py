"""The supervisor's process and the client that starts, finds and stops it."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from tests.tutor.supervisor.tiny_service import eventually, tiny_service
from tutor import cli, http
from tutor.errors import Exit, NotReadyError
from tutor.paths import state_file
from tutor.ports import answers
from tutor.start_stack import start_stack
from tutor.supervisor import client, plan, state
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


@pytest.fixture
def orphan(data, monkeypatch):
    """A service that goes on after its supervisor was killed; the commands know no other stack."""
    for name in ("WEB_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MINE_DIR", str(data / "mine"))
    service = tiny_service("web")
    killed = start(service)
    os.kill(killed.supervisor.pid, signal.SIGKILL)
    eventually(lambda: not killed.is_alive)
    return service


STILL_RUNS = "The supervisor is gone; these still run: web. `./workshop down` stops them."


def test_status_finds_what_a_killed_supervisor_has_left(orphan, capsys):
    assert cli.main(["status"]) == Exit.NOT_READY
    printed = capsys.readouterr().out
    assert STILL_RUNS in printed
    assert "not running" not in printed
    assert re.search(rf"web +running +\d+ +\d+ MB +{orphan.url}", printed)


def test_down_stops_exactly_that(orphan, capsys):
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        assert cli.main(["down"]) == Exit.GOOD
        assert "stopped what it had left running: web." in capsys.readouterr().out
        assert not answers(orphan.port)
        assert not state_file().exists()
        assert other.poll() is None
        assert cli.main(["down"]) == Exit.GOOD
        assert "Nothing is running." in capsys.readouterr().out
    finally:
        other.kill()
        other.wait()


def test_get_uses_it_and_says_so(orphan, capsys):
    assert cli.main(["get", "/ping"]) == Exit.GOOD
    printed = capsys.readouterr()
    assert f"GET {orphan.url}/ping" in printed.out
    assert f"Note: {STILL_RUNS}" in printed.err


def test_what_does_not_answer_any_more_is_not_the_stacks_fault_alone(orphan, capsys):
    assert cli.main(["open"]) == Exit.NOT_READY  # it has no UI
    assert STILL_RUNS in capsys.readouterr().err


def test_a_new_stack_stops_it_first_and_says_so(orphan, monkeypatch, capsys):
    monkeypatch.setattr(plan, "members", lambda load: [])
    fresh = dataclasses.replace(tiny_service("web"), port=orphan.port, command=orphan.command)
    monkeypatch.setattr(plan, "services", lambda ports, app, **more: [fresh])
    running = start_stack({}, load=False)
    assert "stopping what it had left running: web" in capsys.readouterr().out
    assert running.url("web") == orphan.url
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


def test_a_full_disk_does_not_end_it(data):
    """Neither its words nor its state can be written: what crashes is restarted all the same."""
    service = tiny_service("web")
    options = msgspec.json.encode(client.StartOptions([service])).decode()
    with (
        open("/dev/full", "w") as full,
        subprocess.Popen(
            [sys.executable, "-m", "tutor.supervisor", options], stdout=full, stderr=full
        ) as supervisor,
    ):
        eventually(lambda: answers(service.port) and client.current())
        eventually(lambda: getattr(client.current(), "phase", "") == "running")
        state_file().with_suffix(".new").mkdir()
        with pytest.raises(NotReadyError):
            http.get(f"{service.url}/crash")
        eventually(lambda: answers(service.port))
        supervisor.terminate()
    assert supervisor.returncode == 0
    assert not answers(service.port)
    assert not state_file().exists()


def test_logs_are_in_the_data_folder(data: Path):
    client.stop(start(tiny_service("web")))
    assert "hello from" in (data / "logs" / "web.log").read_text()
