"""Wrapping the prose of a lesson's Markdown, so that its source reads well, too."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator, Sequence

from tutor.course.lesson_markdown import FENCE
from tutor.course.render_markdown import QUOTE, begins_paragraph, is_prose, marker_of

WIDTH_CHARS = 120

BELONGS_TOGETHER = re.compile(
    r"(?<=\d) (?=(?:ns|µs|ms|s|%)<!--)"  # a number and its unit
    r"|(?<=<!--) |(?<=<!-- figure:) |(?<=<!-- given:) | (?=-->)"  # how a mark begins and ends
    r"| (?=(?:[-+*>]|#+|\d+[.)])(?:\s|$))"  # a line would begin with it, as an entry of a list does
)
"""The blanks at which no line may end."""
KEPT = "\0"


def rewrapped(text: str, changed: Collection[int]) -> str:
    """Return the Markdown with those paragraphs wrapped anew that have one of the lines `changed`
    (counted from 1)."""
    lines = text.splitlines()
    for first, last in reversed(list(paragraphs(lines))):
        if any(first < number <= last for number in changed):
            lines[first:last] = wrapped(lines[first:last])
    return "".join(f"{line}\n" for line in lines)


def too_long(text: str) -> Iterator[int]:
    """Yield the numbers of the lines of prose that are too long, although they have a blank."""
    lines = text.splitlines()
    for first, last in paragraphs(lines):
        for number, line in enumerate(lines[first:last], start=first + 1):
            if len(line) > WIDTH_CHARS and " " in line.strip():
                yield number


def paragraphs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield where each paragraph, or entry of a list, begins and ends, as a slice of `lines`."""
    is_code = False
    first: int | None = None
    for index, line in enumerate([*lines, ""]):
        is_fence = FENCE.fullmatch(line) is not None
        ends = is_fence or is_code or not is_prose(line)
        if first is not None and (ends or begins_paragraph(line, lines[first:index])):
            yield first, index
            first = None
        if not ends and first is None:
            first = index
        is_code ^= is_fence


def wrapped(paragraph: Sequence[str]) -> list[str]:
    """Return the lines of a paragraph, as long as they may be."""
    marker = marker_of(paragraph[0])
    rest = QUOTE if marker == QUOTE else " " * len(marker)
    texts = [
        paragraph[0].removeprefix(marker),
        *(line.removeprefix(rest) for line in paragraph[1:]),
    ]
    text = BELONGS_TOGETHER.sub(KEPT, re.sub(r"\s+", " ", " ".join(texts).strip()))
    lines = textwrap.wrap(
        text,
        WIDTH_CHARS,
        initial_indent=marker,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(KEPT, " ") for line in lines]
