"""Reading the fenced blocks of a lesson."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.course import lesson_markdown
from tutor.course.lesson_markdown import Block, LessonError

PATH = Path("README.md")


def blocks(text: str) -> list[Block]:
    return list(lesson_markdown.blocks(text, PATH))


def test_a_block_knows_its_language_its_line_and_what_introduces_it():
    (block,) = blocks("# T\n\nDo this.\nIn **`mine/web.py`**:\n\n```diff\n+a\n\n-b\n```\nafter\n")
    assert block == Block("diff", "+a\n\n-b\n", 7, "In **`mine/web.py`**:")
    assert block.file == "mine/web.py"
    assert not block.is_reading


def test_longer_fences_hold_shorter_ones():
    (block,) = blocks("````text\n```diff\n```\n````\n")
    assert block.text == "```diff\n```\n"


def test_a_block_does_not_introduce_the_next_one():
    assert [block.file for block in blocks("`a.py`\n```python\n```\n```python\n```\n")] == [
        "a.py",
        None,
    ]


def test_an_excerpt_is_to_be_read():
    (block,) = blocks("For reading, from **`services/dials.py`**:\n```python\npass\n```\n")
    assert block.is_reading


def test_a_block_without_end_is_named():
    with pytest.raises(LessonError, match=r"README.md:3: this block has no end"):
        blocks("# T\n\n```diff\n+a\n")


def test_commands_with_what_they_print():
    (block,) = blocks("```console\n$ one\n1\n\n$ two \\\n  more\n2\n$ three\n```\n")
    commands = list(lesson_markdown.commands(block))
    assert [(command.text, command.line, command.output) for command in commands] == [
        ("one", 2, ["1", ""]),
        ("two \\\n  more", 5, ["2"]),
        ("three", 8, []),
    ]


def test_output_without_a_command_is_refused():
    with pytest.raises(LessonError, match="line 2: output without a command"):
        list(lesson_markdown.commands(blocks("```console\nhello\n```\n")[0]))


lines = st.text(
    st.characters(exclude_characters="`\r", exclude_categories=["Cs", "Cc", "Zl", "Zp"])
)


@given(st.lists(lines), st.lists(lines))
def test_what_stands_in_a_block_comes_out_of_it(before, inside):
    text = "".join(f"{line}\n" for line in [*before, "```text", *inside, "```"])
    (block,) = blocks(text)
    assert block.text == "".join(f"{line}\n" for line in inside)
    assert block.line == len(before) + 2
