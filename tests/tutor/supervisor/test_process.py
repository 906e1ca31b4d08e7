"""Telling processes apart, and stopping them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tutor.supervisor.process import ProcessId, start_mark, stop_all, wait_gone


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_this_process_is_alive():
    assert ProcessId.of(os.getpid()).is_alive()


def test_a_process_that_ended_is_not_alive_even_if_it_was_not_reaped(sleeper):
    identity = ProcessId.of(sleeper.pid)
    sleeper.kill()
    assert wait_gone([identity], 5)  # a zombie until the fixture waits for it
    assert not identity.is_alive()


def test_a_process_that_never_existed():
    with pytest.raises(ProcessLookupError):
        ProcessId.of(2**22 + 1)


def test_another_with_the_same_number_gets_no_signal(sleeper):
    stop_all([ProcessId(sleeper.pid, "started at another time")], timeout_s=1)
    assert sleeper.poll() is None


def test_stopping_reaches_what_the_process_has_started(tmp_path):
    code = (
        "import subprocess as s; p = s.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        grandchild = ProcessId.of(int(parent.stdout.readline()))
        stop_all([ProcessId.of(parent.pid)], timeout_s=5)
        assert wait_gone([grandchild], 5)


def test_a_name_full_of_tricks_does_not_confuse_it(tmp_path):
    tricky = tmp_path / "a) R 1 (b"
    tricky.symlink_to("/bin/sleep")
    with subprocess.Popen([tricky, "60"]) as process:
        mark = start_mark(process.pid)
        process.kill()
    assert mark is not None
    assert mark.rpartition(":")[2].isdecimal()
