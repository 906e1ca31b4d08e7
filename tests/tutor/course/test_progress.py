"""How far the learner is."""

from __future__ import annotations

import re

import pytest

from tutor.course.progress import Progress


@pytest.fixture
def progress(course, tmp_path):
    return Progress(course, tmp_path / "mine" / ".progress")


def test_it_begins_with_the_first_lesson(progress, course):
    assert progress.current == course.step(1)
    assert progress.bar() == "[▶··] 0/3"


def test_passing_a_lesson_makes_the_next_one_the_current_one(progress, course):
    progress.record_passed(course.step(1))
    assert progress.current == course.step(2)
    progress.begin(course.step(2))
    assert progress.current == course.step(2)
    assert progress.bar() == "[█▶·] 1/3"


def test_after_the_last_it_is_still_the_last(progress, course):
    for step in course.steps:
        progress.record_passed(step)
    assert progress.current == course.step(3)
    assert progress.bar() == "[███] 3/3"


def test_hints_for_a_later_lesson_do_not_move_on(progress, course):
    progress.begin(course.step(1))
    progress.record_hint(course.step(3))
    assert progress.current == course.step(1)
    assert progress.bar() == "[▶··] 0/3"
    progress.begin(course.step(3))
    assert progress.current == course.step(3)
    assert progress.entry(course.step(3)).hints == 1


def test_going_back_leaves_what_comes_later_to_be_done_again(progress, course):
    for step in course.steps:
        progress.record_passed(step)
    progress.go_to(course.step(2))
    assert progress.current == course.step(2)
    assert progress.bar() == "[█▶·] 1/3"


def test_what_a_checkpoint_brought_along_is_not_missing(progress, course):
    progress.record_passed(course.step(1))
    assert progress.skipped(course.step(3)) == [course.step(2)]
    progress.go_to(course.step(3))
    assert progress.skipped(course.step(3)) == []
    assert progress.current == course.step(3)
    assert progress.bar() == "[█·▶] 1/3", "nobody has checked it"
    again = Progress(course, progress.path)
    assert again.skipped(course.step(3)) == []
    again.record_passed(course.step(2))
    assert again.bar() == "[██▶] 2/3"


def test_it_is_a_plain_file_with_a_line_for_each_lesson(progress, course):
    progress.record_passed(course.step(1))
    progress.record_hint(course.step(2))
    progress.record_hint(course.step(2))
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "WHEN", progress.path.read_text())
    assert text == "01 passed WHEN\n02 begun WHEN, 2 hints\n"
    again = Progress(course, progress.path)
    assert again.has_passed(course.step(1))
    assert again.entry(course.step(2)).hints == 2


def test_the_first_time_counts(progress, course):
    progress.path.parent.mkdir()
    progress.path.write_text("01 passed 2026-11-20 12:00, 1 hint\n")
    known = Progress(course, progress.path)
    known.record_passed(course.step(1))
    known.begin(course.step(1))
    assert progress.path.read_text() == "01 passed 2026-11-20 12:00, 1 hint\n"


def test_lines_that_make_no_sense_are_passed_over(progress, course):
    progress.path.parent.mkdir()
    progress.path.write_bytes(b"\xff\n99 passed\n01 passed 2026-11-20 12:00\nhello\n")
    assert Progress(course, progress.path).current == course.step(2)


def test_skipped_lessons(progress, course):
    progress.record_passed(course.step(1))
    assert progress.skipped(course.step(3)) == [course.step(2)]
    progress.record_passed(course.step(3))
    assert progress.current == course.step(3)
    assert progress.bar() == "[█·█] 2/3"
