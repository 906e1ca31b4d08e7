"""The sections of a lesson."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.course.lessons import Course
from tutor.course.sections import SOLUTION, TASK, replace_solution, sections

LESSON = """\
# 02 Time it

## Your task

Time it.

## One way to do it

```python
## not a heading
```

## What you should see

A line.
"""


def test_a_section_has_a_title_a_text_and_a_place():
    found = list(sections(LESSON))
    assert [(section.title, section.line) for section in found] == [
        ("", 1),
        ("Your task", 3),
        ("One way to do it", 7),
        ("What you should see", 13),
    ]
    assert found[1].text == "## Your task\n\nTime it.\n\n"
    assert 12 in found[2]
    assert 13 not in found[2]


@given(st.lists(st.sampled_from(["## A", "```", "```python", "````", "# B", "text", ""])))
def test_the_sections_are_the_text(lines):
    text = "".join(f"{line}\n" for line in lines)
    assert "".join(section.text for section in sections(text)) == text


def test_the_solution_is_replaced_and_nothing_else():
    assert replace_solution(LESSON, "Try.") == LESSON.replace(
        "```python\n## not a heading\n```", "Try."
    )
    assert replace_solution("# A\n\nNo task.\n", "Try.") == "# A\n\nNo task.\n"


@pytest.mark.parametrize("step", Course().steps[:10], ids=str)
def test_the_first_part_sets_a_task_before_it_shows_a_way_to_do_it(step):
    titles = [section.title for section in sections(step.readme.read_text())]
    assert titles[1:3] == ["The idea", TASK]
    assert titles[-1] == "How it is checked"
    seen = titles.index("What you should see")
    between = [] if step.number in (1, 5) else [SOLUTION]  # in those there is nothing to write
    assert titles[3:seen] == between
