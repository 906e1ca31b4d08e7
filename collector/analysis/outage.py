"""What happens to each route when a service is down, read off the stored traces."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.analysis.route import Route, route_of, route_span
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.trace import Trace
from collector.http_status import status_of
from collector.model import Span


class Outcome(msgspec.Struct):
    """What happens to one route while a service is down. Counts are of stored traces."""

    route: Route
    traces: int = 0
    needing: int = 0
    """Traces that called the service."""
    seen: int = 0
    """Traces in which a call to the service failed."""
    failed: int = 0
    """Traces in which a call to the service failed and the route's own answer was an error, too (a
    4xx is an answer)."""

    @property
    def verdict(self) -> str:
        """`unaffected` if the route never calls the service, `fails` if at least half of its
        requests failed when a call had failed, `degrades` if fewer did, `unknown` if no call was
        ever seen failing."""
        if not self.needing:
            return "unaffected"
        if not self.seen:
            return "unknown"
        return "fails" if 2 * self.failed >= self.seen else "degrades"

    @property
    def failing(self) -> float:
        """Share of the route's requests expected to fail, 0 to 1: the share that needs the service
        times the share that failed when a call had failed (all of them if no call was ever seen
        failing)."""
        share_failed = self.failed / self.seen if self.seen else 1.0
        return self.needing / max(1, self.traces) * share_failed


def outcomes_without(traces: Sequence[Trace], service: str) -> list[Outcome]:
    """Return what happens to each route when a service is down, the worst first.

    This is read off what happened, not guessed from the shape of the graph: a call to the service
    has failed if its span, or the client span that made it, is an error; and its route has failed
    if the route's own span is an error or answered 5xx.
    """
    clients = _clients_of(traces, service)
    outcomes: dict[Route, Outcome] = {}
    for trace in traces:
        route = route_of(trace)
        outcome = outcomes.setdefault(route, Outcome(route))
        outcome.traces += 1
        failures = [
            bool(span.error)
            for span in trace.tree.spans
            if span.service == service or operation_of(span) in clients
        ]
        outcome.needing += bool(failures)
        if any(failures):
            outcome.seen += 1
            outcome.failed += has_failed(route_span(trace.tree))
    return sorted(outcomes.values(), key=lambda outcome: (-outcome.failing, outcome.route))


def _clients_of(traces: Sequence[Trace], service: str) -> set[Operation]:
    """Return the client operations that lead into a service: all that a call leaves behind if it
    never arrived."""
    clients = set()
    for trace in traces:
        for span, parent in zip(trace.tree.spans, trace.tree.parent, strict=True):
            caller = trace.tree.spans[parent] if parent >= 0 else span
            enters = span.service == service != caller.service
            if enters and caller.tags.get("span.kind") == "client":
                clients.add(operation_of(caller))
    return clients


def has_failed(span: Span | None) -> bool:
    """Tell whether a span is an error or answered 5xx; False if there is no span."""
    if span is None:
        return False
    return bool(span.error) or status_of(span)[:1] == "5"
