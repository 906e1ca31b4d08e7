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
        """Its fenced blocks."""
        return list(blocks(self.text, path))


def read(path: Path) -> list[Hint]:
    """The hints in the file at `path`, in order; none if there is no such file."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    pieces = f"\n{text}".split("\n## ")[1:]
    return [_hint(piece) for piece in pieces]


def climb(step: Step, progress: Progress) -> tuple[int, list[Hint]]:
    """One more hint for `step`: its index among the step's hints, which come second. The last one
    is given again and again.

    Raises `NotReadyError` if the step has none.
    """
    path = step.folder / "hints.md"
    ladder = read(path)
    if not ladder:
        raise NotReadyError(f"lesson {step.number} has no hints: {path} is missing")
    entry = progress.entry(step)
    seen = entry.hints if entry else 0
    if seen < len(ladder):
        progress.hinted(step)
    return min(seen, len(ladder) - 1), ladder


def _hint(piece: str) -> Hint:
    title, _, text = piece.partition("\n")
    return Hint(title.strip().lstrip("0123456789. "), text.strip())
