"""A trace's digest: all that aggregates ever need of it, so that its spans are read only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from collector.aggregates.findings import (
    FindingKind,
    NodeFindings,
    NodeLookup,
    add_findings,
    findings_by_node,
)
from collector.analysis.accounts import Debts, debts
from collector.analysis.cache_lookups import LookupInTrace, lookups
from collector.analysis.detectors import Finding, detect
from collector.analysis.fold import Fold, fold_trace
from collector.analysis.payers import Bills, bills
from collector.analysis.remote_ends import RemoteEnds, remote_ends
from collector.analysis.request import request_of
from collector.analysis.route import Route
from collector.analysis.span_keys import BY_OPERATION, BY_PATH, BY_SERVICE, Keying
from collector.analysis.trace import Trace
from collector.http_status import status_of
from collector.trace_summary import version_of

KEYINGS: dict[str, Keying] = {"path": BY_PATH, "operation": BY_OPERATION, "service": BY_SERVICE}
"""The keyings by which traces can be folded."""

_decode_kinds = msgspec.msgpack.Decoder(list[FindingKind]).decode
_decode_lookups = msgspec.msgpack.Decoder(list[NodeLookup]).decode
_decode_debts = msgspec.msgpack.Decoder(Debts).decode


class Card(NamedTuple):
    """A trace in one line."""

    trace_id: str
    route: Route
    start: int
    """The first start, ns since 1970."""
    duration: int
    """Duration of the root, ns; -1 if its times are impossible."""
    failed: bool
    """Whether the root or the route's own span is an error, or answered 5xx."""
    weight: int
    """How many traces this one represents, in thousandths (`collector.analysis.weight`)."""
    version: str
    """The deploy; "" if no span says so."""
    status: str
    """HTTP status code of the span that names the route; "" if it has none."""
    encoded_kinds: bytes
    """A list of `FindingKind` in msgpack, each kind once; empty without any."""
    encoded_lookups: bytes
    """A list of `NodeLookup` in msgpack; empty without any."""
    encoded_debts: bytes
    """`Debts` in msgpack; empty without any."""

    @property
    def timed(self) -> bool:
        """Whether the root's times are possible."""
        return self.duration >= 0

    @property
    def weighted_duration(self) -> int:
        """Duration of the root times the weight, so that it can be added up; 0 if its times are
        impossible."""
        return max(0, self.duration) * self.weight

    def finding_kinds(self) -> list[FindingKind]:
        """Return what detectors found in the trace, each kind once."""
        return _decode_kinds(self.encoded_kinds) if self.encoded_kinds else []

    def lookups(self) -> Iterator[tuple[NodeLookup, LookupInTrace]]:
        """Yield the trace's lookups in caches."""
        for node in _decode_lookups(self.encoded_lookups) if self.encoded_lookups else ():
            yield node, LookupInTrace(node.lookup, self.trace_id, self.weight)

    def debts(self) -> Debts:
        """Return what submitters of deferred work in the trace have to pay for."""
        return _decode_debts(self.encoded_debts) if self.encoded_debts else Debts()


class Sum(msgspec.Struct, array_like=True):
    """Traces folded by one keying, with what else adds up. A sum of sums is the sum of the
    whole."""

    fold: Fold
    findings: NodeFindings
    """What was found at each node; empty by service."""
    bills: Bills
    """What each route costs; empty unless by service."""
    remote_ends: RemoteEnds
    """What is called and sends nothing; empty unless by service."""

    def add_all(self, others: Sequence[Sum]) -> None:
        """Add the sums of other traces."""
        self.fold.add_all([other.fold for other in others])
        self.remote_ends.add_all([other.remote_ends for other in others])
        for other in others:
            if other.findings:
                add_findings(self.findings, other.findings)
            if other.bills.routes:
                self.bills.add(other.bills)


def empty_sum() -> Sum:
    """Return the sum of no traces."""
    return Sum(Fold(), {}, Bills(), RemoteEnds())


class Digest(NamedTuple):
    """What is kept of a trace for aggregates."""

    card: Card
    sums: dict[str, Sum]
    """What the trace adds to a sum, by the names in `KEYINGS`."""


def digest(trace: Trace) -> Digest:
    """Return the digest of a trace."""
    findings = detect(trace)
    looked_up = lookups(trace)
    keys = {
        name: keying.keys(trace.tree) if findings or looked_up else []
        for name, keying in KEYINGS.items()
    }
    node_lookups = [
        NodeLookup(keys["path"][lookup.row], keys["operation"][lookup.row], lookup)
        for lookup in looked_up
    ]
    sums = {name: _sum(name, trace, findings, keys[name]) for name in KEYINGS}
    return Digest(_card(trace, findings, node_lookups), sums)


def _sum(name: str, trace: Trace, findings: list[Finding], keys: list[str]) -> Sum:
    folded = fold_trace(trace, KEYINGS[name])
    if name == "service":
        ends = remote_ends(trace, BY_SERVICE.keys(trace.tree))
        return Sum(folded, {}, bills([trace]), ends)
    by_node = findings_by_node(trace, findings, keys) if findings else {}
    return Sum(folded, by_node, Bills(), RemoteEnds())


def _card(trace: Trace, findings: list[Finding], node_lookups: list[NodeLookup]) -> Card:
    rows = trace.tree.spans
    request = request_of(trace.tree)
    kinds = {finding.kind: finding.lesson for finding in findings}
    return Card(
        trace.trace_id,
        request.route,
        min(trace.tree.start, default=0),
        request.duration,
        request.failed,
        trace.weight,
        version_of(rows[0], rows) if rows else "",
        status_of(request.span) if request.span else "",
        msgspec.msgpack.encode([FindingKind(*kind) for kind in kinds.items()]) if kinds else b"",
        msgspec.msgpack.encode(node_lookups) if node_lookups else b"",
        _encoded_debts(trace),
    )


def _encoded_debts(trace: Trace) -> bytes:
    owed = debts(trace)
    try:
        return msgspec.msgpack.encode(owed) if owed.of_trace else b""
    except OverflowError:  # beyond 2^64 ns, which no clock has measured: it stays the trigger's
        return b""
