"""The changes to `mine/` that a lesson asks for, to the letter: patches, new files, removals."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tutor.course.lesson_markdown import Block, Lesson, LessonError, commands
from tutor.supervisor.app import MINE

Files = dict[str, str]
"""File name, as it is in `mine/`, to text."""


@dataclass(frozen=True)
class NewFile:
    """A whole file to write."""

    name: str
    text: str
    line: int

    def apply(self, files: Mapping[str, str]) -> Files:
        """Return `files` with the new one."""
        return {**files, self.name: self.text}


@dataclass(frozen=True)
class Removal:
    """Files to remove (`$ rm mine/timing.py`)."""

    names: list[str]
    line: int

    def apply(self, files: Mapping[str, str]) -> Files:
        """Return `files` without these. Raises `LessonError` if one of them is not there."""
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
        """Return `files` after the patch.

        Raises `LessonError` if the lines that a hunk replaces are not in the file exactly once.
        """
        if self.name not in files:
            raise LessonError(f"line {self.line}: there is no {MINE}{self.name} to change")
        lines = files[self.name].splitlines(keepends=True)
        for before, after in hunks(self.text):
            places = [
                index
                for index in range(len(lines) - len(before) + 1)
                if lines[index : index + len(before)] == before
            ]
            if len(places) != 1:
                beginning = "".join(before[:3]).rstrip()
                raise LessonError(
                    f"line {self.line}: a piece of this diff is found {len(places)} times in"
                    f" {MINE}{self.name}, not once; it begins:\n{beginning}"
                )
            lines[places[0] : places[0] + len(before)] = after
        return {**files, self.name: "".join(lines)}


Edit = NewFile | Removal | Patch


def hunks(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the pieces of a diff as the lines before and after; `@@` lines, if any, separate them.

    Raises `LessonError` if a line is not a line of a diff.
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
            raise LessonError(f"{line.rstrip()!r} is not a line of a diff")
    if before or after:
        yield before, after


def edits_in(block: Block) -> Iterator[Edit]:
    """Yield the changes that a block asks for: `rm` commands, a patch, a new file, or nothing.

    Raises `LessonError` if it is for a file and does not name it.
    """
    if block.language == "console":
        for command in commands(block):
            if names := removed_files(command.text):
                yield Removal(names, command.line)
    elif block.language == "diff":
        yield Patch(mine_name(block), block.text, block.line)
    elif (block.language == "python" and not block.is_reading) or block.is_new_file:
        yield NewFile(mine_name(block), block.text, block.line)


def mine_name(block: Block) -> str:
    """Return the file in `mine/` that a block is for. Raises `LessonError` if it names none."""
    if not block.file or not block.file.startswith(MINE):
        raise LessonError(f"line {block.line}: the line before this block must name `{MINE}…`")
    return block.file.removeprefix(MINE)


def removed_files(command: str) -> list[str]:
    """Return the files in `mine/` that a command line removes; none for any other command."""
    if not command.startswith("rm "):
        return []
    return [word.removeprefix(MINE) for word in shlex.split(command) if word.startswith(MINE)]


def apply(lesson: Lesson, files: Mapping[str, str]) -> Files:
    """Return `files` after all the changes that the lesson asks for.

    Raises `LessonError` if one of them can't be made.
    """
    changed = dict(files)
    for block in lesson.blocks:
        for edit in edits_in(block):
            changed = edit.apply(changed)
    return changed
