"""Reading a log in which each line is a record by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from collector.infer.readers.lines import Line, LineError
from collector.infer.readers.settings import Settings
from collector.infer.records import Record
from collector.infer.rejects import Rejects

Parse = Callable[[str, Settings], Record]
"""Returns the record of a line, or raises `LineError`."""
Reader = Callable[[Iterable[Line], Settings, Rejects], Iterator[Record]]
"""Yields the records of a log; lines that it cannot read are rejects."""


def by_line(parse: Parse) -> Reader:
    """Return a reader of logs whose lines `parse` can read."""

    def read(lines: Iterable[Line], settings: Settings, rejects: Rejects) -> Iterator[Record]:
        for number, text in lines:
            try:
                record = parse(text, settings)
            except LineError as problem:
                rejects.add(number, str(problem), text)
            else:
                yield record

    return read
