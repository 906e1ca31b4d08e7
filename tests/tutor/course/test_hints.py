"""The ladder of hints."""

from __future__ import annotations

import pytest

from tutor.course import hints
from tutor.course.progress import Progress
from tutor.errors import NotReadyError


def test_each_heading_begins_a_hint(course):
    ladder = hints.read(course.step(1).folder / "hints.md")
    assert [hint.title for hint in ladder] == ["concept", "place", "code"]
    assert ladder[0].text == "An idea."


def test_each_call_gives_one_more_hint_and_then_the_last_again(course, tmp_path):
    progress = Progress(course, tmp_path / ".progress")
    step = course.step(2)
    assert [hints.next_hint(step, progress)[0] for _ in range(5)] == [0, 1, 2, 2, 2]
    assert progress.entry(step).hints == 3


def test_a_lesson_may_have_none(course, tmp_path):
    (course.step(2).folder / "hints.md").unlink()
    with pytest.raises(NotReadyError, match="lesson 2 has no hints"):
        hints.next_hint(course.step(2), Progress(course, tmp_path / ".progress"))
