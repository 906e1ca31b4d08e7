"""Clocks that are proven to disagree, and by how much at least and at most.

Suspicion (`collector.analysis.clock_skew`) assumes that a server's span fits into its client's. A
logical clock tells which message was sent and received, both ways, and that leaves no choice:

    the request   client start ≤ server start   so the server's clock is ahead by at most
                                                server start - client start (as each measured it)
    the answer    server end ≤ client end       so it is ahead by at least server end - client end

Each call gives such an interval, and the true offset lies in all of them. If 0 does not, the clocks
do disagree: something was received before it was sent. If they have nothing in common, then no
single offset explains all calls: the clock drifts, or was set. That one message bounds the offset
from one side and its answer from the other is how NTP has it, too (RFC 5905, section 8, where the
true offset is within half the round-trip delay of the estimate).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from collector.analysis.anomaly import Anomaly
from collector.analysis.asynchronous import CLOCK_SLACK_NS
from collector.analysis.clock_skew import Skew, host_of_rows, rows_of_server_calls, suspect_skew
from collector.analysis.logical_order import RECEIVED, SENT, stamp, was_answered
from collector.analysis.tree import Tree
from collector.counted import counted


class Bounds(NamedTuple):
    """Between which offsets a clock is, ns ahead of another (negative: behind)."""

    low: int | None
    """None if no answer says."""
    high: int

    @property
    def exclude_zero(self) -> bool:
        """Whether the two clocks cannot agree."""
        return self.high < 0 or (self.low is not None and self.low > 0)

    @property
    def possible(self) -> bool:
        """Whether there is an offset within them."""
        return self.low is None or self.low <= self.high

    def __str__(self) -> str:
        """Return the bounds in words, rounded outwards: "between 2,999.8 and 3,001.2 ms ahead"."""
        if self.low is None:
            return f"at least {_ms(-self.high, up=False)} behind"
        if self.low >= 0:
            return f"between {_number(self.low, up=False)} and {_ms(self.high, up=True)} ahead"
        if self.high <= 0:
            return f"between {_number(-self.high, up=False)} and {_ms(-self.low, up=True)} behind"
        return f"between {_ms(-self.low, up=True)} behind and {_ms(self.high, up=True)} ahead"

    def against(self, host: str) -> str:
        """Return the bounds in words, with whose clock it is compared: "… ahead of web's"."""
        return f"{self} of {host}'s" if f"{self}".endswith("ahead") else f"{self} {host}'s"


class ProvenSkew(NamedTuple):
    """Two hosts whose clocks disagree for certain."""

    caller: str
    host: str
    """Name of the host, or its service where spans do not name their host."""
    bounds: Bounds
    """Of the offset of the host's clock; of the first call if it drifts."""
    last: Bounds | None
    """The bounds of the last call if no offset is within those of all calls; None if one is."""
    calls: int
    """How many calls prove it."""
    contradictions: int
    """Requests and answers that were received before they were sent, by the two clocks."""
    span_id: int
    """The first server span that cannot be where it is."""

    @property
    def offset(self) -> int:
        """The offset to go by when times are corrected, ns: the middle of the bounds."""
        ends = (self.bounds, self.last or self.bounds)
        return round(sum(_middle(bounds) for bounds in ends) / 2)

    def __str__(self) -> str:
        """Return what is proven, for people."""
        if self.last is None:
            what = f"the clock of {self.host} is {self.bounds.against(self.caller)}"
        else:
            what = (
                f"the clock of {self.host} drifts: at first it is"
                f" {self.bounds.against(self.caller)}, at last {self.last}"
            )
        proven = f"{what}; proven by {counted(self.calls, 'call')}"
        return f"{proven}, {counted(self.contradictions, 'message')} received before sent"


class _Call(NamedTuple):
    row: int
    start: int
    """When the client began, ns since 1970."""
    bounds: Bounds


