"""The exit codes of `./workshop`, and the errors that end it with one."""

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
    """The command line asks for something that does not exist or makes no sense (exit code 2)."""


class NotReadyError(Exception):
    """Something outside the command is missing (exit code 3).

    The message says what is missing, and what to do about it.
    """
