"""Who pays for whom: the time each service spends on behalf of each route."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from collector.analysis.fold import OUTSIDE, Fold
from collector.analysis.route import Route, route_of
from collector.analysis.trace import Trace


class Share(msgspec.Struct, array_like=True):
    """The time one service spends on one route, in ns and weighted as in a fold."""

    critical: int = 0
    """Time on the critical path: what the route's users wait for. Over a route's services it adds
    up to the route's whole duration."""
    self_time: int = 0
    """Self time: what keeps the service busy, waited for or not."""


class Bill(msgspec.Struct):
    """What one route costs."""

    traces: int = 0
    """Weight of the route's traces, in thousandths."""
    duration: int = 0
    """Duration of the route's roots, in ns and weighted."""
    services: dict[str, Share] = {}
    """By name of the service."""


class Bills(msgspec.Struct):
    """What every route costs. Bills can be added up, like folds."""

    routes: dict[Route, Bill] = {}

    def add(self, other: Bills) -> None:
        """Add the bills of other traces."""
        for route, bill in other.routes.items():
            mine = self.routes.setdefault(route, Bill())
            mine.traces += bill.traces
            mine.duration += bill.duration
            for service, share in bill.services.items():
                total = mine.services.setdefault(service, Share())
                total.critical += share.critical
                total.self_time += share.self_time


def bills(traces: Iterable[Trace]) -> Bills:
    """Add up the time on the critical path and the self time of each service for every route."""
    total = Bills()
    for trace in traces:
        bill = total.routes.setdefault(route_of(trace), Bill())
        bill.traces += trace.weight
        bill.duration += trace.duration * trace.weight
        for row, span in enumerate(trace.tree.spans):
            share = bill.services.setdefault(span.service, Share())
            share.critical += trace.critical_times[row] * trace.weight
            share.self_time += trace.self_times[row] * trace.weight
    return total


def dependencies(services: Fold, service: str) -> dict[str, int]:
    """Return every service that this one calls, directly or not, with how many calls away it is,
    from a fold by service."""
    return _reach(services.callees(), service)


def dependants(services: Fold, service: str) -> dict[str, int]:
    """Return every service that calls this one, directly or not, with how many calls away it is,
    from a fold by service."""
    callers_of = {
        called: [caller for caller in node.callers if caller != OUTSIDE]
        for called, node in services.nodes.items()
    }
    return _reach(callers_of, service)


def _reach(neighbours: dict[str, list[str]], start: str) -> dict[str, int]:
    """Return what can be reached from a start, and in how many steps (breadth first)."""
    steps = {start: 0}
    frontier = [start]
    while frontier:
        frontier = [
            new
            for old in frontier
            for new in neighbours.get(old, [])
            if new not in steps and steps.setdefault(new, steps[old] + 1)
        ]
    del steps[start]
    return steps
