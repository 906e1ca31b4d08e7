"""A lesson's Markdown for the terminal: the text as it is, with colour where that helps, and its
paragraphs filled to the width of the window."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tutor.course.fill import coloured, fill
from tutor.course.lesson_markdown import FENCE, without_comments
from tutor.terminal import paint

LINE_COLOURS = {"+": "green", "-": "red", "@": "cyan", "$": "bold"}
"""The colour of a line in a `diff` or `console` block, by its first character."""

QUOTE = "> "
MARKER = re.compile(rf" *(?:[-*] +|\d+\. +|{QUOTE})")
"""What an entry of a list, or a line of a quotation, begins with."""


def render(text: str, width: int | None = None) -> Iterator[str]:
    """Yield the lines to print, with paragraphs filled to `width` characters; with None, every line
    is as long as it is. Tables and blocks of code are never filled; comments are left out."""
    block_language = ""
    paragraph: list[str] = []
    for line in without_comments(text).splitlines():
        fence = FENCE.fullmatch(line)
        is_code = bool(fence or block_language)
        if width and not is_code and is_prose(line):
            if begins_paragraph(line, paragraph):
                yield from filled(paragraph, width)
                paragraph = []
            paragraph.append(line)
            continue
        yield from filled(paragraph, width)
        paragraph = []
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
            yield coloured(line)
    yield from filled(paragraph, width)


def is_prose(line: str) -> bool:
    """Return whether `line` belongs to a paragraph: it is not empty, nor a heading, nor a row of a
    table."""
    return bool(line.strip()) and not line.startswith(("#", "|"))


def begins_paragraph(line: str, paragraph: Sequence[str]) -> bool:
    """Return whether `line` begins a paragraph of its own, right after the lines of `paragraph`."""
    in_quotation = bool(paragraph) and paragraph[0].startswith(QUOTE)
    if line.startswith(QUOTE):
        return not in_quotation
    return in_quotation or MARKER.match(line) is not None


def marker_of(line: str) -> str:
    """Return the marker that `line` begins with; "" if it has none."""
    marker = MARKER.match(line)
    return marker[0] if marker else ""


def filled(paragraph: Sequence[str], width: int | None) -> Iterator[str]:
    """Yield the lines of a paragraph, filled; an entry of a list is indented below its marker."""
    if not paragraph or not width:
        return
    first = marker_of(paragraph[0])
    rest = QUOTE if first == QUOTE else " " * len(first)
    texts = [paragraph[0].removeprefix(first), *(line.removeprefix(rest) for line in paragraph[1:])]
    yield from fill(" ".join(texts), width, first, rest)
