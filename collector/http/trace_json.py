"""Traces and spans as JSON, in the shapes of the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import nlargest
from itertools import chain, compress, count, islice
from struct import pack
from typing import Any

from collector.analysis.anomaly import Anomaly
from collector.analysis.chain import Verdict, chain_anomalies
from collector.analysis.clock_skew import skew_anomalies
from collector.analysis.forks import Fork, find_forks
from collector.analysis.proven_skew import find_skews, proof_anomalies
from collector.analysis.self_time import self_times
from collector.analysis.tree import build_tree
from collector.analysis.unitary_spans import unitary_anomalies
from collector.http_status import status_of
from collector.impossible_time import MAX_AHEAD_NS
from collector.model import Event, Span
from collector.name_template import template_of
from collector.store.trace_store import KnownServices, TraceStore
from collector.store.why_kept import WhyKept
from collector.trace_summary import TraceSummary

MAX_EVENTS_PER_SPAN = 8
"""Events of one span that come with the columns. All of them come with the span."""

MAX_EVENTS_PER_TRACE = 10_000
"""Events of all spans together that come with the columns."""

MAX_SUMMARY_SERVICES = 100
"""Services of a trace that its summary names, those with the most spans."""

MAX_FORKS = 1_000
"""Forks that come with the columns."""
MAX_BRANCHES = 1_000
"""Branches of a fork that come with the columns."""

MAX_ODDITIES = 1_000
"""Oddities of one kind that come with the columns."""


def summaries_json(store: TraceStore, summaries: list[TraceSummary]) -> list[dict[str, object]]:
    """Return a SUMMARY of docs/api.md for each of these traces."""
    why = store.why_kept([summary.trace_id for summary in summaries])
    return [summary_json(summary, why.get(summary.trace_id)) for summary in summaries]


def summary_json(summary: TraceSummary, why: WhyKept | None) -> dict[str, object]:
    """Return a SUMMARY of docs/api.md; `why` the trace was kept, if that is known."""
    return {
        "trace_id": summary.trace_id,
        "start": str(summary.start),
        "duration": summary.duration,
        "timed": summary.timed,
        "service": summary.service,
        "name": summary.name,
        "resource": summary.resource,
        "status": summary.status,
        "root_received": summary.root_received,
        "spans": summary.spans,
        "errors": summary.errors,
        "services": _most_common(summary.services),
        "services_left_out": max(0, len(summary.services) - MAX_SUMMARY_SERVICES),
        "version": summary.version,
        "kept": {"reason": why.reason, "stands_for": 1 / why.probability} if why else None,
    }


def _most_common(services: dict[str, int]) -> dict[str, int]:
    """Return the services with the most spans, in the order given."""
    if len(services) <= MAX_SUMMARY_SERVICES:
        return services
    most = set(nlargest(MAX_SUMMARY_SERVICES, services, key=services.__getitem__))
    return {name: spans for name, spans in services.items() if name in most}


def trace_head(
    catalog: KnownServices, summary: TraceSummary, why: WhyKept | None
) -> dict[str, object]:
    """Return what the answer about a whole trace says beside its columns, and what may change while
    the trace does not."""
    return {
        "trace_id": summary.trace_id,
        "summary": summary_json(summary, why),
        "services": {
            name: dict(zip(("color", "kind"), catalog.color_and_kind(name), strict=True))
            for name in summary.services
        },
    }


def trace_columns(summary: TraceSummary, spans: list[Span]) -> dict[str, Any]:
    """Return the whole trace as columns, with rows in display order. They depend on its spans
    only."""
    tree = build_tree(spans)
    rows = tree.spans
    t0 = summary.start
    texts = {
        "service": [span.service for span in rows],
        "name": [span.name for span in rows],
        "resource": [span.resource for span in rows],
        "type": [span.type for span in rows],
    }
    events = list(islice(_first_events(rows, summary), MAX_EVENTS_PER_TRACE))
    event_names = [event.name for _, _, event in events]
    named = dict.fromkeys(chain(texts["name"], texts["resource"]))
    template_of_text = _templates(named)
    few = dict.fromkeys(chain(texts["service"], texts["type"]))  # these get the shorter numbers
    strings = list(few | named | dict.fromkeys(chain(event_names, template_of_text.values())))
    index_of = {text: index for index, text in enumerate(strings)}.__getitem__
    columns: dict[str, list[Any]] = {
        "id": _hex([span.span_id for span in rows]),
        "parent": tree.parent,
        "depth": tree.depth,
        "size": tree.size,
        "start": [start - t0 for start in tree.start],
        "duration": [span.duration for span in rows],
        "self": self_times(tree),
        "error": [span.error for span in rows],
        "status": [status_of(span) for span in rows],
        "events": [len(span.events) for span in rows],
    }
    columns |= {name: list(map(index_of, column)) for name, column in texts.items()}
    suspected, proven = find_skews(tree)
    skewed = [*skew_anomalies(suspected), *proof_anomalies(proven)]
    chained = chain_anomalies(summary.trace_id, rows)
    oddities = [*tree.anomalies, *unitary_anomalies(rows), *chained, *skewed]
    of_kind = Counter(oddity.kind for oddity in oddities)
    odd = [
        {
            "kind": oddity.kind,
            "span": span_address(oddity.span_id, oddity.number),
            "what": oddity.what,
        }
        for oddity in _first_of_each_kind(oddities)
    ]
    forks = find_forks(tree)
    broken = {"orphan", "no_root", "cycle"}
    return {
        "t0": str(t0),
        "duration": summary.duration,
        "complete": not any(oddity.kind in broken for oddity in tree.anomalies),
        "strings": strings,
        "templates": [list(map(index_of, pair)) for pair in template_of_text.items()],
        "columns": columns,
        "asynchronous": list(compress(count(), tree.asynchronous)),
        "forks": list(map(_fork_json, forks[:MAX_FORKS])),
        "forks_left_out": max(0, len(forks) - MAX_FORKS),
        "untimed": list(tree.as_sent),
        "shared": [list(numbered) for numbered in tree.numbers.items()],
        "marks": [[row, after, index_of(event.name)] for row, after, event in events],
        "links": [[row, len(span.links)] for row, span in enumerate(rows) if span.links],
        "odd": odd,
        "odd_left_out": {
            kind: number - MAX_ODDITIES for kind, number in of_kind.items() if number > MAX_ODDITIES
        },
    }


def _fork_json(fork: Fork) -> dict[str, object]:
    return {
        "parent": fork.parent,
        "rows": fork.rows[:MAX_BRANCHES],
        "branches": len(fork.rows),
        "joined": fork.joined,
        "seen_by": fork.seen_by,
    }


def chain_json(trace_id: str, verdict: Verdict, complete: bool) -> dict[str, object]:
    """Return the answer of `/api/trace/<id>/chain`; `complete` is whether all spans were read."""
    if not complete:
        what = "The trace is too large for its chains of hashes to be verified."
        verdict = Verdict()
    else:
        what = verdict.what
    return {
        "trace_id": trace_id,
        "chains": verdict.chains,
        "spans": verdict.spans,
        "what": what,
        "faults": [
            {
                "kind": fault.kind,
                "chain": fault.chain,
                "place": fault.place,
                "span": span_address(fault.span_id, 1),
                "what": fault.what,
            }
            for fault in verdict.faults
        ],
        "faults_left_out": verdict.faults_left_out,
    }


def _templates(names: Iterable[str]) -> dict[str, str]:
    """Return the templates of those names that hold ids or literals."""
    templates = ((name, template_of(name)) for name in names)
    return {name: template for name, template in templates if template != name}


def _first_of_each_kind(oddities: list[Anomaly]) -> Iterator[Anomaly]:
    """Yield the oddities without those beyond `MAX_ODDITIES` of their kind."""
    seen: Counter[str] = Counter()
    for oddity in oddities:
        seen[oddity.kind] += 1
        if seen[oddity.kind] <= MAX_ODDITIES:
            yield oddity


def _first_events(rows: list[Span], summary: TraceSummary) -> Iterator[tuple[int, int, Event]]:
    """Yield the first events of each span: its row, ns after its start, the event. Events that are
    days away from the trace have no place on its axis."""
    earliest, latest = summary.start - MAX_AHEAD_NS, summary.end + MAX_AHEAD_NS
    for row, span in enumerate(rows):
        if span.events:
            near = (event for event in span.events if earliest <= event.time <= latest)
            first = sorted(near, key=lambda event: event.time)[:MAX_EVENTS_PER_SPAN]
            yield from ((row, event.time - span.start, event) for event in first)


def span_address(span_id: int, number: int) -> str:
    """Return how a span is named in addresses: its id, and from the second span with that id on a
    point and its number."""
    return f"{span_id:016x}.{number}" if number > 1 else f"{span_id:016x}"


def _hex(numbers: list[int]) -> list[str]:
    """Return 64-bit numbers as 16 hex digits each, made all at once because there are many."""
    return pack(f">{len(numbers)}Q", *numbers).hex(",", 8).split(",") if numbers else []


def span_detail(
    trace_id: str, spans: list[Span], span_id: int, number: int = 1
) -> dict[str, object] | None:
    """Return one span with its tags, events and links, or None if the trace does not have it.
    `number` says which of those with the id is wanted."""
    family = [span for span in spans if span_id in (span.span_id, span.parent_id)]
    tree = build_tree(family)
    rows = {
        tree.numbers.get(row, 1): row
        for row, span in enumerate(tree.spans)
        if span.span_id == span_id
    }
    row = rows.get(number)
    if row is None:
        return None
    span, self_time = tree.as_sent.get(row, tree.spans[row]), self_times(tree)[row]
    return {
        "id": f"{span.span_id:016x}",
        "number": number,
        "same_id": len(rows),
        "parent_id": f"{span.parent_id:016x}" if span.parent_id else None,
        "trace_id": trace_id,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "start": str(span.start),
        "duration": span.duration,
        "timed": span.timed,
        "self": self_time,
        "error": span.error,
        "tags": span.tags,
        "events": [
            {"time": str(event.time), "name": event.name, "attributes": event.attributes}
            for event in span.events
        ],
        "links": [
            {
                "trace_id": link.trace_id,
                "span_id": f"{link.span_id:016x}",
                "attributes": link.attributes,
            }
            for link in span.links
        ],
    }
