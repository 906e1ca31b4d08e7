"""mine/: the folder that the learner works in, and how the tutor changes it without losing work."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from pathlib import Path

from tutor.errors import NotReadyError
from tutor.paths import mine_dir

BACKUPS = ".backup"


class Workspace:
    """The learner's folder. Only files with a name in `code_files` (those that some checkpoint has)
    are ever replaced or removed here; everything else that the learner keeps there is left alone.
    """

    def __init__(self, code_files: Collection[str], folder: Path | None = None) -> None:
        self.folder = folder or mine_dir()
        self.code_files = code_files

    def must_exist(self) -> None:
        """Check that the course was started. Raises `NotReadyError` if it was not."""
        if not self.folder.is_dir():
            raise NotReadyError("you haven't started the course yet. Start it: ./workshop start")

    def files(self) -> dict[str, str]:
        """Return the files whose names are in `code_files`: name to text."""
        paths = [self.folder / name for name in sorted(self.code_files)]
        return {path.name: path.read_text("utf-8") for path in paths if path.is_file()}

    def replaced_by(self, files: Mapping[str, str]) -> list[str]:
        """Return the names of the files that `fill(files)` would change or remove."""
        return [name for name, text in self.files().items() if files.get(name) != text]

    def fill(self, files: Mapping[str, str]) -> Path | None:
        """Make `files` all the code that is there.

        What is changed or removed is kept in a new folder of `.backup/`, which is returned; None if
        there was nothing to keep.
        """
        replaced = self.replaced_by(files)
        backup = self._back_up(replaced) if replaced else None
        for name in replaced:
            if name not in files:
                (self.folder / name).unlink()
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = self.folder / name
            if not path.is_file() or path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")
        return backup

    def add(self, notes: Mapping[str, str]) -> None:
        """Write those `notes` that are not there yet: what a learner wrote is never replaced."""
        for name, text in notes.items():
            if not (self.folder / name).exists():
                (self.folder / name).write_text(text, "utf-8")

    def _back_up(self, names: Collection[str]) -> Path:
        stamp = time.strftime("%Y-%m-%d-%H%M%S")
        number = 0
        while True:
            backup = self.folder / BACKUPS / (f"{stamp}-{number}" if number else stamp)
            try:
                backup.mkdir(parents=True)
                break
            except FileExistsError:
                number += 1
        for name in names:
            (backup / name).write_bytes((self.folder / name).read_bytes())
        return backup
