"""Sets of traces, added up."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from contextlib import suppress
from typing import NamedTuple

from collector.analysis.detectors import Finding, detect
from collector.analysis.fold import Fold
from collector.analysis.route import route_of
from collector.analysis.trace import Trace, read_trace
from collector.insight.digest import Card, Digest, Sum, digest, nothing
from collector.insight.sets import MOST, Member, TraceSet, find
from collector.search.search import ALL_TIME
from collector.search.terms import EVERYTHING
from collector.store.sqlite import Store

READ = 1_000
"""Traces of a set that are read span by span, where no digest will do; the newest."""
SPANS = 60_000
"""Spans that they have together, unless the newest trace alone has more."""


class Picked(NamedTuple):
    """The traces of a set that are looked at, the newest first, each with its card."""

    members: list[Member]
    cards: list[Card]
    matched: int
    exact: bool


class Aggregates:
    """Answers about sets of traces. Any thread may ask."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._digests: OrderedDict[tuple[int, int, int], Digest] = OrderedDict()
        self._lock = threading.Lock()

    def pick(self, wanted: TraceSet) -> Picked:
        """The newest traces of a set."""
        found = find(self._store, wanted)
        members, cards = [], []
        for member in found.members:
            made = self._digest(member)
            if made and (wanted.route is None or made.card.route == wanted.route):
                members.append(member)
                cards.append(made.card)
        if wanted.route is None:
            return Picked(members, cards, found.matched, found.exact)
        everything = found.exact and found.matched <= MOST
        return Picked(members, cards, len(members), everything)

    def sum_of(self, picked: Picked, keying: str) -> Sum:
        """The picked traces added up under a keying, one of `KEYINGS`."""
        total = nothing()
        for member in picked.members:
            made = self._digest(member)
            if made:
                total.add(made.sums[keying])
        return total

    def read(self, picked: Picked) -> list[Trace]:
        """The newest of the picked traces, span by span."""
        traces: list[Trace] = []
        left = SPANS
        for member in picked.members[:READ]:
            left -= member.spans
            if left < 0 and traces:
                break
            with suppress(sqlite3.Error):  # dropped meanwhile
                spans = member.partition.spans_of(member.row)
                traces.append(read_trace(member.trace_id, spans))
        return traces

    def read_one(self, trace_id: str) -> Trace | None:
        """One trace, span by span; None if it is not stored."""
        found = self._store.find(trace_id)
        with suppress(sqlite3.Error):
            return read_trace(trace_id, found.spans()) if found else None
        return None

    def findings_in(self, trace_id: str) -> list[Finding]:
        """What detectors find in a trace; nothing if it is gone."""
        trace = self.read_one(trace_id)
        return detect(trace) if trace else []

    def likes(self, trace: Trace) -> Fold:
        """The newest traces with the same route, folded by operation."""
        wanted = TraceSet(EVERYTHING, ALL_TIME, route_of(trace))
        return self.sum_of(self.pick(wanted), "operation").fold

    def _digest(self, member: Member) -> Digest | None:
        key = member.partition.number, member.row, member.spans
        with self._lock:
            known = self._digests.get(key)
        if known is None:
            with suppress(sqlite3.Error):  # dropped meanwhile
                known = digest(member.trace_id, member.partition.spans_of(member.row))
            if known is not None:
                with self._lock:
                    self._digests[key] = known
                    if len(self._digests) > MOST:
                        self._digests.popitem(last=False)
        return known
