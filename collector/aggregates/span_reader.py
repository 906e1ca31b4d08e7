"""Traces read span by span, for answers that need more than digests."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress

from collector.aggregates.trace_analyses import analyses
from collector.aggregates.trace_set import Member, Sample, member_of
from collector.analysis.attributes import Tally, tally
from collector.analysis.detectors import Finding, detect
from collector.analysis.trace import Trace, read_trace
from collector.http_status import STATUS_TAGS
from collector.kept_probability import lean_rates
from collector.model import Span
from collector.store.large_reads import large_analyses
from collector.store.trace_store import TraceStore

MAX_TRACES = 1_000
"""Traces of a sample that are read: the newest."""
MAX_SPANS = 60_000
"""Spans that they have together, unless the newest trace alone has more."""

_MAX_KEPT_SPANS = MAX_SPANS
"""Spans of traces that stay in memory, about 20 MB: those of one answer."""
_MAX_KEPT_CHARS = 4_000_000
"""Length of the texts in them."""
_MAX_KEPT_VALUES = 60_000
"""Attribute values of tallies that stay in memory."""
_MAX_KEPT_FINDINGS = 200
"""Traces whose findings stay in memory."""
_NEEDED_TAGS = ("span.kind", *STATUS_TAGS)
"""Tags that the analysis uses, beside those that say how a trace was sampled; the others take most
of a trace's memory."""


class SpanReader:
    """Reads traces, and keeps those read last without what takes most of their memory.
    Thread-safe."""

    def __init__(self, store: TraceStore) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[int, int, int], Trace] = OrderedDict()
        self._kept_spans = 0
        self._findings: OrderedDict[tuple[str, int], list[Finding]] = OrderedDict()
        """By trace and its number of spans."""
        self._tallies: OrderedDict[tuple[tuple[int, int, int], ...], Tally] = OrderedDict()
        self._texts: dict[str, str] = {}
        self._chars = 0
        self._tags: dict[tuple[object, ...], dict[str, str | int | float]] = {}
        self._lock = threading.Lock()

    def whole_trace(self, trace_id: str) -> Trace | None:
        """Return one trace with all tags of its spans; None if it is not stored."""
        stored = self._store.find(trace_id)
        with suppress(sqlite3.Error):
            return read_trace(trace_id, stored.spans()) if stored else None
        return None

    def findings(self, trace_id: str) -> list[Finding]:
        """Return what detectors find in a trace; nothing if it is gone."""
        stored = self._store.find(trace_id)
        with suppress(sqlite3.Error):
            member = member_of(stored) if stored else None
            if member is None:
                return []
            with self._lock:
                findings = self._findings.get((trace_id, member.spans))
            if findings is None:
                findings = analyses.of(member, detect) or []
                with self._lock:
                    self._findings[trace_id, member.spans] = findings
                    if len(self._findings) > _MAX_KEPT_FINDINGS:
                        self._findings.popitem(last=False)
            return findings
        return []

    def attributes(self, sample: Sample) -> Tally:
        """Return what attribute values the newest traces of the sample have."""
        members = list(_newest(sample))
        name = tuple((member.partition.number, member.row, member.spans) for member in members)
        with self._lock:
            kept = self._tallies.pop(name, None)
        weights = [card.weight for card in sample.cards]
        counted = kept or tally(self._weighed_spans(members, weights))
        with self._lock:
            self._tallies[name] = counted
            while sum(len(each.values) for each in self._tallies.values()) > _MAX_KEPT_VALUES:
                self._tallies.popitem(last=False)
        return counted

    def _weighed_spans(
        self, members: list[Member], weights: list[int]
    ) -> Iterator[tuple[int, list[Span]]]:
        for member, weight in zip(members, weights, strict=False):
            with suppress(sqlite3.Error), large_analyses.turn(member.spans):  # or dropped meanwhile
                yield weight, member.partition.spans_of(member.row)

    def lean_traces(self, sample: Sample) -> list[Trace]:
        """Return the newest traces of the sample with only those tags that the analysis needs."""
        members = list(_newest(sample))
        # The newest last: so it is those that no answer needs any more that go first.
        traces = [self._lean_trace(member) for member in reversed(members)]
        return [trace for trace in reversed(traces) if trace]

    def _lean_trace(self, member: Member) -> Trace | None:
        key = member.partition.number, member.row, member.spans
        with self._lock:
            trace = self._kept.get(key)
            if trace:
                self._kept.move_to_end(key)
                return trace
        with suppress(sqlite3.Error), large_analyses.turn(member.spans):
            spans = map(self._lean_span, member.partition.spans_of(member.row))
            trace = read_trace(member.trace_id, spans)
        if trace:
            with self._lock:
                if key not in self._kept:
                    self._kept[key] = trace
                    self._kept_spans += member.spans
                while self._kept_spans > _MAX_KEPT_SPANS and len(self._kept) > 1:
                    (_, _, spans_out), _ = self._kept.popitem(last=False)
                    self._kept_spans -= spans_out
                if len(self._texts) > _MAX_KEPT_SPANS or self._chars > _MAX_KEPT_CHARS:
                    self._forget_all()
                if len(self._tags) > _MAX_KEPT_SPANS:
                    self._tags.clear()
        return trace

    def _lean_span(self, span: Span) -> Span:
        """Return the span without most of its tags; equal texts become one object."""
        tags = span.tags
        rates = lean_rates(tags)
        needed = (*(tags.get(key) for key in _NEEDED_TAGS), *rates.values())
        kept = self._tags.get(needed)
        if kept is None:
            kept = {key: tags[key] for key in _NEEDED_TAGS if key in tags} | rates
            self._tags[needed] = kept
        once = self._once
        return Span(
            span.span_id,
            span.parent_id,
            once(span.service),
            once(span.name),
            once(span.resource),
            once(span.type),
            span.start,
            span.duration,
            span.error,
            kept,
            (),
            span.links,
            span.arrived,
        )

    def _once(self, text: str) -> str:
        kept = self._texts.get(text)
        if kept is None:
            kept = self._texts[text] = text
            self._chars += len(text)
        return kept

    def _forget_all(self) -> None:
        """Let go of all traces, and so of their texts."""
        self._kept.clear()
        self._texts.clear()
        self._kept_spans = self._chars = 0


def _newest(sample: Sample) -> Iterator[Member]:
    """Yield the newest traces of a sample, as far as the limits reach."""
    left = MAX_SPANS
    for number, member in enumerate(sample.members[:MAX_TRACES]):
        left -= member.spans
        if left < 0 and number:
            return
        yield member
