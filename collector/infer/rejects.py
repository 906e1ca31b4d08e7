"""Lines of a log that could not be read: how many there are, and what is wrong with the first."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

from collector.printable import printable

MAX_KEPT = 20
"""Lines that are kept, with the reason; all others are only counted."""
EXCERPT_CHARS = 80


@dataclass(frozen=True)
class Reject:
    """One line that was left out."""

    line: int
    """Its number in the log, from 1."""
    reason: str
    excerpt: str
    """How it begins, printable."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}: {self.excerpt}"


@dataclass
class Rejects:
    """The lines of one log that were left out."""

    count: int = 0
    kept: list[Reject] = field(default_factory=list)
    """The first of them, at most `MAX_KEPT`, in the order of the log."""

    def add(self, line: int, reason: str, text: str) -> None:
        """Count the line with that number, and keep it if there is room."""
        self.count += 1
        if len(self.kept) < MAX_KEPT:
            insort(self.kept, Reject(line, reason, excerpt(text)), key=lambda reject: reject.line)


def excerpt(text: str) -> str:
    """Return how `text` begins, on one line and printable."""
    beginning = printable(text[:EXCERPT_CHARS])[:EXCERPT_CHARS]
    return f"{beginning}…" if len(text) > EXCERPT_CHARS else beginning
