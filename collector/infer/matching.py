"""Which record and which traced request are about the same thing."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from collector.infer.forest import Forest
from collector.infer.records import Record

TOLERANCE_NS = 100_000_000
"""How far the times of a log and of a trace may be apart: the one begins when a request has been
read, the other when it is handed to the app."""
MAX_NEIGHBOURS = 200
"""Records compared with one traced request."""


def match(forest: Forest, requests: Sequence[Record]) -> dict[int, int]:
    """Return for each record that is also in the traces the index of its traced request: those of
    the same service whose times are nearest to each other, each taken once. Where both the line and
    the span name the request's id, only equal ones go together: times alone mistake one of several
    requests that began in the same millisecond for another."""
    by_service: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, record in enumerate(forest.records):
        if forest.is_server(index):
            by_service[record.service].append((record.start, index))
    for starts in by_service.values():
        starts.sort()
    pairs = [
        (not _says_so(forest, index, call), _distance(forest, index, call), index, place)
        for place, call in enumerate(requests)
        for index in _near(forest, by_service[call.service], call)
    ]
    pairs.sort()
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, index, place in pairs:
        if index not in matched and place not in taken:
            matched[index] = place
            taken.add(place)
    return matched


def _near(forest: Forest, starts: Sequence[tuple[int, int]], call: Record) -> list[int]:
    """Return the records that may be the call."""
    widest = TOLERANCE_NS + 2 * max(
        (forest.records[i].resolution for _, i in starts[:1]), default=0
    )
    first = bisect_left(starts, (call.start - widest, -1))
    near = []
    for start, index in starts[first : first + MAX_NEIGHBOURS]:
        if start > call.start + widest:
            break
        if abs(forest.records[index].end - call.end) <= widest and _may_be(forest, index, call):
            near.append(index)
    return near


def _says_so(forest: Forest, index: int, call: Record) -> bool:
    return bool(call.line_id) and forest.records[index].id_in_log == call.line_id


def _may_be(forest: Forest, index: int, call: Record) -> bool:
    in_log = forest.records[index].id_in_log
    return not (in_log and call.line_id) or in_log == call.line_id


def _distance(forest: Forest, index: int, call: Record) -> int:
    record = forest.records[index]
    return abs(record.start - call.start) + abs(record.end - call.end)
