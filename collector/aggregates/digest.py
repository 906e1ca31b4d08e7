"""A trace's digest: all that aggregates ever need of it, so that its spans are read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from collector.aggregates.trouble import Troubles, add_troubles, troubles_of
from collector.analysis.cache_lookups import Lookup, lookups
from collector.analysis.detectors import Finding, detect
from collector.analysis.fold import Fold, fold_trace
from collector.analysis.outage import has_failed
from collector.analysis.payers import Bills, bills
from collector.analysis.route import Route, route_of, route_span
from collector.analysis.span_keys import BY_OPERATION, BY_PATH, BY_SERVICE, Keying
from collector.analysis.trace import Trace, read_trace
from collector.model import Span
from collector.trace_summary import status_of

KEYINGS: dict[str, Keying] = {"path": BY_PATH, "operation": BY_OPERATION, "service": BY_SERVICE}
"""What traces can be folded by."""


class Found(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a detector found in a trace, in short."""

    kind: str
    lesson: str


class Noted(msgspec.Struct, array_like=True, gc=False):
    """A lookup in a cache, and the nodes that its span is folded into."""

    path: str
    operation: str
    lookup: Lookup


class Card(NamedTuple):
    """A trace in one line."""

    trace_id: str
    route: Route
    start: int
    """The first start, ns since 1970."""
    duration: int
    """Of the root, ns."""
    failed: bool
    """Whether the root or the route's own span is an error, or answered 5xx."""
    weight: int
    """In thousandths (`collector.analysis.weight`)."""
    version: str
    status: str
    """Of the span that names the route; "" if it has none."""
    found: bytes
    """A list of `Found` in msgpack, each kind once; empty without any."""
    noted: bytes
    """A list of `Noted` in msgpack; empty without any."""


class Sum(msgspec.Struct, array_like=True):
    """Traces folded by one keying, with what else adds up. A sum of sums is the sum of the
    whole."""

    fold: Fold
    troubles: Troubles
    """By node; none by service."""
    bills: Bills
    """By service only."""

    def add_all(self, others: Sequence[Sum]) -> None:
        """Add other traces."""
        self.fold.add_all([other.fold for other in others])
        for other in others:
            if other.troubles:
                add_troubles(self.troubles, other.troubles)
            if other.bills.routes:
                self.bills.add(other.bills)


def nothing() -> Sum:
    """The sum of no traces."""
    return Sum(Fold(), {}, Bills())


class Digest(NamedTuple):
    """What is kept of a trace."""

    card: Card
    sums: dict[str, Sum]
    """By the names in `KEYINGS`."""


def digest(trace_id: str, spans: list[Span]) -> Digest:
    """The digest of a trace."""
    trace = read_trace(trace_id, spans)
    findings = detect(trace)
    looked_up = lookups(trace)
    keys = {
        name: keying.keys(trace.tree) if findings or looked_up else []
        for name, keying in KEYINGS.items()
    }
    noted = [Noted(keys["path"][each.row], keys["operation"][each.row], each) for each in looked_up]
    sums = {name: _sum(name, trace, findings, keys[name]) for name in KEYINGS}
    return Digest(_card(trace, findings, noted), sums)


def _sum(name: str, trace: Trace, findings: list[Finding], keys: list[str]) -> Sum:
    folded = fold_trace(trace, KEYINGS[name])
    if name == "service":
        return Sum(folded, {}, bills([trace]))
    return Sum(folded, troubles_of(trace, findings, keys) if findings else {}, Bills())


def _card(trace: Trace, findings: list[Finding], noted: list[Noted]) -> Card:
    rows = trace.tree.spans
    found = {finding.kind: finding.lesson for finding in findings}
    return Card(
        trace.trace_id,
        route_of(trace),
        min(trace.tree.start, default=0),
        trace.duration,
        bool(rows) and (has_failed(rows[0]) or has_failed(route_span(trace))),
        trace.weight,
        str(next((span.tags["version"] for span in rows if "version" in span.tags), "")),
        status_of(named_by) if (named_by := route_span(trace)) else "",
        msgspec.msgpack.encode([Found(*each) for each in found.items()]) if found else b"",
        msgspec.msgpack.encode(noted) if noted else b"",
    )
