"""Deferred work: one request sets it off, another has asked for it. Which of them pays?

A full cache evicts an entry that another request filled; a batch writes what many have left behind.
To see where a request's time goes, the work counts for its trigger, which has to wait for it or at
least runs it. For the bill it counts for its submitters, without whom it would not exist. The two
points of view, and why a tracer has to choose: Sambasivan et al., "So, you want to trace your
distributed system?" (CMU-PDL-14-102, 2014), section 4.

Only self time changes hands, in whole nanoseconds: the sum over all payers stays what it was. Time
on the critical path is the trigger's in any case, who waited for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from collector.analysis.payers import Bill, Bills, Share
from collector.analysis.route import Route
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.model import Link, Span

RELATION, SUBMITTER = "relation", "submitter"
"""The attribute of a link, and its value, that name a submitter."""
LINKS_LEFT_OUT = "otel.dropped_links_count"
"""The tag with how many of a span's links its tracer has left out. Those of deferred work were
submitters, too, as far as anybody can tell."""
MAX_LEFT_OUT = 1_000_000
"""Links that may have been left out. A larger number is a mistake."""
MAX_SHARES = 20_000
"""Shares of submitters in the time of a service that are worked out for one trace. Deferred work
beyond them goes to `UNKNOWN`."""
UNKNOWN = ""
"""Stands in for the trace of a submitter that nobody can name."""
UNKNOWN_SUBMITTER = Route("", "unknown submitter")
"""Who pays for work whose submitter is not stored: nothing is lost, it only has no name."""
MAX_DEBTS = 1_000
"""Debts of one trace, each of a submitter to a service. What is beyond goes to `UNKNOWN`."""


class DeferredWork(NamedTuple):
    """One span with submitters, and all spans below it that have none nearer to them."""

    row: int
    """Row of the span."""
    rows: list[int]
    """Rows of all these spans."""
    submitters: list[Link]
    """The links to its submitters, the ones left out by the tracer not among them."""
    left_out: int
    """Submitters that the tracer has left out."""


class Split(NamedTuple):
    """Some time, split among those who have asked for what was done in it."""

    parts: list[int]
    """What each submitter pays, ns; empty if that was not worked out (`MAX_SHARES`)."""
    nameless: int
    """What is left for submitters that nobody can name, ns."""


class Debts(msgspec.Struct, array_like=True):
    """Self time in a trace that others have to pay for, in ns and not weighted."""

    of_trace: dict[str, dict[str, int]] = {}
    """By the submitter's trace id, or `UNKNOWN`, and by the service that did the work."""

    def total(self) -> int:
        """Return all of it."""
        return sum(sum(services.values()) for services in self.of_trace.values())

    def nameless(self) -> Debts:
        """Return the same debts, all of them of `UNKNOWN`."""
        times: dict[str, int] = {}
        for services in self.of_trace.values():
            for service, time in services.items():
                times[service] = times.get(service, 0) + time
        return Debts({UNKNOWN: times})


class Deferral(NamedTuple):
    """What one route has set off and another has asked for."""

    trigger: Route
    submitter: Route


def submitters_of(span: Span) -> list[Link]:
    """Return the links of a span that name its submitters."""
    return [link for link in span.links if link.attributes.get(RELATION) == SUBMITTER]


def deferred_work(tree: Tree) -> list[DeferredWork]:
    """Return all deferred work of a trace, in display order. O(n)."""
    found: dict[int, DeferredWork] = {}
    owner = [-1] * len(tree)
    for row, (span, parent) in enumerate(zip(tree.spans, tree.parent, strict=True)):
        owner[row] = owner[parent] if parent >= 0 else -1
        if span.links and (submitters := submitters_of(span)):
            owner[row] = row
            found[row] = DeferredWork(row, [], submitters, _left_out(span))
        if owner[row] >= 0:
            found[owner[row]].rows.append(row)
    return list(found.values())


def debts(trace: Trace) -> Debts:
    """Return what others have to pay for in a trace. What it has submitted itself is its own, and
    no debt."""
    owed: dict[tuple[str, str], int] = {}
    for work, service, split in apportion(trace):
        payers = (link.trace_id for link in work.submitters)
        for payer, part in [*zip(payers, split.parts, strict=False), (UNKNOWN, split.nameless)]:
            if part and payer != trace.trace_id:
                debt = payer, service
                if debt not in owed and len(owed) >= MAX_DEBTS:
                    debt = UNKNOWN, service
                owed[debt] = owed.get(debt, 0) + part
    total = Debts()
    for (payer, service), time in owed.items():
        total.of_trace.setdefault(payer, {})[service] = time
    return total


def apportion(trace: Trace) -> Iterator[tuple[DeferredWork, str, Split]]:
    """Yield all deferred work of a trace, service by service, with who pays how much of it."""
    left = MAX_SHARES
    for work in deferred_work(trace.tree):
        times = time_by_service(trace, work.rows)
        left -= len(times) * len(work.submitters)
        for service, time in times.items():
            yield work, service, split_among(work, time) if left >= 0 else Split([], time)


def time_by_service(trace: Trace, rows: Sequence[int]) -> dict[str, int]:
    """Return the self time of these rows by service, ns."""
    times: dict[str, int] = {}
    for row in rows:
        service = trace.tree.spans[row].service
        times[service] = times.get(service, 0) + trace.self_times[row]
    return times


def split_among(work: DeferredWork, amount: int) -> Split:
    """Split an amount among all submitters of some work, in whole parts that differ by one at most
    and add up to it."""
    each, rest = divmod(amount, len(work.submitters) + work.left_out)
    parts = [each + (number < rest) for number in range(len(work.submitters))]
    return Split(parts, amount - sum(parts))


def for_submitters(
    total: Bills,
    owed: Iterable[tuple[Route, int, Debts]],
    route_of: Callable[[str], Route | None],
) -> tuple[Bills, dict[Deferral, int]]:
    """Return the bills with deferred work billed to its submitters, and how much that is, ns and
    weighted.

    `owed` are the debts in traces of `total`, each with the trace's route and weight; `route_of`
    gives the route of a submitter's trace, None if it is not known.
    """
    bills = Bills()
    bills.add(total)
    moved: dict[Deferral, int] = {}
    for trigger, weight, payer, service, time in _single_debts(owed):
        submitter = (route_of(payer) if payer else None) or UNKNOWN_SUBMITTER
        source = bills.routes.get(trigger, Bill()).services.get(service, Share())
        # A trace may have been dropped since: nobody pays for more than is on the bill.
        time = min(time * weight, source.self_time)
        source.self_time -= time
        paid = bills.routes.setdefault(submitter, Bill()).services.setdefault(service, Share())
        paid.self_time += time
        deferral = Deferral(trigger, submitter)
        moved[deferral] = moved.get(deferral, 0) + time
    return bills, moved


def self_time_of(bill: Bill) -> int:
    """Return all self time on a bill, ns and weighted."""
    return sum(share.self_time for share in bill.services.values())


def _single_debts(
    owed: Iterable[tuple[Route, int, Debts]],
) -> Iterator[tuple[Route, int, str, str, int]]:
    for trigger, weight, each in owed:
        for payer, services in each.of_trace.items():
            for service, time in services.items():
                yield trigger, weight, payer, service, time


def _left_out(span: Span) -> int:
    """Return how many links the tracer has left out; 0 if it says nothing that makes sense."""
    number = span.tags.get(LINKS_LEFT_OUT)
    return number if isinstance(number, int) and 0 < number <= MAX_LEFT_OUT else 0
