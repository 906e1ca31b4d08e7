"""What happens to each route when a service is down, read off the stored traces."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.analysis.route import Route, route_of, route_span
from collector.analysis.share_bounds import share_bounds
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
    """Traces in which the service was away: all calls to it failed."""
    failed: int = 0
    """Traces in which the service was away and the route's own answer was an error, too (a 4xx is
    an answer)."""

    @property
    def verdict(self) -> str:
        """`unaffected` if the route never calls the service, `fails` if at least half of its
        requests failed when the service was away, `degrades` if fewer did, `unknown` if it was
        never seen away."""
        if not self.needing:
            return "unaffected"
        if not self.seen:
            return "unknown"
        return "fails" if 2 * self.failed >= self.seen else "degrades"

    @property
    def failing(self) -> float | None:
        """Share of the route's requests expected to fail, 0 to 1: the share that needs the service
        times the share that failed when it was away. None where that is unknown."""
        if not self.needing:
            return 0.0
        return self.needing / self.traces * self.failed / self.seen if self.seen else None

    @property
    def failing_range(self) -> tuple[float, float]:
        """The least and the greatest `failing` that agree with these counts, each of its two
        shares at 95 % (`share_bounds`)."""
        needing = share_bounds(self.needing, self.traces)
        failed = share_bounds(self.failed, self.seen)
        return needing[0] * failed[0], needing[1] * failed[1]

    @property
    def at_stake(self) -> float:
        """Share of the requests that fail, or that may fail where that is unknown."""
        return self.needing / self.traces if self.failing is None else self.failing


def outcomes_without(traces: Sequence[Trace], service: str) -> list[Outcome]:
    """Return what happens to each route when a service is down, the worst first.

    This is read off what happened, not guessed from the shape of the graph. A service was away in a
    trace if all calls to it failed: a single one that fails says something about that call. And a
    route has failed if its own span is an error or answered 5xx.
    """
    clients = _clients_of(traces, service)
    outcomes: dict[Route, Outcome] = {}
    for trace in traces:
        route = route_of(trace)
        outcome = outcomes.setdefault(route, Outcome(route))
        outcome.traces += 1
        calls = _calls(trace, service, clients)
        outcome.needing += bool(calls)
        if calls and all(any(map(_is_lost, call)) for call in calls):
            outcome.seen += 1
            outcome.failed += has_failed(route_span(trace.tree))
    return sorted(outcomes.values(), key=lambda outcome: (-outcome.at_stake, outcome.route))


def _calls(trace: Trace, service: str, clients: set[Operation]) -> list[list[Span]]:
    """Return the spans at both ends of each call to a service, as far as there are any. A client's
    span that nothing arrived from counts if such a client leads to this service."""
    tree = trace.tree
    calls = []
    answered = set()
    for span, parent in zip(tree.spans, tree.parent, strict=True):
        if parent >= 0 and tree.spans[parent].service != span.service:
            answered.add(parent)
        if span.service == service and (parent < 0 or tree.spans[parent].service != service):
            calls.append([tree.spans[parent], span] if _is_client(trace, parent) else [span])
    lost = (
        [span]
        for row, span in enumerate(tree.spans)
        if row not in answered and operation_of(span) in clients
    )
    return [*calls, *lost]


def _clients_of(traces: Sequence[Trace], service: str) -> set[Operation]:
    """Return the client operations that lead into a service and no other: all that a call leaves
    behind if it never arrived."""
    leads_to: dict[Operation, set[str]] = {}
    for trace in traces:
        for span, parent in zip(trace.tree.spans, trace.tree.parent, strict=True):
            if _is_client(trace, parent) and trace.tree.spans[parent].service != span.service:
                leads_to.setdefault(operation_of(trace.tree.spans[parent]), set()).add(span.service)
    return {client for client, services in leads_to.items() if services == {service}}


def _is_client(trace: Trace, row: int) -> bool:
    """Tell whether a row, -1 for none, is a client's span."""
    return row >= 0 and trace.tree.spans[row].tags.get("span.kind") == "client"


def _is_lost(end: Span) -> bool:
    """Tell whether a call got no answer as one of its ends saw it: no connection, a timeout, or a
    5xx. A 4xx is an answer, though clients mark it as an error."""
    return has_failed(end) and status_of(end)[:1] != "4"


def has_failed(span: Span | None) -> bool:
    """Tell whether a span is an error or answered 5xx; False if there is no span."""
    if span is None:
        return False
    return bool(span.error) or status_of(span)[:1] == "5"
