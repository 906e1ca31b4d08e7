"""timing.log, as lessons 2 to 4 write it.

    2026-11-26 15:12:42,781 match took 481.0 ms
    2026-11-26 15:12:43,997 web my-first-trace donuts.query took 147.0 ms

The moment is when the line was written, which is the end. Lines of three words before `took` have
a service and a correlation id, as from lesson 4 on.
"""

from __future__ import annotations

import re

from collector.infer.readers import times
from collector.infer.readers.lines import LineError
from collector.infer.readers.names import given, name
from collector.infer.readers.settings import Settings
from collector.infer.records import Record

_LINE = re.compile(
    rf"(?P<end>{times.ISO}) (?P<words>.+) took (?P<number>{times.NUMBER}) (?P<unit>s|ms|us|ns)"
)


def parse(line: str, settings: Settings) -> Record:
    """Return the record of a line. Raises `LineError` if it is none of timing.log."""
    found = _LINE.fullmatch(line)
    if not found:
        raise LineError("it is not a moment, a name, `took` and a time")
    end, resolution = times.iso(found["end"])
    duration, _ = times.count(found["number"], found["unit"])
    service, request_id, label = settings.service, "", found["words"]
    if label.count(" ") >= 2:
        service, request_id, label = label.split(" ", 2)
    return Record(
        name(service),
        name(label),
        max(0, end - duration),
        end,
        given(request_id),
        resolution=resolution,
    )
