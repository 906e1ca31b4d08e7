"""hints.md: a ladder of help for one lesson, from the idea over the place to the code.

Each `## ` heading begins a hint.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tutor.course.lesson_markdown import Block, blocks
from tutor.course.lessons import Step
from tutor.course.progress import Progress
from tutor.errors import NotReadyError


@dataclass(frozen=True)
class Hint:
    """One hint: the words of its heading without the number, and its text (Markdown)."""

    title: str
    text: str

    def blocks(self, path: Path) -> list[Block]:
        """Return its fenced blocks. `path` is the file's, for errors."""
        return list(blocks(self.text, path))


def read(path: Path) -> list[Hint]:
    """Return the hints in the file at `path`, in order; none if there is no such file."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    pieces = f"\n{text}".split("\n## ")[1:]
    return [_hint(piece) for piece in pieces]


def next_hint(step: Step, progress: Progress) -> tuple[int, list[Hint]]:
    """Give one more hint for `step`: return its index, and all hints of the step. After the last
    one, that is given again.

    Raises `NotReadyError` if the step has no hints.
    """
    path = step.folder / "hints.md"
    hints = read(path)
    if not hints:
        raise NotReadyError(f"lesson {step.number} has no hints: {path} is missing")
    entry = progress.entry(step)
    given = entry.hints if entry else 0
    if given < len(hints):
        progress.record_hint(step)
    return min(given, len(hints) - 1), hints


def _hint(piece: str) -> Hint:
    title, _, text = piece.partition("\n")
    return Hint(title.strip().lstrip("0123456789. "), text.strip())
