"""The table of strings of a v0.5 body, to which its spans point."""

from __future__ import annotations

from collections.abc import Iterable

from collector import limits
from collector.receivers.body import BodyError


class Strings:
    """A table that is read a string at a time, and counts what it gave away.

    Every span can point to the same long string, so that a small body means many times its size.
    What a body may have once decompressed is enough for all spans together, and more than any
    client sends.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        self._strings = list(strings)
        self._taken_chars = 0

    def __len__(self) -> int:
        return len(self._strings)

    def take(self, number: int) -> str:
        """Return a string. Raises `BodyError` if all that were taken are too long together."""
        string = self._strings[number]
        self._taken_chars += len(string)
        if self._taken_chars > limits.DECOMPRESSED_BYTES:
            message = (
                f"the spans have texts of more than {limits.DECOMPRESSED_BYTES:,} characters;"
                " send fewer at a time"
            )
            raise BodyError(413, "too_large", message)
        return string
