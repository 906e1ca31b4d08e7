"""Links in the terminal."""

from __future__ import annotations

import re

import pytest

from tutor.commands import lesson
from tutor.course import hints
from tutor.course.lessons import Course
from tutor.course.links import with_addresses
from tutor.course.render_markdown import render
from tutor.paths import ROOT

FOLDER = ROOT / "steps" / "05-step-back"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The [glossary](../../docs/glossary.md), here.", "The glossary <docs/glossary.md>, here."),
        ("[Spans](../07-spans/README.md)", "Spans <steps/07-spans/README.md>"),
        ("[two\nwords](https://a.example/b?c=d)", "two\nwords <https://a.example/b?c=d>"),
        ("`[a](b)` and a[0] (b)", "`[a](b)` and a[0] (b)"),
        ("```python\na = b[c](d)\n```\n", "```python\na = b[c](d)\n```\n"),
        ("```\n[a](b)\n```\n[a](https://b)", "```\n[a](b)\n```\na <https://b>"),
    ],
)
def test_a_link_says_where_it_leads(text: str, shown: str) -> None:
    assert with_addresses(text, FOLDER) == shown


def test_no_lesson_and_no_hint_shows_a_link_as_it_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for step in Course().steps:
        lesson.show(step, with_solution=True)
        for hint in hints.read(step.folder / "hints.md"):
            print("\n".join(render(with_addresses(hint.text, step.folder))))
    printed = capsys.readouterr().out
    assert "glossary <docs/glossary.md>" in printed
    prose = re.sub(r"^```.*?^```$", "", printed, flags=re.DOTALL | re.MULTILINE)
    assert "](" not in re.sub(r"`[^`]*`", "", prose)
