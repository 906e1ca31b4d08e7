"""A file that arrives in pieces, without its compression: gzip, or none."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from collector.receivers.body import BodyError

GZIP_BEGINS = b"\x1f\x8b"
MAX_UNPACKED_BYTES = 4 * 1024**3
"""Size of a compressed file once unpacked. One that was not compressed may be of any size: nobody
makes that by accident, or sends it by the megabyte."""
STEP_BYTES = 1024 * 1024
"""How much is unpacked at a time."""
READ_BYTES = 16 * 1024
"""How much zlib is given at a time: after every member it copies what it has not used."""
GZIP_WINDOW = zlib.MAX_WBITS | 16
MB = 1024 * 1024


class Unpacking:
    """The unpacking of one file. Holds no more than a step of it."""

    def __init__(self, max_bytes: int = MAX_UNPACKED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._begin = b""
        """What has come, until it tells whether it is compressed."""
        self._is_known = False
        self._is_compressed = False
        self._member = zlib.decompressobj(GZIP_WINDOW)
        self._has_begun = False
        """Whether there is something of the current member."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take in the next piece; yield what is in it.

        Raises `BodyError` if it is not valid gzip, or too large once unpacked.
        """
        if not self._is_known:
            data = self._begin = self._begin + data
            if len(data) < len(GZIP_BEGINS):
                return
            self._is_known, self._begin = True, b""
            self._is_compressed = data.startswith(GZIP_BEGINS)
        if not self._is_compressed:
            yield data
            return
        for begin in range(0, len(data), READ_BYTES):
            yield from self._unpacked(data[begin : begin + READ_BYTES])

    def finish(self) -> Iterator[bytes]:
        """Yield what is left. Raises `BodyError` if something is missing."""
        if self._begin:
            yield self._begin
        if self._is_compressed and self._has_begun:
            raise _invalid("it ends too early")

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        """Unpack the members in `data`, the first and the last of which may be parts."""
        # Zeros may follow a member.
        while data := data if self._has_begun else data.lstrip(b"\0"):
            self._has_begun = True
            yield from self._steps(data)
            if not self._member.eof:
                return
            data = self._member.unused_data
            self._member, self._has_begun = zlib.decompressobj(GZIP_WINDOW), False

    def _steps(self, data: bytes) -> Iterator[bytes]:
        """Unpack what `data` has of the current member."""
        is_more = True
        while is_more and not self._member.eof:
            try:
                piece = self._member.decompress(data, STEP_BYTES)
            except zlib.error as problem:
                raise _invalid(str(problem)) from None
            self._bytes += len(piece)
            if self._bytes > self._max_bytes:
                message = f"the file is larger than {self._max_bytes // MB:,} MB once unpacked"
                raise BodyError(413, "too_large", f"{message}; unpack it first (gunzip)")
            if piece:
                yield piece
            data = self._member.unconsumed_tail
            is_more = bool(data) or len(piece) == STEP_BYTES


def _invalid(reason: str) -> BodyError:
    return BodyError(400, "malformed", f"the file is not valid gzip: {reason}")
