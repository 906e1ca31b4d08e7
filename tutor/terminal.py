"""What the user sees: colour where it is wanted, and one line that says how far long work is."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TextIO

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def has_colour(stream: TextIO) -> bool:
    """Whether to colour what goes to `stream`: it is a terminal, and nobody asked for no colour
    (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """`text` in `colour` (a key of `CODES`), or as it is where colour is not wanted."""
    if not has_colour(stream or sys.stdout):
        return text
    return f"\x1b[{CODES[colour]}m{text}\x1b[0m"


def count(number: int, noun: str) -> str:
    """`1 span`, `1,204 spans`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def complain(message: str) -> None:
    """Say on stderr what went wrong and what to do about it."""
    print(paint("✗ ", "red", sys.stderr) + message, file=sys.stderr)


class StatusLine:
    """One line that changes in place on a terminal; elsewhere a new line now and then.

    `every`: seconds that must pass between two lines where there is no terminal.
    """

    def __init__(self, every: float = 5, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._every = every
        self._last = float("-inf")
        self._shown = False

    def show(self, text: str) -> None:
        """Say how far the work is."""
        if self._live:
            width = shutil.get_terminal_size().columns
            self._write(f"\r\x1b[2K{text[: width - 1]}")
            self._shown = True
        elif time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self._write(f"{text}\n")

    def end(self, text: str = "") -> None:
        """Wipe the line and, if there is one, leave `text` in its place for good."""
        if self._shown:
            self._write("\r\x1b[2K")
            self._shown = False
        if text:
            self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
