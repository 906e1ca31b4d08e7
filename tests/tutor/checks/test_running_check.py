"""Others see which lesson is being checked, and no longer once that has ended."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.servers import ROOT
from tutor.checks.running_check import RunningCheck
from ui import lessons

HANGS = """
import time
from tutor.checks.running_check import RunningCheck
from tutor.course.lessons import Course
with RunningCheck(watches=True) as running:
    running.show(Course().step(2), is_checking=True)
    print("shown", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def test_what_is_checked_is_shown_as_long_as_it_is(course):
    assert lessons.running_check() is None
    with RunningCheck() as running:
        running.show(course.step(2), is_checking=True)
        expected = {"lesson": 2, "is_checking": True, "watches": False}
        assert lessons.running_check() == expected
        running.show(course.step(3), is_checking=False)
        assert lessons.running_check() == {**expected, "lesson": 3, "is_checking": False}
    assert lessons.running_check() is None


def test_the_first_of_two_is_shown(course):
    with RunningCheck() as first, RunningCheck() as second:
        first.show(course.step(1), is_checking=True)
        second.show(course.step(2), is_checking=True)
        assert lessons.running_check()["lesson"] == 1


def test_a_check_that_was_killed_is_not_running(data, steps):
    environment = {**os.environ, "STEPS_DIR": str(steps)}
    command = [sys.executable, "-c", HANGS]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        assert lessons.running_check()["watches"]
        process.kill()
    assert lessons.running_check() is None
