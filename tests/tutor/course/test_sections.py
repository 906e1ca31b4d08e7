"""The sections of a lesson."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tutor.course.sections import replace_solution, sections

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
