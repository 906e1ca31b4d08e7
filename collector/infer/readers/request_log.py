"""The request log of our own services (services/request_log.py).

    2026-11-27T07:01:02.123456Z web 12.345 ms GET /pair/beer 200 id=5f2c9e thread=4711
    2026-11-27T07:01:02.124001Z web 9.102 ms GET /taste 200 to=127.0.0.1:5001 id=5f2c9e thread=4711

The moment is the start. A line with `to=` is a call as the one who made it saw it.
"""

from __future__ import annotations

import re

from collector.infer.readers import times
from collector.infer.readers.lines import LineError
from collector.infer.readers.names import given, name
from collector.infer.readers.settings import Settings
from collector.infer.records import Record

_LINE = re.compile(
    rf"(?P<start>{times.ISO}) (?P<service>\S+) (?P<duration>{times.NUMBER}) ms"
    r" (?P<name>\S+(?: \S+)?) (?P<status>\w+)"
    r"(?: to=(?P<to>\S+))?(?: id=(?P<id>\S+))?(?: thread=(?P<thread>\S+))?"
)


def parse(line: str, settings: Settings) -> Record:
    """Return the record of a line. Raises `LineError` if it is none of a request log."""
    found = _LINE.fullmatch(line)
    if not found:
        raise LineError("it is not a moment, a service, a time in ms, a request and a status")
    start, resolution = times.iso(found["start"])
    duration, _ = times.count(found["duration"], "ms")
    callee = given(found["to"])
    return Record(
        name(found["service"]),
        name(found["name"]),
        start,
        start + duration,
        given(found["id"]),
        thread=given(found["thread"]),
        callee=name(settings.name_of(callee) or callee),
        resolution=resolution,
    )
