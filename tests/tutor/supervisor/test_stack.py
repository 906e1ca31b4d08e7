"""The supervisor's stack, with real processes."""

from __future__ import annotations

import dataclasses
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.tutor.supervisor.tiny_service import eventually, tiny_service
from tutor import http
from tutor.errors import NotReadyError
from tutor.ports import answers, any_free
from tutor.stop_request import StopRequest
from tutor.supervisor import child, pings, stack, state
from tutor.supervisor.process import ProcessId, wait_gone
from tutor.supervisor.service import Service
from tutor.supervisor.stack import Stack


class Running:
    """A stack run by a thread, and what can be seen of it."""

    def __init__(self, services: list[Service], folder: Path) -> None:
        self.file = folder / "stack.json"
        self.logs = folder / "logs"
        self.stop = StopRequest()
        self.problem: str | None = None
        made = Stack(services, self.file, self.logs)
        self.thread = threading.Thread(target=self._run, args=(made,))
        self.thread.start()

    def _run(self, made: Stack) -> None:
        self.problem = made.run(self.stop)

    def state(self) -> state.StackState:
        stack = eventually(lambda: state.read(self.file))
        assert isinstance(stack, state.StackState)
        return stack

    def wait_for(self, phase: str) -> state.StackState:
        eventually(lambda: self.state().phase == phase)
        return self.state()

    def process(self, name: str) -> state.ProcessState:
        return next(process for process in self.state().processes if process.name == name)

    def end(self) -> None:
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()


@contextmanager
def running(folder: Path, *services: Service):
    made = Running(list(services), folder)
    try:
        yield made
    finally:
        made.end()


def crash(service: Service) -> None:
    with pytest.raises(NotReadyError):
        http.get(f"{service.url}/crash")


def test_everything_starts_and_nothing_is_left(tmp_path):
    first, second = tiny_service("first"), tiny_service("second")
    with running(tmp_path, first, second) as made:
        seen = made.wait_for("running")
        assert {process.name for process in seen.processes} == {"first", "second"}
        assert seen.is_alive
        assert len(seen.leftovers()) == 2
        assert http.get(f"{first.url}/ping").text == "ok"
    assert made.problem == ""
    assert seen.leftovers() == []
    assert not made.file.exists()
    assert "hello from" in (tmp_path / "logs" / "first.log").read_text()


def test_a_service_waits_for_those_it_needs(tmp_path):
    slow = tiny_service("slow", "--slow", "0.5")
    eager = tiny_service("eager", needs=("slow",))
    with running(tmp_path, eager, slow) as made:
        eventually(lambda: made.process("slow").state == "starting")
        assert made.process("eager").state == "waiting"
        made.wait_for("running")


def test_a_service_that_fails_to_start_stops_all_with_its_last_words(tmp_path):
    good, bad = tiny_service("good"), tiny_service("bad", "--refuse")
    with running(tmp_path, good, bad) as made:
        made.thread.join(15)
        assert made.problem is not None
        assert "bad ended with exit code 1" in made.problem
        assert "I refuse" in made.problem
        assert str(tmp_path / "logs" / "bad.log") in made.problem
    left = state.read(made.file)
    assert left is not None
    assert (left.phase, left.problem) == ("failed", made.problem)
    assert left.leftovers() == []


def test_a_program_that_does_not_exist_is_named(tmp_path):
    with running(tmp_path, Service("ghost", ("/no/such/program",), any_free())) as made:
        made.thread.join(15)
    assert made.problem is not None
    assert "ghost can't be started" in made.problem


def test_a_service_that_never_gets_ready_stops_all(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "START_TIMEOUT_S", 0.3)
    with running(tmp_path, tiny_service("sleepy", "--slow", "60")) as made:
        made.thread.join(15)
    assert made.problem is not None
    assert "sleepy was not ready within 0 s" in made.problem


