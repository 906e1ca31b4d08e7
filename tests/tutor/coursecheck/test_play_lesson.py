"""Judging what a lesson's commands print."""

from __future__ import annotations

import pytest

from tutor.course import lesson_markdown
from tutor.course.lesson_markdown import Command
from tutor.coursecheck.edits import NewFile, Patch, Removal
from tutor.coursecheck.play_lesson import CONCURRENT, actions, as_typed, compare
from tutor.coursecheck.rewrite_output import rewrite


def wrong(text, shown, printed, code=0, in_order=True):
    return list(compare(Command(text, 7, shown), code, printed, in_order))


def test_there_is_nothing_to_say_about_what_is_shown_as_it_is():
    assert wrong("cat mine/timing.log", ["pair took 7 ms"], ["pair took 9 ms"]) == []


def test_other_words_are_shown_beside_each_other():
    (problem,) = wrong("curl -s localhost:5000/beers/ipa", ["ale"], ["ipa"])
    assert problem.startswith("line 7: curl -s localhost:5000/beers/ipa\nprints\n    ipa\n")
    assert problem.endswith("The lesson shows\n    ale")


def test_a_failing_command_of_ours_is_wrong_whatever_it_prints():
    (problem,) = wrong("./workshop check 2", ["…"], ["not yet"], code=1)
    assert "ended with 1:\n    not yet" in problem
    assert wrong("diff a b", ["…"], [], code=1) == []


@pytest.mark.parametrize(
    "command",
    [
        "./workshop up --mine",
        "COLLECTOR_FORWARD=otlp=http://a:1 ./workshop up",
        "./workshop viewer",
    ],
)
def test_what_depends_on_the_machine_must_not_be_shown(command):
    assert wrong(command, ["…"], ["already running"]) == []
    (problem,) = wrong(command, ["Ready after 1 s."], ["already running"])
    assert "show only `…`" in problem


@pytest.mark.parametrize(
    ("command", "is_so"), [("(a & b & wait)", True), ("a && b", False), ("a 2>&1", False)]
)
def test_commands_that_do_two_things_at_once(command, is_so):
    assert bool(CONCURRENT.search(command)) is is_so


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        ("./workshop load --users 8 --run-time 32s", "./workshop load --users 8 --run-time 8s"),
        ("curl localhost/trace/aa", "curl localhost/trace/bb"),
    ],
)
def test_what_is_typed_names_the_real_ids_and_does_not_take_long(command, typed):
    assert as_typed(command, {"aa": "bb"}) == typed


def test_the_actions_of_a_lesson_in_order(course):
    kinds = [type(action) for action in actions(lesson_markdown.read(course.step(2).readme).blocks)]
    assert kinds == [NewFile, Patch, Command]
    kinds = [type(action) for action in actions(lesson_markdown.read(course.step(3).readme).blocks)]
    assert kinds == [Patch, Removal, Command]


def test_what_is_printed_now_is_written_into_the_lesson(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(
        "# 01 T\n\n```console\n$ a \\\n  b\nold\nold\n$ ./workshop start\n…\n$ c\n```\n\nText\n"
    )
    commands = lesson_markdown.read(readme).commands()
    printed = [["new"], ["whatever"], ["1", "2"]]
    assert rewrite(readme, list(zip(commands, printed, strict=True)))
    assert readme.read_text() == (
        "# 01 T\n\n```console\n$ a \\\n  b\nnew\n$ ./workshop start\n…\n$ c\n1\n2\n```\n\nText\n"
    )
    assert not rewrite(
        readme, list(zip(lesson_markdown.read(readme).commands(), printed, strict=True))
    )
