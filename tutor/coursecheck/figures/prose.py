"""The prose of a lesson, and the numbers in it: marked figures, given numbers, unmarked ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tutor.course.lesson_markdown import FENCE
from tutor.coursecheck.figures.wording import SPACE, WITH_UNIT, WORDING, Wording

MARK = re.compile(r"<!-- (?P<kind>figure|given):\s(?P<what>.*?)\s-->", re.DOTALL)
NOT_PROSE = re.compile(
    r"`[^`]*`|(?<=\])\([^)]*\)|^[ \t]*(?:\||#)[^\n]*|<!--.*?-->", re.MULTILINE | re.DOTALL
)
"""Inline code, the targets of links, tables, headings and comments."""

A_SHARE_OF = re.compile(r"\s+of\b")
AS_MANY_TIMES = re.compile(r"\s+(?:as|that|the)\b")
"""What follows where `a third` and `twice` compare two numbers: not in "a third attempt", "ask
twice"."""

MAX_WORDS_CHARACTERS = 80
"""How far before its mark a figure may begin."""

BLANK = "\0"


@dataclass(frozen=True)
class Mark:
    """A comment that says what the number before it is.

    `start` and `end` are those of the words in the lesson's text. `wording` is None if there is no
    number before the comment.
    """

    kind: str
    what: str
    start: int
    end: int
    wording: Wording | None

    @property
    def is_figure(self) -> bool:
        """Whether it is measured; a given number, such as a dial's, is not."""
        return self.kind == "figure"


@dataclass(frozen=True)
class Number:
    """A number with a unit that no comment follows."""

    words: str
    start: int
    wording: Wording


def marks(text: str) -> list[Mark]:
    """Return the marks in a lesson's prose, in order."""
    prose = without_code(text)
    found = []
    for mark in MARK.finditer(text):
        if prose[mark.start()] != "<":
            continue  # in a block of code
        end = mark.start()
        words = WORDING.search(prose, max(0, end - MAX_WORDS_CHARACTERS), end)
        found.append(
            Mark(
                mark["kind"],
                re.sub(SPACE, " ", mark["what"]).strip(),
                words.start() if words else end,
                end,
                Wording(words) if words else None,
            )
        )
    return found


def unmarked(text: str) -> Iterator[Number]:
    """Yield the numbers with a unit in a lesson's prose that no comment explains."""
    prose = NOT_PROSE.sub(lambda found: blanked(found[0]), without_code(text))
    marked = {position for mark in marks(text) for position in range(mark.start, mark.end)}
    for words in WITH_UNIT.finditer(prose):
        if words.end() - 1 not in marked and compares(words):
            yield Number(" ".join(words[0].split()), words.start(), Wording(words))


def compares(words: re.Match[str]) -> bool:
    """Return whether these words may be a measurement: a number with a unit, or a comparison."""
    if words["fraction"]:
        is_one = words["hedge"] or words["second"] or A_SHARE_OF.match(words.string, words.end())
    elif words["times"]:
        is_one = AS_MANY_TIMES.match(words.string, words.end())
    else:
        is_one = True
    return bool(is_one)


def without_code(text: str) -> str:
    """Return `text` with blanks in place of its fenced blocks; all else stays where it is."""
    lines = []
    in_block = False
    for line in text.splitlines(keepends=True):
        is_fence = FENCE.fullmatch(line.rstrip("\n")) is not None
        lines.append(blanked(line) if in_block or is_fence else line)
        in_block ^= is_fence
    return "".join(lines)


def blanked(text: str) -> str:
    """Return as many blanks, in as many lines."""
    return re.sub(r"[^\n]", BLANK, text)


def line_of(text: str, position: int) -> int:
    """Return the number of the line at `position`."""
    return text.count("\n", 0, position) + 1
