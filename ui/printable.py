"""Text from elsewhere, made fit for a log.

Names, headers, addresses and the texts of exceptions may be whatever somebody has sent. A line
break in them would forge a line of the log, and an escape sequence would command the terminal that
shows it.

Rooms don't import each other, so several have this file; a test keeps the copies equal.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any


def printable(text: str) -> str:
    r"""Return `text` as one line, with whatever can't be printed escaped as in `\n` and `\x1b`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def traceback_text(problem: BaseException) -> str:
    """Return a traceback whose lines are all indented: none of them passes for a line of a log."""
    lines = "".join(traceback.format_exception(problem)).splitlines()
    return "\n".join(f"  {printable(line)}" for line in lines)


class PrintableRecord(logging.LogRecord):
    """A record with a message in one line, and with such a traceback below it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.exc_info and self.exc_info[1]:
            self.exc_text = traceback_text(self.exc_info[1])

    def getMessage(self) -> str:  # noqa: N802 (logging's name)
        """Return the message with its arguments."""
        return printable(super().getMessage())


def make_logs_printable() -> None:
    """Have all that this process logs from now on, libraries included, in this form."""
    logging.setLogRecordFactory(PrintableRecord)