def test_a_crash_is_reported_and_the_process_restarted(tmp_path, capfd):
    service = tiny_service("web")
    with running(tmp_path, service, tiny_service("other")) as made:
        before = made.wait_for("running")
        crash(service)
        eventually(lambda: made.process("web").crashes == 1)
        eventually(lambda: made.process("web").state == "running")
        after = made.state()
        assert after.phase == "running"
        assert "web ended with exit code 7" in after.problem
        assert "I was told to crash" in after.problem
        assert after.processes[0].process != before.processes[0].process
        assert after.processes[1].process == before.processes[1].process
    assert "Restarting it" in capfd.readouterr().out


def test_a_service_that_keeps_crashing_stops_all(tmp_path, monkeypatch):
    monkeypatch.setattr(stack, "MAX_RESTARTS", 1)
    service = tiny_service("web")
    with running(tmp_path, service) as made:
        made.wait_for("running")
        crash(service)
        eventually(lambda: made.process("web").crashes == 1)
        eventually(lambda: made.process("web").state == "running")
        crash(service)
        made.thread.join(15)
    assert made.problem is not None
    assert "web failed 2 times within 60 s" in made.problem


@pytest.fixture
def impatient(monkeypatch):
    """A supervisor that asks often and does not wait for long."""
    monkeypatch.setattr(pings, "TIMEOUT_S", 1)
    monkeypatch.setattr(child, "PING_EVERY_S", 0.05)
    monkeypatch.setattr(child, "MAX_SILENCE_S", 0.5)
    monkeypatch.setattr(child, "STOP_TIMEOUT_S", 0.5)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/sicken", "answers 503: my writer is dead"), ("/hang", "does not answer")],
)
def test_a_service_that_is_not_well_is_restarted_with_the_reason(path, reason, impatient, tmp_path):
    service = tiny_service("collector")
    with running(tmp_path, service) as made:
        before = made.wait_for("running").processes[0].process
        with suppress(NotReadyError):
            http.get(service.url + path, timeout=0.1)
        eventually(lambda: made.process("collector").crashes == 1)
        eventually(lambda: made.process("collector").state == "running")
        assert made.process("collector").process != before
        assert f"collector has not been well for 0 s: it {reason}" in made.state().problem
        assert http.get(f"{service.url}/ping").text == "ok"
    log = (tmp_path / "logs" / "collector.log").read_text()
    assert f"it {reason}. The supervisor restarts it." in log


def test_the_app_under_study_may_hang(impatient, tmp_path):
    service = dataclasses.replace(tiny_service("web"), is_studied=True)
    with running(tmp_path, service, tiny_service("collector")) as made:
        made.wait_for("running")
        with suppress(NotReadyError):
            http.get(f"{service.url}/hang", timeout=0.1)
        time.sleep(1)
        assert made.process("web").crashes == 0


def test_a_state_that_cannot_be_written_any_more_is_said_once_and_ends_nothing(tmp_path, capfd):
    service = tiny_service("web")
    with running(tmp_path, service) as made:
        made.wait_for("running")
        made.file.with_suffix(".new").mkdir()  # as a full disk: nothing can be written there
        crash(service)
        eventually(lambda: "Restarting it" in capfd.readouterr().out)
        eventually(lambda: answers(service.port))
        made.file.with_suffix(".new").rmdir()
        eventually(lambda: made.process("web").crashes == 1)
    assert made.problem == ""
    assert not answers(service.port)
    assert capfd.readouterr().out.count("can't be written") <= 1


def test_nothing_is_started_if_nobody_could_find_it(tmp_path):
    service = tiny_service("web")
    (tmp_path / "stack.new").mkdir()
    with pytest.raises(IsADirectoryError):
        Stack([service], tmp_path / "stack.json", tmp_path / "logs").run(StopRequest())
    assert not (tmp_path / "logs" / "web.log").exists()


def test_what_a_crashed_process_had_started_ends_with_it(tmp_path):
    service = tiny_service("web", "--helper")
    with running(tmp_path, service) as made:
        made.wait_for("running")
        helper = ProcessId.of(int(http.get(f"{service.url}/helper").text))
        crash(service)
        assert wait_gone([helper], 10)


def test_a_service_that_does_not_listen_to_reason_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "STOP_TIMEOUT_S", 0.3)
    with running(tmp_path, tiny_service("deaf", "--deaf")) as made:
        seen = made.wait_for("running")
    assert seen.leftovers() == []
