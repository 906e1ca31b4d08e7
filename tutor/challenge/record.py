"""What the learner has achieved so far: `data/challenges.json`, beside the traces."""

from __future__ import annotations

import msgspec

from tutor import private_files
from tutor.paths import data_dir

POINTS = 3
"""What a whole answer is worth: operation, cause and evidence, a point each."""


class Entry(msgspec.Struct, frozen=True):
    """One build: the most `points` that an answer had, and how many answers and hints there were
    until it was solved."""

    points: int = 0
    answers: int = 0
    hints: int = 0

    @property
    def is_solved(self) -> bool:
        """Whether an answer had all points."""
        return self.points == POINTS


class Record:
    """The entries of all builds, by number. Every change is written at once."""

    def __init__(self) -> None:
        self.path = data_dir() / "challenges.json"
        try:
            self._entries = msgspec.json.decode(self.path.read_bytes(), type=dict[int, Entry])
        except (FileNotFoundError, msgspec.MsgspecError):
            self._entries = {}

    def __getitem__(self, number: int) -> Entry:
        return self._entries.get(number, Entry())

    def add_answer(self, number: int, points: int) -> None:
        """Note an answer, unless the build was solved before."""
        old = self[number]
        if not old.is_solved:
            self._put(number, Entry(max(old.points, points), old.answers + 1, old.hints))

    def add_hint(self, number: int) -> None:
        """Note a hint, unless the build was solved before."""
        old = self[number]
        if not old.is_solved:
            self._put(number, Entry(old.points, old.answers, old.hints + 1))

    def _put(self, number: int, entry: Entry) -> None:
        self._entries[number] = entry
        private_files.make_folder(self.path.parent)
        private_files.replace(self.path, msgspec.json.encode(self._entries) + b"\n")
