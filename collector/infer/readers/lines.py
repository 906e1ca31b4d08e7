"""The lines of a log, one after another, however large it is and whatever it holds."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path

from collector.infer.rejects import Rejects

MAX_LINE_BYTES = 64 * 1024
"""Length of a line. A longer one is left out without ever being in memory as a whole."""

_GZIP_MAGIC = b"\x1f\x8b"

Source = Path | BufferedReader | Iterable[bytes]
"""A file, which may be compressed with gzip, or lines as they come."""
Line = tuple[int, str]
"""A line's number, from 1, and its text, without the end."""


class LineError(ValueError):
    """A line that cannot be read; the message says why, in a few words."""


def numbered_lines(source: Source, rejects: Rejects) -> Iterator[Line]:
    """Yield the lines of a log that are text; blank ones are left out, all others are rejects.

    Raises `OSError` if a file cannot be opened or read.
    """
    for number, raw in enumerate(_raw_lines(source), 1):
        if len(raw) > MAX_LINE_BYTES:
            rejects.add(number, f"it is longer than {MAX_LINE_BYTES // 1024} kB", _text(raw[:200]))
        elif b"\0" in raw:
            rejects.add(number, "it is not text", _text(raw))
        elif text := _text(raw).strip():
            yield number, text


def _raw_lines(source: Source) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from _lines_of(file, str(source))
    elif isinstance(source, BufferedReader):
        yield from _lines_of(source, "the log")
    else:
        yield from source


def _lines_of(file: BufferedReader, title: str) -> Iterator[bytes]:
    """Yield the lines of a file, and of those that are too long only how they begin."""
    is_compressed = file.peek(2)[:2] == _GZIP_MAGIC
    text = gzip.GzipFile(fileobj=file) if is_compressed else file
    try:
        while line := text.readline(MAX_LINE_BYTES + 1):
            yield line
            while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                line = text.readline(MAX_LINE_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise OSError(f"{title} is not whole: {problem}") from problem


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
