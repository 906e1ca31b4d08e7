"""The files of load test runs, beside the traces that the runs made: one JSON file per run."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from collector.decode_errors import DECODE_ERRORS
from collector.load_runs.record import Run

MAX_RUNS = 500
"""Runs that are kept; the oldest are deleted first."""
NO_SUCH_FILE = (errno.ENOENT, errno.ENAMETOOLONG)
"""Error numbers; a number of hundreds of digits makes a name that is too long."""


class RunError(Exception):
    """A run cannot be written, or read at present; the message says why."""


class Runs(Protocol):
    """The runs, numbered from 1. Every method may be called from any thread, and raises `RunError`
    if what it needs cannot be read or written."""

    def add(self, run: Run) -> int:
        """Store a new run and return its number."""

    def replace(self, run: Run) -> bool:
        """Store a run in place of the one with its number; return False if there is none."""

    def get(self, number: int) -> Run | None:
        """Return the run with that number; None if there is none that can be read."""

    def newest(self) -> list[Run]:
        """Return up to `MAX_RUNS`, the newest first."""


class RunFiles:
    """The runs in a folder, numbered from 1. Every method may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def add(self, run: Run) -> int:
        """Store a new run and return its number. Raises `RunError` if it cannot be written."""
        with self._lock, _named():
            run.number = max(self.numbers(), default=0) + 1
            self._write(run)
            for old in self.numbers()[:-MAX_RUNS]:
                self._path(old).unlink(missing_ok=True)
            return run.number

    def replace(self, run: Run) -> bool:
        """Store a run in place of the one with its number; return False if there is none.

        Raises `RunError` if it cannot be written.
        """
        with self._lock, _named():
            exists = run.number in self.numbers()
            if exists:
                self._write(run)
            return exists

    def get(self, number: int) -> Run | None:
        """Return the run with that number; None if there is none or its file is damaged.

        Raises `RunError` if it cannot be read at present.
        """
        try:
            return msgspec.json.decode(self._path(number).read_bytes(), type=Run)
        except DECODE_ERRORS:
            return None
        except OSError as problem:
            if problem.errno not in NO_SUCH_FILE:
                raise RunError(problem.strerror or str(problem)) from None
            return None

    def newest(self) -> list[Run]:
        """Return the runs, the newest first. Raises `RunError` if they cannot be read at
        present."""
        return [run for number in reversed(self.numbers()) if (run := self.get(number))]

    def numbers(self) -> list[int]:
        """Return the numbers of all runs, the oldest first."""
        names = [path.stem for path in self._folder.glob("*.json")]
        return sorted(int(name) for name in names if name.isascii() and name.isdigit())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.json"

    def _write(self, run: Run) -> None:
        """Write the whole record or nothing, so that a crash leaves no half of it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        new_path = self._folder / f"{run.number}.new"
        with new_path.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(run), indent=1))
            file.flush()
            os.fsync(file.fileno())
        new_path.replace(self._path(run.number))


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise RunError(problem.strerror or str(problem)) from None
