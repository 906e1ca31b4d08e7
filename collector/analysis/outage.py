"""One service is away: who fails, and who merely does without?"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.analysis.route import Route, route_of, route_span
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.trace import Trace
from collector.model import Span


class Outcome(msgspec.Struct):
    """What happens to one route while a service is away. Counts are of stored traces."""

    route: Route
    traces: int = 0
    needing: int = 0
    """Traces that called the service."""
    seen: int = 0
    """Those in which a call to it failed."""
    failed: int = 0
    """Those of the latter whose own answer was an error (a 4xx is an answer)."""

    @property
    def verdict(self) -> str:
        """`unaffected` if it never calls the service, `fails` if at least half of its requests
        failed when a call had failed, `degrades` if fewer did, `unknown` if none was ever seen."""
        if not self.needing:
            return "unaffected"
        if not self.seen:
            return "unknown"
        return "fails" if 2 * self.failed >= self.seen else "degrades"

    @property
    def failing(self) -> float:
        """The share of the route's requests expected to fail: those that need the service times
        those that failed when a call had failed (all of them where none was ever seen)."""
        when_away = self.failed / self.seen if self.seen else 1.0
        return self.needing / max(1, self.traces) * when_away


def without(traces: Sequence[Trace], service: str) -> list[Outcome]:
    """What the stored traces say about each route if a service is away, the worst first.

    It is read off what happened, not guessed from the shape of the graph: a call to the service has
    failed where its span, or the client span that made it, is an error; and its route has failed
    where the route's own span is an error or answered 5xx.
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
            outcome.failed += has_failed(route_span(trace))
    return sorted(outcomes.values(), key=lambda outcome: (-outcome.failing, outcome.route))


def _clients_of(traces: Sequence[Trace], service: str) -> set[Operation]:
    """The client operations that lead into a service. A call that never arrived has only that."""
    clients = set()
    for trace in traces:
        for span, parent in zip(trace.tree.spans, trace.tree.parent, strict=True):
            caller = trace.tree.spans[parent] if parent >= 0 else span
            enters = span.service == service != caller.service
            if enters and caller.tags.get("span.kind") == "client":
                clients.add(operation_of(caller))
    return clients


def has_failed(span: Span | None) -> bool:
    """Whether a span is an error or answered 5xx."""
    if span is None:
        return False
    return bool(span.error) or str(span.tags.get("http.response.status_code", ""))[:1] == "5"
