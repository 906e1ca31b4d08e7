"""Traces read span by span, where no digest will do."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress

from collector.aggregates.sum_cache import Picked
from collector.aggregates.trace_set import Member
from collector.analysis.attributes import Tally, tally
from collector.analysis.detectors import Finding, detect
from collector.analysis.trace import Trace, read_trace
from collector.analysis.weight import RATE_TAGS
from collector.model import Span
from collector.store.sqlite import Store

TRACES = 1_000
"""Traces of a set that are read; the newest."""
SPANS = 60_000
"""Spans that they have together, unless the newest trace alone has more."""

_KEPT_SPANS = 120_000
_KEPT_VALUES = 60_000
_KEPT_FINDINGS = 200
"""Traces of which they are kept."""
_NEEDED = ("span.kind", "http.response.status_code", *RATE_TAGS)
"""Tags that the analysis asks for; the others are most of a trace's memory."""


class Reading:
    """Reads traces; keeps those read last, without what takes most of their memory. Any thread may
    ask."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[int, int, int], Trace] = OrderedDict()
        self._spans = 0
        self._findings: OrderedDict[tuple[str, int], list[Finding]] = OrderedDict()
        """By trace and its number of spans."""
        self._tallies: OrderedDict[tuple[tuple[int, int, int], ...], Tally] = OrderedDict()
        self._texts: dict[str, str] = {}
        self._tags: dict[tuple[object, ...], dict[str, str | int | float]] = {}
        self._lock = threading.Lock()

    def one(self, trace_id: str) -> Trace | None:
        """One trace with all of its tags; None if it is not stored."""
        found = self._store.find(trace_id)
        with suppress(sqlite3.Error):
            return read_trace(trace_id, found.spans()) if found else None
        return None

    def findings(self, trace_id: str) -> list[Finding]:
        """What detectors find in a trace; nothing if it is gone."""
        found = self._store.find(trace_id)
        with suppress(sqlite3.Error):
            version = found.summary().spans if found else 0
            with self._lock:
                known = self._findings.get((trace_id, version))
            if known is None:
                trace = self.one(trace_id)
                known = detect(trace) if trace else []
                with self._lock:
                    self._findings[trace_id, version] = known
                    if len(self._findings) > _KEPT_FINDINGS:
                        self._findings.popitem(last=False)
            return known
        return []

    def attributes(self, picked: Picked) -> Tally:
        """What the spans of the newest of the picked traces carry."""
        members = list(_some(picked))
        name = tuple((each.partition.number, each.row, each.spans) for each in members)
        with self._lock:
            known = self._tallies.pop(name, None)
        found = known or tally(self._spans_of(members))
        with self._lock:
            self._tallies[name] = found
            while sum(len(each.values) for each in self._tallies.values()) > _KEPT_VALUES:
                self._tallies.popitem(last=False)
        return found

    def _spans_of(self, members: list[Member]) -> Iterator[list[Span]]:
        for member in members:
            with suppress(sqlite3.Error):  # dropped meanwhile
                yield member.partition.spans_of(member.row)

    def lean(self, picked: Picked) -> list[Trace]:
        """The newest of the picked traces with no more tags than the analysis needs."""
        traces = (self._lean(member) for member in _some(picked))
        return [trace for trace in traces if trace]

    def _lean(self, member: Member) -> Trace | None:
        key = member.partition.number, member.row, member.spans
        with self._lock:
            trace = self._kept.get(key)
            if trace:
                self._kept.move_to_end(key)
                return trace
        with suppress(sqlite3.Error):
            spans = map(self._slim, member.partition.spans_of(member.row))
            trace = read_trace(member.trace_id, spans)
        if trace:
            with self._lock:
                if key not in self._kept:
                    self._kept[key] = trace
                    self._spans += member.spans
                while self._spans > _KEPT_SPANS and len(self._kept) > 1:
                    (_, _, spans_out), _ = self._kept.popitem(last=False)
                    self._spans -= spans_out
                if len(self._texts) > _KEPT_SPANS:
                    self._texts.clear()
                if len(self._tags) > _KEPT_SPANS:
                    self._tags.clear()
        return trace

    def _slim(self, span: Span) -> Span:
        """The span without most of its tags; texts that are equal are one and the same."""
        tags = span.tags
        needed = tuple(tags.get(key) for key in _NEEDED)
        kept = self._tags.get(needed)
        if kept is None:
            kept = {key: tags[key] for key in _NEEDED if key in tags}
            self._tags[needed] = kept
        once = self._texts.setdefault
        return Span(
            span.span_id,
            span.parent_id,
            once(span.service, span.service),
            once(span.name, span.name),
            once(span.resource, span.resource),
            once(span.type, span.type),
            span.start,
            span.duration,
            span.error,
            kept,
            (),
            span.links,
        )


def _some(picked: Picked) -> Iterator[Member]:
    left = SPANS
    for number, member in enumerate(picked.members[:TRACES]):
        left -= member.spans
        if left < 0 and number:
            return
        yield member
