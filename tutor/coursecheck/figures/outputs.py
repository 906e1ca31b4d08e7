"""What a lesson shows to its readers: the outputs of commands, samples of output, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tutor.course.lesson_markdown import Block, blocks, commands

TABLE_ROW = re.compile(r"\s*\|")
MARKUP = re.compile(r"[|*`]|<!--.*?-->")


@dataclass(frozen=True)
class Output:
    """Lines that a lesson shows from its line `line` on, and the command that printed them (empty
    for a sample and for a table)."""

    lines: Sequence[str]
    line: int
    command: str = ""


def outputs(text: str, path: Path) -> list[Output]:
    """Return what the lesson at `path`, whose Markdown is `text`, shows from top to bottom."""
    fenced = list(blocks(text, path))
    found = [output for block in fenced for output in _in_block(block)]
    code = {
        number
        for block in fenced
        for number in range(block.line, block.line + block.text.count("\n"))
    }
    found += _tables(text, code)
    return sorted(found, key=lambda output: output.line)


def _in_block(block: Block) -> Iterator[Output]:
    """Yield the outputs in a fenced block."""
    if block.language == "console":
        for command in commands(block):
            yield Output(command.output, command.line, command.text)
    elif block.language == "text":
        yield Output(block.text.splitlines(), block.line)


def _tables(text: str, code: set[int]) -> Iterator[Output]:
    """Yield the tables outside the lines `code`, without what makes them tables."""
    lines = enumerate(text.splitlines(), start=1)
    rows = [(number, line) for number, line in lines if TABLE_ROW.match(line)]
    for _, group in groupby(enumerate(rows), key=lambda row: row[1][0] - row[0]):
        table = [row for _, row in group if row[0] not in code]
        if table:
            yield Output([MARKUP.sub(" ", line) for _, line in table], table[0][0])
