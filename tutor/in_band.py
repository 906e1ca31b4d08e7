"""A trace as an answer's own header carries it (`tracer.history`); whether the collector agrees.

The header is read and drawn by the code of the tracer and of the collector, but neither of them is
asked: this works with the collector stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from collector.files.writers.text import write, write_unfolded
from collector.model import Chunk
from collector.model import Span as StoredSpan
from tracer.history import HEADER, WANT, History, Point, read
from tutor import http
from tutor.terminal import count

ASKING = {HEADER: WANT}
"""The headers of a request that wants to know what was executed."""
MAX_NAMED = 5
"""Differences of one kind that are named; all are counted."""
ROUNDED_NS = 1_000
"""How far times may differ that have travelled in microseconds."""
NO_HEADER = (
    f"The answer has no `{HEADER}` header. Does web use the bundled tracer, with TRACE_HISTORY=ask"
    " (as in the stack of ./workshop up) or 1? Was the trace sampled away?"
)


def history_in(answer: http.Answer) -> History | None:
    """Return the trace that an answer brings along; None if it brings none that can be read."""
    found = read(answer.headers.get(HEADER, ""))
    return None if found is None else History.of(0, *found)


def waterfall(history: History, fold: bool) -> str:
    """Return the trace as lines for people, as the collector would write them."""
    spans = [
        StoredSpan(
            point.span_id,
            point.parent_id,
            point.service,
            point.name,
            point.resource,
            "",
            point.start,
            point.duration,
            int(point.error),
        )
        for point in history.points
    ]
    written = write if fold else write_unfolded
    return b"".join(written([Chunk(f"{history.trace_id:032x}", spans)])).decode()


def remarks(history: History, size: int) -> Iterator[str]:
    """Yield what is to be said about a history that came in a header of `size` bytes."""
    yield f"It came in {size:,} bytes of the answer's `{HEADER}` header."
    if history.cut:
        kinds = ", ".join(
            f"{number} × {' '.join(kind).strip() or 'others'}"
            for kind, number in history.cut.most_common()
        )
        yield f"There was no room for {count(history.cut.total(), 'span')}: {kinds}."
    if unfinished := sum(point.open for point in history.points):
        verb = "was" if unfinished == 1 else "were"
        yield f"{count(unfinished, 'span')} {verb} not over when the answer was sent."
    for fork in history.forks[:MAX_NAMED]:
        parent = next(point for point in history.points if point.span_id == fork.parent_id)
        how = "one off" if len(fork.branches) == 1 else f"into {len(fork.branches)}"
        end = "and joined" if fork.join else "and did not wait for all"
        yield f"{parent.service} {parent.name} forked {how} {end}."


class Differences(NamedTuple):
    """How what the collector has differs from what the header said, as lists of names."""

    only_in_header: list[str]
    only_in_collector: list[str]
    unlike: list[str]
    """Spans that both have, with another parent, name, service, resource, error or time."""

    def __bool__(self) -> bool:
        return any(self)


def compare(history: History, trace: dict[str, Any]) -> Differences:
    """Compare a history with a trace of the collector's `/api/trace/<id>`."""
    stored = {point.span_id: point for point in _points_of(trace)}
    said = {point.span_id: point for point in history.points}
    return Differences(
        [_title(point) for span_id, point in said.items() if span_id not in stored],
        [_title(point) for span_id, point in stored.items() if span_id not in said],
        [
            _title(point)
            for span_id, point in said.items()
            if span_id in stored and not _alike(point, stored[span_id])
        ],
    )


def verdict(history: History, trace: dict[str, Any]) -> Iterator[str]:
    """Yield in sentences whether the collector agrees."""
    differences = compare(history, trace)
    if not differences:
        spans = count(len(history.points), "span")
        yield f"The collector agrees: the same {spans}, with the same parents and times."
        return
    yield "The collector does not agree."
    only_header, only_collector, unlike = differences
    if only_collector:
        cut = history.cut.total()
        why = "cut, or later than the answer" if cut else "later than the answer"
        yield f"  Only the collector has {_named(only_collector)} ({why})."
    if only_header:
        yield f"  Only the header has {_named(only_header)} (lost, or sampled away)."
    if unlike:
        yield f"  They differ about {_named(unlike)}."


def _points_of(trace: dict[str, Any]) -> Iterator[Point]:
    columns, strings, t0 = trace["columns"], trace["strings"], int(trace["t0"])
    ids = [int(span_id, 16) for span_id in columns["id"]]
    for row, span_id in enumerate(ids):
        parent = columns["parent"][row]
        yield Point(
            span_id,
            ids[parent] if parent >= 0 else 0,
            strings[columns["service"][row]],
            strings[columns["name"][row]],
            strings[columns["resource"][row]],
            t0 + columns["start"][row],
            columns["duration"][row],
            bool(columns["error"][row]),
            False,
            False,
        )


def _alike(said: Point, stored: Point) -> bool:
    """Return whether a header's point is the stored one, as far as the header can know."""
    texts = zip(said[2:5], stored[2:5], strict=True)
    return (
        said.parent_id == stored.parent_id
        and all(a == b or (a.endswith("…") and b.startswith(a[:-1])) for a, b in texts)
        and abs(said.start - stored.start) <= ROUNDED_NS
        and (said.open or said.error == stored.error)
        and said.duration <= stored.duration + ROUNDED_NS
        and (said.open or said.duration >= stored.duration - ROUNDED_NS)
    )


def _title(point: Point) -> str:
    return f"{point.service} {point.name}"


def _named(titles: list[str]) -> str:
    more = len(titles) - MAX_NAMED
    names = ", ".join(titles[:MAX_NAMED])
    return f"{count(len(titles), 'span')}: {names}" + (f" and {more} more" if more > 0 else "")
