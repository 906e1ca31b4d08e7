"""A lesson's Markdown for the terminal: the text as it is, with colour where that helps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tutor.course.lesson_markdown import FENCE, without_comments
from tutor.terminal import paint

CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"\*\*(.+?)\*\*")
LINE_COLOURS = {"+": "green", "-": "red", "@": "cyan", "$": "bold"}
"""The colour of a line in a `diff` or `console` block, by its first character."""


def render(text: str) -> Iterator[str]:
    """Yield the lines to print; comments are left out."""
    block_language = ""
    for line in without_comments(text).splitlines():
        fence = FENCE.fullmatch(line)
        if fence:
            block_language = "" if block_language else fence["language"] or "text"
            yield paint(line, "dim")
        elif block_language in ("diff", "console"):
            colour = LINE_COLOURS.get(line[:1])
            yield paint(line, colour) if colour else line
        elif block_language:
            yield line
        elif line.startswith("#"):
            yield paint(line, "bold")
        else:
            line = STRONG.sub(lambda match: paint(match[1], "bold"), line)
            yield CODE.sub(lambda match: paint(match[1], "cyan"), line)
