"""What a lesson tells one to change in `mine/`, to the letter: patches, new files, removals."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tutor.course.lesson_markdown import Block, Lesson, LessonError, commands

MINE = "mine/"

Files = dict[str, str]
"""File name, as it is in `mine/`, to text."""


@dataclass(frozen=True)
class NewFile:
    """A whole file to write."""

    name: str
    text: str
    line: int

    def apply(self, files: Mapping[str, str]) -> Files:
        return {**files, self.name: self.text}


@dataclass(frozen=True)
class Removal:
    """Files to remove (`$ rm mine/timing.py`)."""

    names: list[str]
    line: int

    def apply(self, files: Mapping[str, str]) -> Files:
        missing = [name for name in self.names if name not in files]
        if missing:
            raise LessonError(f"line {self.line}: there is no {MINE}{missing[0]} to remove")
        return {name: text for name, text in files.items() if name not in self.names}


@dataclass(frozen=True)
class Patch:
    """A `diff` block for one file. Its hunks are found by their text, not by line numbers."""

    name: str
    text: str
    line: int

    def apply(self, files: Mapping[str, str]) -> Files:
        """The files after the patch.

        Raises `LessonError` if what a hunk replaces is not in the file just once.
        """
        if self.name not in files:
            raise LessonError(f"line {self.line}: there is no {MINE}{self.name} to change")
        lines = files[self.name].splitlines(keepends=True)
        for before, after in hunks(self.text):
            places = [
                at
                for at in range(len(lines) - len(before) + 1)
                if lines[at : at + len(before)] == before
            ]
            if len(places) != 1:
                wanted = "".join(before[:3]).rstrip()
                raise LessonError(
                    f"line {self.line}: a piece of this diff is {len(places)} times in"
                    f" {MINE}{self.name}, not once; it begins:\n{wanted}"
                )
            lines[places[0] : places[0] + len(before)] = after
        return {**files, self.name: "".join(lines)}


Edit = NewFile | Removal | Patch


def hunks(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """The pieces of a diff as the lines before and after; `@@` lines, if any, stand between them.

    Raises `LessonError` for a line that no diff has.
    """
    before: list[str] = []
    after: list[str] = []
    for line in text.splitlines(keepends=True):
        mark, rest = line[:1], line[1:]
        if line.startswith(("--- ", "+++ ")):
            continue
        if line.startswith("@@"):
            if before or after:
                yield before, after
            before, after = [], []
        elif mark == "\n":  # an empty line of context that lost its leading space
            before.append(line)
            after.append(line)
        elif mark in " -+":
            before += [rest] * (mark != "+")
            after += [rest] * (mark != "-")
        else:
            raise LessonError(f"{line.rstrip()!r} is no line of a diff")
    if before or after:
        yield before, after


def of(block: Block) -> Iterator[Edit]:
    """The changes that a block tells one to make: `rm` commands, a patch, a new file, or nothing.

    Raises `LessonError` if it names no file.
    """
    if block.language == "console":
        for command in commands(block):
            if names := removed(command.text):
                yield Removal(names, command.line)
    elif block.language == "diff":
        yield Patch(mine_name(block), block.text, block.line)
    elif (block.language == "python" and not block.is_reading) or block.is_new_file:
        yield NewFile(mine_name(block), block.text, block.line)


def mine_name(block: Block) -> str:
    """The file in `mine/` that a block is for. Raises `LessonError` if it names none."""
    if not block.file or not block.file.startswith(MINE):
        raise LessonError(f"line {block.line}: the line before this block must name `{MINE}…`")
    return block.file.removeprefix(MINE)


def removed(command: str) -> list[str]:
    """The files in `mine/` that a command line removes; none for any other command."""
    if not command.startswith("rm "):
        return []
    return [word.removeprefix(MINE) for word in shlex.split(command) if word.startswith(MINE)]


def apply(lesson: Lesson, files: Mapping[str, str]) -> Files:
    """`files` after all that the lesson tells one to do.

    Raises `LessonError` if something of it can't be done.
    """
    done = dict(files)
    for block in lesson.blocks:
        for edit in of(block):
            done = edit.apply(done)
    return done
