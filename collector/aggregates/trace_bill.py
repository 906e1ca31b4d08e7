"""The bill of one trace: what of its work others have asked for, and what others did for it."""

from __future__ import annotations

from collections.abc import Callable
from heapq import nlargest

from collector.aggregates.answer_parts import Json, sample_json
from collector.aggregates.trace_set import Sample
from collector.aggregates.who_pays import SUBMITTER, RoutesOf, route_json
from collector.analysis.accounts import (
    UNKNOWN_SUBMITTER,
    DeferredWork,
    Split,
    apportion,
)
from collector.analysis.route import Route, route_of
from collector.analysis.trace import Trace

MAX_WORKS = 100
"""Spans with submitters in an answer, those with most self time."""
MAX_SUBMITTERS = 100
"""Submitters of one span in an answer, the first ones."""
MAX_TRIGGERS = 20
"""Traces in an answer that did work for this one: the newest."""
MAX_READ_SPANS = 60_000
"""Spans of those traces that are read to name the ones that did the work."""

HOW_COMPUTED = {
    "own": "self time (collector.analysis.self_time), in ns and for this trace alone, whatever it"
    " represents",
    "pays": "as its trigger, a trace pays for all of its own spans; as a submitter, for those that"
    " nobody else has asked for, and for its share of what it has asked for in other traces"
    " (collector.analysis.accounts)",
    "deferred": "spans with submitters and all below them; each submitter pays an equal part"
    " (collector.analysis.accounts.split_among)",
    "done_for_it": "looked for in the newest traces, without those of tests",
}


def trace_bill(
    trace: Trace,
    payer: str,
    sample: Sample,
    routes_of: RoutesOf,
    whole_trace: Callable[[str], Trace | None],
) -> Json:
    """Return the answer of /api/trace/<id>/bill. The sample is searched for work that other traces
    did for this one; `whole_trace` reads one of them."""
    works = _works(trace)
    own = sum(trace.self_times)
    owed = sum(work.owed_by_others(trace.trace_id) for work in works)
    done, done_for_it, left_out = _done_for_it(trace.trace_id, sample, whole_trace)
    most = nlargest(MAX_WORKS, works, key=lambda work: work.own)
    named = {link.trace_id for work in most for link in work.deferred.submitters[:MAX_SUBMITTERS]}
    route_by_id = routes_of(sorted(named)) | {trace.trace_id: route_of(trace)}
    return {
        "trace_id": trace.trace_id,
        "payer": payer,
        "route": route_json(route_of(trace)),
        "own": own,
        "owed": owed,
        "done": done,
        "pays": own - owed + done if payer == SUBMITTER else own,
        "deferred": [_work_json(trace, work, route_by_id) for work in most],
        "deferred_left_out": len(works) - len(most),
        "done_for_it": done_for_it,
        "done_for_it_left_out": left_out,
        "sample": sample_json(sample),
        "how": HOW_COMPUTED,
    }


class _Work:
    """Some deferred work of a trace, and who pays how much of it."""

    def __init__(self, deferred: DeferredWork) -> None:
        self.deferred = deferred
        self.own = self.nameless = 0
        self.parts = [0] * len(deferred.submitters)

    def add(self, split: Split) -> None:
        """Add the time of one service."""
        self.own += sum(split.parts) + split.nameless
        self.nameless += split.nameless
        for number, part in enumerate(split.parts):
            self.parts[number] += part

    def owed_by(self, trace_id: str) -> int:
        """Return what one trace pays, ns."""
        links = zip(self.deferred.submitters, self.parts, strict=True)
        return sum(part for link, part in links if link.trace_id == trace_id)

    def owed_by_others(self, trace_id: str) -> int:
        """Return what all pay but one trace, ns."""
        return self.own - self.owed_by(trace_id)


def _works(trace: Trace) -> list[_Work]:
    works: dict[int, _Work] = {}
    for deferred, _, split in apportion(trace):
        works.setdefault(deferred.row, _Work(deferred)).add(split)
    return list(works.values())


def _work_json(trace: Trace, work: _Work, route_by_id: dict[str, Route]) -> Json:
    """Return some deferred work of a trace, and who has to pay for it."""
    links, rows = work.deferred.submitters, work.deferred.rows
    submitters = [
        {
            "trace_id": link.trace_id,
            "span_id": f"{link.span_id:016x}",
            "stored": link.trace_id in route_by_id,
            "own": part,
            **route_json(route_by_id.get(link.trace_id, UNKNOWN_SUBMITTER)),
        }
        for link, part in zip(links[:MAX_SUBMITTERS], work.parts, strict=False)
    ]
    return {
        **_span_json(trace, work),
        "resource": trace.tree.spans[work.deferred.row].resource,
        "spans": len(rows),
        "own": work.own,
        "critical": sum(trace.critical_times[row] for row in rows),
        "submitters": submitters,
        "submitters_left_out": len(links) - len(submitters) + work.deferred.left_out,
        "own_left_out": work.nameless + sum(work.parts[MAX_SUBMITTERS:]),
    }


def _span_json(trace: Trace, work: _Work) -> Json:
    span = trace.tree.spans[work.deferred.row]
    return {"span_id": f"{span.span_id:016x}", "service": span.service, "name": span.name}


def _done_for_it(
    trace_id: str, sample: Sample, whole_trace: Callable[[str], Trace | None]
) -> tuple[int, list[Json], int]:
    """Return what other traces of a sample did for this one: how long that took altogether, ns; the
    newest of them; and how many more there are."""
    found = [
        (member, card, sum(services.values()))
        for member, card in zip(sample.members, sample.cards, strict=True)
        if card.encoded_debts and (services := card.debts().of_trace.get(trace_id))
    ]
    rows: list[Json] = []
    left = MAX_READ_SPANS
    for member, card, time in found[:MAX_TRIGGERS]:
        left -= member.spans
        other = whole_trace(card.trace_id) if left >= 0 else None
        rows.append(
            {
                "trace_id": card.trace_id,
                "start": str(card.start),
                **route_json(card.route),
                "own": time,
                "spans": _spans_for(trace_id, other),
            }
        )
    return sum(time for _, _, time in found), rows, len(found) - len(rows)


def _spans_for(trace_id: str, other: Trace | None) -> list[Json]:
    """Return the deferred spans of another trace that this one has submitted."""
    if other is None:  # too large, or dropped meanwhile
        return []
    mine = [
        work
        for work in _works(other)
        if any(link.trace_id == trace_id for link in work.deferred.submitters)
    ]
    return [
        {
            **_span_json(other, work),
            "own": work.owed_by(trace_id),
            "submitters": len(work.deferred.submitters) + work.deferred.left_out,
        }
        for work in mine[:MAX_WORKS]
    ]