def proven_skews(tree: Tree) -> list[ProvenSkew]:
    """Return the hosts whose clocks cannot agree with their callers'.

    Only calls count in which a logical clock says what was sent and received, so that spans of
    clocks that tell no more than milliseconds prove nothing. Bounds are wider by `CLOCK_SLACK_NS`
    either way: by so much two readings of one clock may differ.
    """
    bounds_of = {row: _bounds(tree, row) for row in rows_of_server_calls(tree)}
    calls: dict[tuple[str, str], list[_Call]] = {}
    hosts = host_of_rows(tree) if any(bounds_of.values()) else []
    for row, bounds in bounds_of.items():
        if bounds is not None and hosts[row] != hosts[tree.parent[row]]:
            call = _Call(row, tree.start[tree.parent[row]], bounds)
            calls.setdefault((hosts[tree.parent[row]], hosts[row]), []).append(call)
    found = (_proven(tree, pair, between) for pair, between in calls.items())
    return [skew for skew in found if skew is not None]


def find_skews(tree: Tree) -> tuple[list[Skew], list[ProvenSkew]]:
    """Return the skews that are only suspected, and those that are proven."""
    proven = proven_skews(tree)
    pairs = {(skew.caller, skew.host) for skew in proven}
    return [skew for skew in suspect_skew(tree) if skew[:2] not in pairs], proven


def proof_anomalies(proven: Iterable[ProvenSkew]) -> list[Anomaly]:
    """Return proven skews in the form of a tree's anomalies, described for people."""
    return [Anomaly("proven_skew", skew.span_id, str(skew)) for skew in proven]


def to_correct(suspected: Iterable[Skew], proven: Iterable[ProvenSkew]) -> list[Skew]:
    """Return all of them as `collector.analysis.clock_skew.shifts` takes them."""
    known = [Skew(skew.caller, skew.host, skew.offset, skew.span_id) for skew in proven]
    return [*suspected, *known]


def common(bounds: Iterable[Bounds]) -> Bounds:
    """Return the bounds that all of these have in common; impossible ones if they have none."""
    every = list(bounds)
    lows = [one.low for one in every if one.low is not None]
    return Bounds(max(lows, default=None), min(one.high for one in every))


def _proven(tree: Tree, pair: tuple[str, str], calls: list[_Call]) -> ProvenSkew | None:
    calls.sort(key=lambda call: call.start)
    bounds, last = common(call.bounds for call in calls), None
    if not bounds.possible:
        bounds, last = calls[0].bounds, calls[-1].bounds
    elif not bounds.exclude_zero:
        return None
    wrong = next(call.row for call in calls if call.bounds.exclude_zero)  # else 0 were common
    return ProvenSkew(
        *pair,
        bounds,
        last,
        len(calls),
        sum(_contradictions(call.bounds) for call in calls),
        tree.spans[wrong].span_id,
    )


def _bounds(tree: Tree, row: int) -> Bounds | None:
    """Return the bounds that the call of a server span proves; None if it proves none."""
    parent = tree.parent[row]
    client, server = tree.spans[parent], tree.spans[row]
    sent, received = stamp(client, SENT), stamp(server, RECEIVED)
    if not 0 < sent < received:
        return None
    is_answer_known = stamp(client, RECEIVED) and stamp(server, SENT)
    low = None
    if is_answer_known and was_answered(client, server):
        low = tree.end[row] - tree.end[parent] - CLOCK_SLACK_NS
    return Bounds(low, tree.start[row] - tree.start[parent] + CLOCK_SLACK_NS)


def _contradictions(bounds: Bounds) -> int:
    """Return how many of a call's two messages were received before they were sent."""
    return (bounds.high < 0) + (bounds.low is not None and bounds.low > 0)


def _middle(bounds: Bounds) -> float:
    return bounds.high if bounds.low is None else (bounds.low + bounds.high) / 2


def _number(nanoseconds: int, up: bool) -> str:
    """Return a time of at least 0 in tenths of a millisecond, rounded up or down."""
    tenths = -(-nanoseconds // 100_000) if up else nanoseconds // 100_000
    return f"{tenths / 10:,.1f}"


def _ms(nanoseconds: int, up: bool) -> str:
    return f"{_number(nanoseconds, up)} ms"
