"""What really happened, from traces: the requests that servers answered, and who called them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.analysis.trace import read_trace
from collector.infer.critical_shares import Shares, shares_of
from collector.model import Chunk, Span

SERVER_KINDS = ("server", "consumer")


class Call(NamedTuple):
    """A request as the server that answered it has traced it."""

    service: str
    name: str
    start: int
    """Nanoseconds since 1970."""
    end: int
    parent: int
    """Index of the call within which it was made, -1 if it came from outside."""
    trace_id: str
    span_id: int


@dataclass
class Truth:
    """What traces say about the requests of their servers."""

    calls: list[Call] = field(default_factory=list)
    critical: Counter[str] = field(default_factory=Counter)
    """Time on the critical path by service, ns. What a server waited for that is no server, a
    database for example, is its own time, as a log sees it."""

    @property
    def services(self) -> frozenset[str]:
        """The services that have answered."""
        return frozenset(call.service for call in self.calls)

    @property
    def shares(self) -> Shares:
        """Each service's share of the time on critical paths."""
        return shares_of(self.critical)


def truth_of(traces: Iterable[Chunk]) -> Truth:
    """Return what the traces say, each of them whole."""
    truth = Truth()
    for trace_id, spans in traces:
        _add(truth, trace_id, spans)
    return truth


def _add(truth: Truth, trace_id: str, spans: list[Span]) -> None:
    trace = read_trace(trace_id, spans)
    tree = trace.tree
    server: list[int] = []
    for row, span in enumerate(tree.spans):
        above = server[tree.parent[row]] if tree.parent[row] >= 0 else -1
        if span.tags.get("span.kind") in SERVER_KINDS:
            truth.calls.append(
                Call(
                    span.service,
                    span.resource,
                    tree.start[row],
                    tree.end[row],
                    above,
                    trace_id,
                    span.span_id,
                )
            )
            above = len(truth.calls) - 1
        server.append(above)
        if above >= 0:
            truth.critical[truth.calls[above].service] += trace.critical_times[row]
