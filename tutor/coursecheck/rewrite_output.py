"""Writing into a lesson what its commands print now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tutor.course.lesson_markdown import Command
from tutor.coursecheck.normalize import renewed, same_ids
from tutor.coursecheck.play_lesson import MACHINE


def rewrite(path: Path, printed: Sequence[tuple[Command, list[str]]]) -> bool:
    """Replace what the commands of the lesson at `path` are shown to print with what they have
    `printed`; whether that changed anything. Where lines are left out (`…`), they still are.
    Commands that name an id which was printed before name the new one."""
    lines = path.read_text("utf-8").splitlines()
    before = list(lines)
    ids = {
        shown: real
        for command, output in printed
        for shown, real in same_ids(command.output, output).items()
    }
    for command, output in reversed(printed):
        start = command.line + command.text.count("\n")  # lines are counted from 1
        if not MACHINE.match(command.text):
            lines[start : start + len(command.output)] = renewed(command.output, output)
        typed = f"$ {command.text}"
        for shown, real in ids.items():
            typed = typed.replace(shown, real)
        lines[command.line - 1 : start] = typed.split("\n")
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return lines != before
