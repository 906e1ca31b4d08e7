"""Who pays for whom: the time each service spends on behalf of each route."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from collector.analysis.fold import OUTSIDE, Fold
from collector.analysis.route import Route, route_of
from collector.analysis.trace import Trace


class Share(msgspec.Struct, array_like=True):
    """What one service does for one route. Weighted ns, as in a fold."""

    critical: int = 0
    """On the critical path: what the route's users wait for. Over a route's services it adds up to
    the route's whole duration."""
    own: int = 0
    """Self time: what the service is kept busy with, waited for or not."""


class Bill(msgspec.Struct):
    """What one route costs."""

    traces: int = 0
    """Weighted, in thousandths."""
    duration: int = 0
    services: dict[str, Share] = {}


class Bills(msgspec.Struct):
    """What every route costs; adds up like a fold."""

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
                total.own += share.own

    def of_service(self, service: str) -> dict[Route, Share]:
        """What a service does for each route that it works for."""
        return {
            route: bill.services[service]
            for route, bill in self.routes.items()
            if service in bill.services
        }


def bills(traces: Iterable[Trace]) -> Bills:
    """Add up, for every route, the time on the critical path and the self time of each service."""
    total = Bills()
    for trace in traces:
        bill = total.routes.setdefault(route_of(trace), Bill())
        bill.traces += trace.weight
        bill.duration += trace.duration * trace.weight
        for row, span in enumerate(trace.tree.spans):
            share = bill.services.setdefault(span.service, Share())
            share.critical += trace.critical[row] * trace.weight
            share.own += trace.own[row] * trace.weight
    return total


def dependencies(services: Fold, service: str) -> dict[str, int]:
    """Every service that this one calls, and how many calls away it is, from a fold by service."""
    called_by: dict[str, list[str]] = {}
    for called, node in services.nodes.items():
        for caller in node.callers:
            called_by.setdefault(caller, []).append(called)
    return _reach(called_by, service)


def dependants(services: Fold, service: str) -> dict[str, int]:
    """Every service that needs this one, and how many calls away it is, from a fold by service."""
    callers_of = {
        called: [caller for caller in node.callers if caller != OUTSIDE]
        for called, node in services.nodes.items()
    }
    return _reach(callers_of, service)


def _reach(neighbours: dict[str, list[str]], start: str) -> dict[str, int]:
    """What can be reached from somewhere, and in how many steps (breadth first)."""
    steps = {start: 0}
    edge = [start]
    while edge:
        edge = [
            new
            for old in edge
            for new in neighbours.get(old, [])
            if new not in steps and steps.setdefault(new, steps[old] + 1)
        ]
    del steps[start]
    return steps
