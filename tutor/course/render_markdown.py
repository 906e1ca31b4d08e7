"""A lesson's Markdown for the terminal: the text as it is, with colour where that helps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tutor.course.lesson_markdown import FENCE
from tutor.terminal import paint

CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"\*\*(.+?)\*\*")
MARKS = {"+": "green", "-": "red", "@": "cyan", "$": "bold"}
"""The colour of a line in a block, by its first character."""


def render(text: str) -> Iterator[str]:
    """The lines to print."""
    inside = ""
    for line in text.splitlines():
        fence = FENCE.fullmatch(line)
        if fence:
            inside = "" if inside else fence["language"] or "text"
            yield paint(line, "dim")
        elif inside in ("diff", "console"):
            colour = MARKS.get(line[:1])
            yield paint(line, colour) if colour else line
        elif inside:
            yield line
        elif line.startswith("#"):
            yield paint(line, "bold")
        else:
            line = STRONG.sub(lambda found: paint(found[1], "bold"), line)
            yield CODE.sub(lambda found: paint(found[1], "cyan"), line)
