"""Output to the terminal: colour where it is wanted, a line that shows the progress of work, and
nothing that would command the terminal.

Much of what is printed comes from elsewhere: names of spans, answers, logs. Whatever can't be
printed in it is escaped on its way out, by the stream that `printable_output` puts in place.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

COLOUR_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

MAX_FILL_CHARS = 120
"""The width of filled text in a wide window, or where there is none: longer lines are hard to
read."""

OWN = f"\0{secrets.token_hex(8)}\0"
"""What stands before and after our own control sequences until they are written. It differs from
run to run, so that no text from elsewhere can have it."""


class PrintableOutput:
    """A stream that writes to another one, and lets only our own control sequences through."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write `text`, with whatever can't be printed escaped; line breaks and tabs can."""
        parts = text.split(OWN)
        parts[::2] = map(printable_lines, parts[::2])  # every other part is our own
        self._stream.write("".join(parts))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)


@contextmanager
def printable_output() -> Iterator[None]:
    """Let nothing but `PrintableOutput` get to stdout and stderr during the `with` block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", PrintableOutput(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def printable(text: str) -> str:
    r"""Return `text` as one line, with whatever can't be printed escaped as in `\n` and `\x1b`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def printable_lines(text: str) -> str:
    """Return `text` with whatever can't be printed escaped, except line breaks and tabs."""
    if text.isprintable():
        return text
    return "".join(char if char in "\n\t" else printable(char) for char in text)


def control(sequence: str, stream: TextIO) -> str:
    """Return one of our own control sequences in the form in which it gets through `stream`."""
    return f"{OWN}{sequence}{OWN}" if isinstance(stream, PrintableOutput) else sequence


def has_colour(stream: TextIO) -> bool:
    """Return whether to colour what goes to `stream`: it is a terminal, and the user has not turned
    colour off (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def fill_width(stream: TextIO | None = None) -> int:
    """Return how many characters wide to fill text that goes to `stream`: as wide as the window, if
    there is one, up to `MAX_FILL_CHARS`."""
    stream = stream or sys.stdout
    columns = shutil.get_terminal_size().columns if stream.isatty() else MAX_FILL_CHARS
    return min(columns, MAX_FILL_CHARS)


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return `text` in `colour` (a key of `COLOUR_CODES`), unchanged where colour is not wanted."""
    stream = stream or sys.stdout
    if not has_colour(stream):
        return text
    begin, end = (control(f"\x1b[{code}m", stream) for code in (COLOUR_CODES[colour], "0"))
    return f"{begin}{text}{end}"


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
        self._erasure = control("\r\x1b[2K", self._stream)
        self._every = every
        self._last = float("-inf")
        self._shown = False

    def show(self, text: str) -> None:
        """Show how far the work has got."""
        if self._live:
            width = shutil.get_terminal_size().columns
            self._write(self._erasure + printable(text)[: width - 1])
            self._shown = True
        elif time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self._write(f"{text}\n")

    def end(self, text: str = "") -> None:
        """Erase the line and, if `text` is not empty, print that in its place for good."""
        if self._shown:
            self._write(self._erasure)
            self._shown = False
        if text:
            self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
