"""What can go wrong, each with the exit code that `./workshop` ends with."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of `./workshop`."""

    GOOD = 0
    CHECK_FAILED = 1
    USAGE = 2
    NOT_READY = 3
    INTERRUPTED = 130


class UsageError(Exception):
    """The command was given something that it can't use."""


class NotReadyError(Exception):
    """Something outside the command is missing; the message says what, and what to do about it."""
