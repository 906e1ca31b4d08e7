"""Settings that pages change, such as rules of sampling: each is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class SettingError(Exception):
    """A setting cannot be read or written at present; the message says why."""


class Setting(Protocol):
    """One setting. Thread-safe."""

    name: str
    """How it is called in messages."""

    def read(self) -> bytes | None:
        """Return what was written last; None if nothing was. Raises `SettingError`."""

    def write(self, content: bytes) -> None:
        """Let something else hold from now on. Raises `SettingError` if it cannot be written; then
        the old one holds."""

    def changed(self) -> bytes | None:
        """Return what another collector has written since it was read; None if nothing."""


class SettingFile:
    """A setting in a file, which no other collector writes."""

    def __init__(self, file: Path) -> None:
        """The file need not exist."""
        self._file = file
        self.name = file.name

    def read(self) -> bytes | None:
        """Return what was written last; None if nothing was. Raises `SettingError`."""
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise SettingError(problem.strerror or str(problem)) from None

    def write(self, content: bytes) -> None:
        """Replace the file, so that a crash leaves the old or the new one and no half of either.

        Raises `SettingError` if it cannot be written.
        """
        new = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            new.replace(self._file)
        except OSError as problem:
            raise SettingError(problem.strerror or str(problem)) from None

    def changed(self) -> None:
        """Return nothing: nobody else writes the file."""
