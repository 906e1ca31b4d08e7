"""A lesson in the terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.course.render_markdown import render
from tutor.terminal import fill_width

LESSON = """\
# 02 A title that is a good deal longer than the window is wide

> A quotation of several words,
> on two lines.

One **bold
word** and `code` in a paragraph.
- an entry that is longer than the window
  and goes on
- another

| a table that is longer | than the window |
|---|---|

```console
$ a command that is longer than the window
```
"""

FILLED = """\
# 02 A title that is a good deal longer than the window is wide

> A quotation of several
> words, on two lines.

One bold word and `code`
in a paragraph.
- an entry that is longer
  than the window and
  goes on
- another

| a table that is longer | than the window |
|---|---|

```console
$ a command that is longer than the window
```
"""


def rendered(text: str, width: int | None = None) -> str:
    return "".join(f"{line}\n" for line in render(text, width))


def test_paragraphs_fill_the_window_and_nothing_else_does():
    assert rendered(LESSON, 25) == FILLED


def test_without_a_window_every_line_stays_as_long_as_it_is():
    assert rendered(LESSON) == LESSON


@pytest.mark.parametrize("width", [None, 60])
def test_comments_are_for_those_who_write(width):
    text = (
        "It takes 506 ms<!-- figure: match -->, a third<!-- figure: a\nof b -->.\n\n"
        "`<!-- it -->`\n\n```text\n<!-- so -->\n```\n"
    )
    shown = ["It takes 506 ms, a third.", "", "`<!-- it -->`", "", "```text", "<!-- so -->", "```"]
    assert list(render(text, width)) == shown


WORDS = st.lists(st.text("abc.", min_size=1, max_size=12), min_size=1)


@given(WORDS, st.integers(min_value=20, max_value=60), st.sampled_from(["", "- ", "10. ", "> "]))
def test_filling_keeps_the_words_and_the_width(words, width, marker):
    lines = list(render(marker + " ".join(words), width))
    assert max(map(len, lines)) <= width + len(marker)
    assert lines[0].startswith(marker)
    rest = marker if marker == "> " else " " * len(marker)
    texts = [lines[0].removeprefix(marker), *(line.removeprefix(rest) for line in lines[1:])]
    assert " ".join(texts).split() == words


class Window(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("300", 120)])
def test_text_is_filled_to_the_window_unless_that_is_too_wide_to_read(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    assert fill_width(Window()) == width
    assert fill_width(io.StringIO()) == 120


def test_what_is_marked_is_coloured_even_across_lines(monkeypatch):
    monkeypatch.setattr("sys.stdout", Window())
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    (first, second) = render("twelve chars **bold words** and `code`", 20)
    assert first == "twelve chars \x1b[1mbold\x1b[0m"
    assert second == "\x1b[1mwords\x1b[0m and \x1b[36mcode\x1b[0m"
