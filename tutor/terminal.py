"""Output to the terminal: colour where it is wanted, and a line that shows the progress of work."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import suppress
from typing import TextIO

COLOUR_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def has_colour(stream: TextIO) -> bool:
    """Return whether to colour what goes to `stream`: it is a terminal, and the user has not turned
    colour off (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return `text` in `colour` (a key of `COLOUR_CODES`), unchanged where colour is not wanted."""
    if not has_colour(stream or sys.stdout):
        return text
    return f"\x1b[{COLOUR_CODES[colour]}m{text}\x1b[0m"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 span`, `1,204 spans`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def complain(message: str) -> None:
    """Print on stderr what went wrong and what to do about it, if anything can be printed there."""
    with suppress(OSError):  # a full disk, a reader that is gone: the exit code still tells
        print(paint("✗ ", "red", sys.stderr) + message, file=sys.stderr, flush=True)


def note(message: str) -> None:
    """Print on stderr what is good to know, if anything can be printed there."""
    with suppress(OSError):
        print(f"Note: {message}", file=sys.stderr, flush=True)


def open_missing_streams() -> None:
    """Open the standard streams that the caller has closed (`./workshop status >&-`), on nothing.

    Else the first file that a command opens would take the place of its output.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, number)  # which programs that are started inherit
            if null != number:
                os.close(null)
            setattr(sys, name, open(number, "r" if name == "stdin" else "w", closefd=False))  # noqa: SIM115


def drop_output() -> None:
    """Let what is still to be printed go nowhere: nobody can read it any more."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


class StatusLine:
    """A line that shows progress: on a terminal it changes in place, elsewhere it is printed again
    now and then.

    `every` is the least time, in seconds, between two lines where there is no terminal.
    """

    def __init__(self, every: float = 5, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._every = every
        self._last = float("-inf")
        self._shown = False

    def show(self, text: str) -> None:
        """Show how far the work has got."""
        if self._live:
            width = shutil.get_terminal_size().columns
            self._write(f"\r\x1b[2K{text[: width - 1]}")
            self._shown = True
        elif time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self._write(f"{text}\n")

    def end(self, text: str = "") -> None:
        """Erase the line and, if `text` is not empty, print that in its place for good."""
        if self._shown:
            self._write("\r\x1b[2K")
            self._shown = False
        if text:
            self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
