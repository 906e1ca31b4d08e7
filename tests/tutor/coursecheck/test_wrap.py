"""Wrapping the source of a lesson."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.tutor.coursecheck.test_rules import change
from tutor.course.lessons import Course
from tutor.coursecheck.figures.lesson_figures import LessonFigures
from tutor.coursecheck.figures.prose import marks
from tutor.coursecheck.wrap import WIDTH_CHARS, rewrapped, too_long

WORDS = "word " * 40
TEXT = f"""\
# A heading {WORDS}

> {WORDS}
> quoted

{WORDS}
short

- {WORDS}
  entry
- {WORDS}

| {WORDS} |

```text
{WORDS}
```
"""


def test_only_the_paragraphs_with_a_changed_line_are_wrapped_anew() -> None:
    assert list(too_long(TEXT)) == [3, 6, 9, 11]
    whole = rewrapped(TEXT, range(1, 20))
    assert not list(too_long(whole))
    assert re.sub(r"[>\s]+", " ", whole) == re.sub(r"[>\s]+", " ", TEXT)
    assert f"| {WORDS} |" in whole
    assert f"# A heading {WORDS}" in whole
    assert f"```text\n{WORDS}\n```" in whole
    assert rewrapped(TEXT, []) == TEXT
    lines = rewrapped(TEXT, [7]).splitlines()
    assert lines[2] == TEXT.splitlines()[2]
    assert lines[6].endswith("word short")


PIECES = [
    "word",
    "200.8 ms<!-- figure: match -->",
    '12<!-- figure: number "in" - 4 -->',
    "a + b",
    "- c",
    "1. d",
    "# e",
    "> f",
]


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from(["", "- ", "> "]))
def test_wrapping_makes_no_list_and_keeps_a_number_with_its_unit(
    pieces: list[str], marker: str
) -> None:
    text = f"{marker}A {' '.join(pieces)}\n"
    whole = rewrapped(text, [1])
    lines = whole.splitlines()
    assert not any(re.match(r"\s*(?:[-+*#>]|\d+\.)\s", line[len(marker) :]) for line in lines)
    assert "200.8\n" not in whole
    assert [mark.what for mark in marks(whole)] == [mark.what for mark in marks(text)]
    assert all(len(line) <= WIDTH_CHARS for line in lines)


def test_a_figure_put_right_leaves_no_line_that_is_too_long(course: Course) -> None:
    step = course.step(1)
    words = "word " * 20
    change(
        step,
        "README.md",
        "hello\n```\n",
        f"match 1234.5 ms\n```\n\n{words}takes 5.0 ms<!-- figure: match -->. {words}\n",
    )
    LessonFigures(step, course).update()
    text = step.readme.read_text("utf-8")
    assert "takes 1,234.5 ms<!-- figure: match -->" in " ".join(text.split())
    assert not list(too_long(text))
