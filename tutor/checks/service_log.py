"""What a service has printed: its own words on why no trace of it arrives."""

from __future__ import annotations

import re
from pathlib import Path

from tutor.supervisor.log_files import last_lines

MAX_LINES = 200
"""How far back a line may be and still be of interest."""

BEGINNING = re.compile(r"\w+ listening on http")
LOST = re.compile(r"spans? lost: ")
"""What the tracer says when it can't deliver what it has."""


class ServiceLog:
    """The log of the service `name`, in the file `path` (None: nobody keeps it)."""

    def __init__(self, name: str, path: Path | None) -> None:
        self._name = name
        self._path = path

    def last_words(self) -> str:
        """Quote the line that says which spans were lost, else the last one, since the service
        began to listen: `web's log: 1 span lost: …`; "" if there is none."""
        return self.on_lost_spans() or self._quoted(self._lines()[-1:])

    def on_lost_spans(self) -> str:
        """Quote the line that says which spans were lost; "" if there is none."""
        return self._quoted([line for line in self._lines() if LOST.search(line)])

    def _lines(self) -> list[str]:
        lines = last_lines(self._path, MAX_LINES) if self._path else []
        begun = [number for number, line in enumerate(lines, start=1) if BEGINNING.match(line)]
        return [line.strip() for line in lines[max(begun, default=0) :] if line.strip()]

    def _quoted(self, lines: list[str]) -> str:
        return f"{self._name}'s log: {lines[-1]}" if lines else ""
