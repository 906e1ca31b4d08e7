"""Doing to the learner's code what a lesson says."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tutor.course import lesson_markdown
from tutor.course.lesson_markdown import LessonError
from tutor.coursecheck import edits
from tutor.coursecheck.edits import NewFile, Patch, Removal


def test_doing_what_the_lesson_says_gives_the_checkpoint(course):
    for before, step in zip(course.steps, course.steps[1:], strict=False):
        assert (
            edits.apply(lesson_markdown.read(step.readme), before.checkpoint()) == step.checkpoint()
        )


def test_a_patch_is_found_by_its_text():
    patch = Patch("web.py", "--- a\n+++ b\n@@ anything @@\n a\n-b\n+c\n@@\n z\n+!\n", 7)
    assert patch.apply({"web.py": "a\nb\nx\nz\n"}) == {"web.py": "a\nc\nx\nz\n!\n"}


def test_an_empty_line_of_context_may_have_lost_its_space():
    assert Patch("web.py", " a\n\n-b\n", 1).apply({"web.py": "a\n\nb\n"}) == {"web.py": "a\n\n"}


@pytest.mark.parametrize(("text", "times"), [("a\n", 0), ("b\nb\n", 2)])
def test_a_patch_must_fit_in_one_place(text, times):
    with pytest.raises(LessonError, match=rf"line 7: .* {times} times in mine/web.py, not once"):
        Patch("web.py", "-b\n", 7).apply({"web.py": text})


def test_a_patch_needs_its_file():
    with pytest.raises(LessonError, match=r"no mine/web\.py to change"):
        Patch("web.py", "-b\n", 7).apply({})


def test_what_is_not_a_diff_is_refused():
    with pytest.raises(LessonError, match="'oops' is not a line of a diff"):
        list(edits.hunks("+a\noops\n"))


def test_files_come_and_go():
    made = NewFile("timing.py", "1\n", 1).apply({})
    assert made == {"timing.py": "1\n"}
    assert Removal(["timing.py"], 2).apply(made) == {}
    with pytest.raises(LessonError, match=r"no mine/timing\.py to remove"):
        Removal(["timing.py"], 2).apply({})


def test_a_text_is_written_only_where_the_lesson_says_so():
    note = "This is `mine/predictions.txt` (new file):\n```text\n12: 2x\n```\n"
    (block,) = lesson_markdown.blocks(note, lesson_markdown.Path("R"))
    assert [edit.apply({}) for edit in edits.edits_in(block)] == [{"predictions.txt": "12: 2x\n"}]
    (block,) = lesson_markdown.blocks(note.replace(" (new file)", ""), lesson_markdown.Path("R"))
    assert list(edits.edits_in(block)) == []


def test_only_rm_removes():
    assert edits.removed_files("rm mine/timing.py mine/timing.log") == ["timing.py", "timing.log"]
    assert edits.removed_files("cat mine/timing.py") == []


def test_a_change_must_name_a_file_of_the_learners():
    (block,) = lesson_markdown.blocks(
        "In `services/web.py`:\n```diff\n+a\n```\n", lesson_markdown.Path("R")
    )
    with pytest.raises(LessonError, match="line 3: the line before this block must name `mine/"):
        list(edits.edits_in(block))


line = st.text("abc ", max_size=3)


@given(st.lists(line), st.lists(line), st.lists(line), st.lists(line))
def test_a_hunk_replaces_its_lines_and_no_others(head, old, new, tail):
    assume(old)
    before, after = ([f"{text}\n" for text in texts] for texts in (old, new))
    patch = "".join([f"-{text}" for text in before] + [f"+{text}" for text in after])
    whole = [f"{text}\n" for text in [*head, *old, *tail]]
    places = [i for i in range(len(whole)) if whole[i : i + len(before)] == before]
    assume(len(places) == 1)
    expected = "".join([*(f"{e}\n" for e in head), *after, *(f"{e}\n" for e in tail)])
    assert Patch("web.py", patch, 1).apply({"web.py": "".join(whole)}) == {"web.py": expected}
