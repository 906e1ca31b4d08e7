"""A trace's digest: all that aggregates ever need of it, so that its spans are read once."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from collector.analysis.away import has_failed
from collector.analysis.detectors import detect
from collector.analysis.fold import Fold, fold_trace
from collector.analysis.keys import BY_OPERATION, BY_PATH, BY_SERVICE, Keying
from collector.analysis.payers import Bills, bills
from collector.analysis.route import Route, route_of, route_span
from collector.analysis.trace import Trace, read_trace
from collector.insight.trouble import Troubles, add_troubles, troubles_of
from collector.model import Span

KEYINGS: dict[str, Keying] = {"path": BY_PATH, "operation": BY_OPERATION, "service": BY_SERVICE}
"""What traces can be folded by."""


class Card(msgspec.Struct, array_like=True, gc=False):
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
    troubles: Troubles
    """By kind alone."""


class Sum(msgspec.Struct, array_like=True):
    """Traces folded by one keying, with what else adds up. A sum of sums is the sum of the
    whole."""

    fold: Fold
    troubles: Troubles
    """By node; none by service."""
    bills: Bills
    """By service only."""

    def add(self, other: Sum) -> None:
        """Add other traces."""
        self.fold.add(other.fold)
        add_troubles(self.troubles, other.troubles)
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
    sums = {}
    for name, keying in KEYINGS.items():
        folded = fold_trace(trace, keying)
        by_service = name == "service"
        keys = keying.keys(trace.tree) if findings and not by_service else []
        troubles = troubles_of(trace, findings, keys) if keys else {}
        sums[name] = Sum(folded, troubles, bills([trace]) if by_service else Bills())
    by_kind = troubles_of(trace, findings, [""] * len(trace.tree))
    return Digest(_card(trace, by_kind), sums)


def _card(trace: Trace, troubles: Troubles) -> Card:
    rows = trace.tree.spans
    return Card(
        trace.trace_id,
        route_of(trace),
        min(trace.tree.start, default=0),
        trace.duration,
        bool(rows) and (has_failed(rows[0]) or has_failed(route_span(trace))),
        trace.weight,
        str(next((span.tags["version"] for span in rows if "version" in span.tags), "")),
        troubles,
    )
