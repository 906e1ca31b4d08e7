"""Writing what a lesson's commands print now into the lesson."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tutor.course.lesson_markdown import Command
from tutor.coursecheck.normalize import ELLIPSIS, id_replacements, split_at_ellipsis
from tutor.coursecheck.play_lesson import NOT_COMPARED


def rewrite(path: Path, outputs: Sequence[tuple[Command, list[str]]]) -> bool:
    """Replace what the commands of the lesson at `path` are shown to print with their `outputs`;
    return whether that changed anything.

    Where the lesson leaves out lines (`…`), it still does. Where a command names an id that an
    earlier one printed, it names the new one.
    """
    lines = path.read_text("utf-8").splitlines()
    before = list(lines)
    ids = {
        shown_id: printed_id
        for command, printed in outputs
        for shown_id, printed_id in id_replacements(command.output, printed).items()
    }
    for command, printed in reversed(outputs):
        start = command.line + command.text.count("\n")  # lines are counted from 1
        if not NOT_COMPARED.match(command.text):
            lines[start : start + len(command.output)] = updated_output(command.output, printed)
        typed = f"$ {command.text}"
        for shown_id, printed_id in ids.items():
            typed = typed.replace(shown_id, printed_id)
        lines[command.line - 1 : start] = typed.split("\n")
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return lines != before


def updated_output(shown: Sequence[str], printed: Sequence[str]) -> list[str]:
    """Return what a lesson should show now: `printed`, with a line `…` where `shown` has one."""
    head, tail, has_ellipsis = split_at_ellipsis(shown)
    if not has_ellipsis or len(head) + len(tail) >= len(printed):
        return list(shown) if has_ellipsis and not (head or tail) else list(printed)
    return [*printed[: len(head)], ELLIPSIS, *printed[len(printed) - len(tail) :]]
