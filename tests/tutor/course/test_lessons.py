"""The course: its steps, in order."""

from __future__ import annotations

import pytest

from tutor.course.lessons import Course
from tutor.errors import UsageError


def test_the_folders_are_the_course(course, steps):
    (steps / "notes").mkdir()
    (steps / "answers.json").touch()
    assert [step.slug for step in Course(steps).steps] == ["01-look", "02-time-it", "03-drop-it"]


def test_a_step_knows_its_title_and_its_code(course):
    step = course.step(2)
    assert str(step) == "02 Time it"
    assert sorted(step.checkpoint()) == ["timing.py", "web.py"]
    assert course.code_files() == {"timing.py", "web.py"}


def test_the_check_is_no_code_of_the_checkpoint(course):
    (course.step(1).folder / "check.py").touch()
    assert list(course.step(1).checkpoint()) == ["web.py"]


def test_notes_are_kept_from_lesson_to_lesson(course):
    (course.step(2).folder / "guess.txt").write_text("2")
    assert course.notes(course.step(1)) == {}
    assert course.notes(course.step(3)) == {"guess.txt": "2"}
    (course.step(3).folder / "guess.txt").write_text("3")
    assert course.files(course.step(3)).items() >= {("guess.txt", "3")}
    assert course.note_files() == {"guess.txt"}


def test_a_step_without_a_lesson_is_called_by_its_folder(course):
    course.step(1).readme.unlink()
    assert Course(course.folder).step(1).title == "01-look"


def test_neighbours(course):
    first, second, third = course.steps
    assert (course.before(first), course.after(first)) == (None, second)
    assert (course.before(third), course.after(third)) == (second, None)


def test_an_unknown_lesson_is_answered_with_those_there_are(course):
    with pytest.raises(UsageError, match=r"no lesson 9\. Lessons: 1 to 3$"):
        course.step(9)


def test_a_course_may_have_a_gap(course):
    third = course.steps[2].folder
    third.rename(third.with_name("07-drop-it"))
    course = Course(course.folder)
    assert course.after(course.step(2)) == course.step(7)
    assert course.before(course.step(7)) == course.step(2)
    with pytest.raises(UsageError, match=r"no lesson 3\. Lessons: 1 to 2, 7$"):
        course.step(3)


def test_rules_are_notes_as_well(course):
    (course.step(2).folder / "audit.rules").write_text("only a may call b\n")
    assert course.notes(course.step(2)) == {"audit.rules": "only a may call b\n"}
