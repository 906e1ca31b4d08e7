"""A background thread survives what its rounds raise, and says when it is stuck or dead."""

from __future__ import annotations

import threading

import pytest

from collector import background_thread
from collector.background_thread import BackgroundThread
from tests.waiting import wait_until


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, MemoryError])
def test_it_goes_on_after_any_error_and_tells_once(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(background_thread, "PAUSE_S", 0.001)
    rounds = 0

    def do_round() -> bool:
        nonlocal rounds
        rounds += 1
        if rounds < 10:
            raise error
        return False

    subject = BackgroundThread("counts", do_round, 60)
    subject.start()
    subject.join()
    assert rounds == 10
    assert subject.problem() == ""
    told = capsys.readouterr().err
    assert told.count("the thread that counts met an error and goes on") == 1
    assert "the thread that counts is well again" in told


def test_a_round_that_takes_too_long_is_a_problem_until_it_ends() -> None:
    entered, gate = threading.Event(), threading.Event()

    def do_round() -> bool:
        entered.set()
        return not gate.wait(10)

    subject = BackgroundThread("waits", do_round, -1)
    assert subject.problem() == ""  # not begun
    subject.start()
    entered.wait(10)
    assert "the thread that waits has been stuck for" in subject.problem()
    gate.set()
    subject.join()
    assert subject.problem() == ""


def test_a_dead_thread_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = BackgroundThread("dies", lambda: True, 60)
    monkeypatch.setattr(subject, "_run", lambda: None)
    subject._thread = threading.Thread(target=subject._run)
    subject.start()
    wait_until(lambda: not subject._thread.is_alive())
    assert "the thread that dies has died" in subject.problem()
