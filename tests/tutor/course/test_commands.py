"""The commands of the course, on the little course."""

from __future__ import annotations

import io
import sys

import pytest

from tests.tutor.conftest import FIRST, SECOND, THIRD, TIMING
from tutor.cli import main
from tutor.errors import Exit


@pytest.fixture
def run(learner, capsys):
    """Run a command; its exit code and what it printed."""

    def run(*arguments):
        code = main(arguments)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def test_start_copies_the_first_checkpoint_once(run, learner):
    code, printed = run("start")
    assert code == Exit.GOOD
    assert "The course has 3 lessons. The first one: Look." in printed
    assert (learner / "web.py").read_text() == FIRST
    (learner / "web.py").write_text("my work")
    code, printed = run("start")
    assert code == Exit.GOOD
    assert "You have already started" in printed
    assert (learner / "web.py").read_text() == "my work"


@pytest.mark.parametrize("command", ["start", "course-check"])
def test_curl_is_named_before_a_lesson_misses_it(command, run, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    _, printed = run(command)
    assert "curl, which is not installed" in printed
    assert "./workshop get /beers" in printed


@pytest.mark.parametrize("command", ["lesson", "check", "hint", "up --mine", "cost"])
def test_before_the_start_every_command_says_how_to_start(run, command):
    code, printed = run(*command.split())
    assert code == Exit.NOT_READY
    assert "./workshop start" in printed


@pytest.mark.parametrize("command", ["lesson 7", "check 7", "solve 7", "diff 7", "up --step 7"])
def test_a_lesson_that_there_is_not(run, command):
    run("start")
    code, printed = run(*command.split())
    assert code == Exit.USAGE
    assert "there is no lesson 7. Lessons: 1 to 3" in printed


def test_lesson_shows_the_current_one_and_moves_on_once_it_is_done(run, learner):
    run("start")
    assert "# 01 Look" in run("lesson")[1]
    assert "# 01 Look" in run("lesson")[1]
    (learner / ".progress").write_text("01 passed 2026-11-20 12:00\n")
    assert "1/3, at lesson 02 Time it (not done yet)." in run("status")[1]
    assert "# 02 Time it" in run("lesson")[1]
    assert "02 begun" in (learner / ".progress").read_text()
    assert "# 03 Drop it" in run("lesson", "3")[1]  # looking ahead does not move on
    assert "# 02 Time it" in run("lesson")[1]


TASK = """\
# 01 Look

## Your task

Look.

## One way to do it

Look `here`.

## What you should see

Something.
"""


def test_lesson_leaves_the_solution_out_until_it_is_asked_for(run, course):
    course.step(1).readme.write_text(TASK)
    run("start")
    for command in (["lesson"], ["lesson", "1"]):
        code, printed = run(*command)
        assert code == Exit.GOOD
        assert "Look here." not in printed
        assert "Something." in printed
        for help_command in ("hint 1", "diff 1", "lesson 1 --show"):
            assert f"./workshop {help_command}" in printed
        assert TASK in run(*command, "--show")[1]


def test_after_the_last_lesson(run, learner):
    run("start")
    done = "".join(f"0{number} passed 2026-11-20 12:00\n" for number in (1, 2, 3))
    (learner / ".progress").write_text(done)
    assert "You have done all lessons." in run("lesson")[1]
    assert "Course: [███] 3/3, at lesson 03 Drop it (done)." in run("status")[1]


def test_each_hint_says_more(run):
    run("start")
    assert "hint 1 of 3\nAn idea." in run("hint", "2")[1]
    assert "More: ./workshop hint 2" in run("hint", "2")[1]
    assert "def pair():" in run("hint", "2")[1]
    code, printed = run("hint", "2")
    assert code == Exit.GOOD
    assert "That was the last hint. See all of the code: ./workshop diff 2" in printed


def test_diff_shows_what_a_lesson_changes(run, learner):
    code, printed = run("diff", "2")
    assert code == Exit.GOOD
    assert "--- /dev/null\n+++ 02-time-it/timing.py" in printed
    assert "+from timing import timed\n" in printed
    assert "+++ /dev/null" in run("diff", "3")[1]
    run("start")
    assert "No difference between mine and 01-look" in run("diff", "1", "--mine")[1]
    (learner / "web.py").write_text(FIRST.replace("return 1", "return 7"))
    assert "-    return 7\n+    return 1\n" in run("diff", "1", "--mine")[1]


def test_solve_keeps_what_was_there(run, learner):
    run("start")
    (learner / "web.py").write_text("my work")
    code, printed = run("solve", "2", "--yes")
    assert code == Exit.GOOD
    assert "mine/web.py will be replaced" in printed
    assert (learner / "web.py").read_text() == SECOND
    assert (learner / "timing.py").read_text() == TIMING
    (backup,) = (learner / ".backup").iterdir()
    assert (backup / "web.py").read_text() == "my work"
    assert "02 begun" in (learner / ".progress").read_text()


def test_solve_adds_what_was_to_be_written_down_but_replaces_none(run, learner, course):
    (course.step(2).folder / "guess.txt").write_text("ours")
    run("solve", "1")
    assert not (learner / "guess.txt").exists()
    run("solve", "3", "--yes")
    assert (learner / "guess.txt").read_text() == "ours"
    (learner / "guess.txt").write_text("theirs")
    run("solve", "2", "--yes")
    assert (learner / "guess.txt").read_text() == "theirs"


def test_solve_needs_no_start(run, learner):
    assert run("solve", "2")[0] == Exit.GOOD
    assert (learner / "web.py").read_text() == SECOND


def test_reset_goes_back_to_where_the_lesson_begins(run, learner):
    run("solve", "3")
    assert (learner / "web.py").read_text() == THIRD
    assert run("reset", "2", "--yes")[0] == Exit.GOOD
    assert (learner / "web.py").read_text() == FIRST
    assert run("reset", "1")[0] == Exit.GOOD  # nothing to replace, nothing to ask


@pytest.mark.parametrize("command", ["reset 2", "solve 2"])
def test_going_back_makes_that_lesson_the_current_one(run, learner, command):
    run("solve", "3")
    (learner / ".progress").write_text(
        "".join(f"0{number} passed 2026-11-20 12:00\n" for number in (1, 2, 3))
    )
    assert run(*command.split(), "--yes")[0] == Exit.GOOD
    assert "# 02 Time it" in run("lesson")[1]
    assert "Course: [█▶·] 1/3, at lesson 02 Time it (not done yet)." in run("status")[1]


@pytest.mark.parametrize("done", [0, 1, 2])
def test_all_commands_mean_the_same_lesson(run, learner, done):
    run("start")
    passed = "".join(f"0{number} passed 2026-11-20 12:00\n" for number in range(1, done + 1))
    (learner / ".progress").write_text(passed or "01 begun 2026-11-20 12:00\n")
    title = ("01 Look", "02 Time it", "03 Drop it")[done]
    slug = ("01-look", "02-time-it", "03-drop-it")[done]
    assert f"Lesson {title}: can't be checked now" in run("check")[1]
    assert f"at lesson {title} " in run("status")[1]
    assert f"+++ {slug}/web.py" in run("diff")[1]
    assert f"Lesson {title}: hint 1" in run("hint")[1]
    assert f"# {title}" in run("lesson")[1]


class Terminal(io.StringIO):
    """Somebody at the keyboard."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("typed", "goes_on"), [("y\n", True), ("n\n", False), ("", False)])
def test_reset_asks_first(run, learner, monkeypatch, typed, goes_on):
    run("solve", "2")
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    code, printed = run("reset", "2")
    assert "mine/timing.py will be removed\n" in printed
    assert "mine/web.py will be replaced\n" in printed
    assert "A backup is kept. Go on? [y/N]" in printed
    assert ("Nothing was changed." in printed) is not goes_on
    assert (code == Exit.GOOD) is goes_on
    assert ((learner / "web.py").read_text() == FIRST) is goes_on


def test_reset_does_nothing_if_nobody_can_answer(run, learner, monkeypatch):
    run("solve", "2")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    code, printed = run("reset", "2")
    assert code == Exit.USAGE
    assert "--yes" in printed
    assert (learner / "web.py").read_text() == SECOND


def test_check_says_that_the_app_does_not_run(run):
    run("start")
    code, printed = run("check")
    assert code == Exit.NOT_READY
    assert "your app is not running. Start it: ./workshop up --mine" in printed


def test_check_names_a_mistake_even_if_the_app_does_not_run(run, learner):
    run("start")
    (learner / "web.py").write_text("def pair():\n    return )\n")
    code, printed = run("check")
    assert code == Exit.CHECK_FAILED
    assert "SyntaxError: unmatched ')'" in printed
    assert f"{learner}/web.py:2" in printed
    assert "return )\n" in printed
    assert "Traceback" not in printed


def test_status_says_how_far_the_learner_is(run, learner):
    run("start")
    code, printed = run("status")
    assert code == Exit.NOT_READY
    assert "Course: [▶··] 0/3, at lesson 01 Look (not done yet)." in printed


def test_in_docker_other_code_is_not_taken_for_the_learners(run, monkeypatch):
    run("start")
    monkeypatch.setenv("WEB_URL", "http://127.0.0.1:1")
    code, printed = run("check")
    assert code == Exit.NOT_READY
    assert "STEP=mine docker compose up" in printed


def test_in_docker_status_says_what_answers(run, monkeypatch):
    run("start")
    for name in ("WEB_URL", "TASTER_URL", "COLLECTOR_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    code, printed = run("status")
    assert code == Exit.NOT_READY
    assert printed.count("does not answer") == 3
    assert "at lesson 01" in printed
