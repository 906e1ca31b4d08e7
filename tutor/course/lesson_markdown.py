"""A lesson as a machine reads it: the fenced blocks of its `README.md`.

Text and blocks of a lesson follow a few rules (`./workshop course-check` holds it to them):

- The line of text right before a block that holds code names the file: **`mine/web.py`**.
- A `diff` block is a piece of the unified diff from the checkpoint before to this one.
- A `python` block is a whole new file, **`mine/timing.py`** (new file), or, where that line has the
  word "reading", an excerpt of an existing file: lines of the checkpoint, word for word.
- A `text` block is a new file where that line says so: **`mine/predictions.txt`** (new file).
- In a `console` block `$ ` begins a command, typed in the repository's root; the rest is what it
  printed. A line `…` stands for any number of lines. One that ends in ` &` goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r" {0,3}(?P<marks>`{3,})(?P<language>[\w-]*)\s*")
FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.\w+)`")
COMMENT_OR_CODE = re.compile(
    r"<!--.*?-->|^ {0,3}(?P<marks>`{3,})[^\n]*\n.*?^ {0,3}(?P=marks)|`[^`]*`",
    re.DOTALL | re.MULTILINE,
)
NEW_FILE = "(new file)"
READING = re.compile(r"\breading\b", re.IGNORECASE)


class LessonError(Exception):
    """A lesson breaks the rules for lessons; the message names the line."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text (each line ends with a newline), the number of the
    line after its opening fence, and the last line of text before it."""

    language: str
    text: str
    line: int
    intro: str = ""

    @property
    def file(self) -> str | None:
        """The file that the line before the block names, from the repository's root."""
        name = FILE.search(self.intro)
        return name[1] if name else None

    @property
    def is_new_file(self) -> bool:
        """Whether its text goes into a new file."""
        return self.language == "text" and NEW_FILE in self.intro

    @property
    def is_reading(self) -> bool:
        """Whether it is there to be read, not typed."""
        return READING.search(self.intro) is not None


@dataclass(frozen=True)
class Command:
    """A command of a `console` block, and the lines that it printed."""

    text: str
    line: int
    output: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lesson:
    """A `README.md`: its path and its blocks, in order."""

    path: Path
    blocks: list[Block]

    def commands(self) -> list[Command]:
        """Return the commands of all `console` blocks, in order."""
        return [
            command
            for block in self.blocks
            if block.language == "console"
            for command in commands(block)
        ]


def read(path: Path) -> Lesson:
    """Read the lesson at `path`. Raises `LessonError` if a block has no end."""
    return Lesson(path, list(blocks(path.read_text("utf-8"), path)))


def blocks(text: str, path: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a Markdown text. `path` is the file's, for errors.

    Raises `LessonError` if a block has no end.
    """
    lines = iter(enumerate(text.splitlines(), start=1))
    intro = ""
    for number, line in lines:
        opening = FENCE.fullmatch(line)
        if opening is None:
            intro = line.strip() or intro
            continue
        body = ""
        for _, inner in lines:
            closing = FENCE.fullmatch(inner)
            if closing and not closing["language"] and len(closing[1]) >= len(opening[1]):
                break
            body += f"{inner}\n"
        else:
            raise LessonError(f"{path}:{number}: this block has no end")
        yield Block(opening["language"], body, number + 1, intro)
        intro = ""


def without_comments(text: str) -> str:
    """Return the Markdown without its comments (`<!-- … -->`): they are for those who write."""
    return COMMENT_OR_CODE.sub(lambda it: "" if it[0].startswith("<!--") else it[0], text)


def commands(block: Block) -> Iterator[Command]:
    """Yield the commands of a `console` block; one that ends in a backslash goes on in the next
    line.

    Raises `LessonError` if the block shows output before any command.
    """
    command: Command | None = None
    for number, line in enumerate(block.text.splitlines(), start=block.line):
        if line.startswith("$ "):
            if command:
                yield command
            command = Command(line[2:], number)
        elif command is None:
            raise LessonError(f"line {number}: output without a command (`$ …`) before it")
        elif command.text.endswith("\\") and not command.output:
            command = Command(f"{command.text}\n{line}", command.line)
        else:
            command.output.append(line)
    if command:
        yield command
