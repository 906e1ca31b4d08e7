"""What really happened, by traces: the requests that services answered, and which of them was made
in the course of which. What was inferred from logs is measured by this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from collector.analysis.critical_path import critical_times
from collector.analysis.tree import Tree
from collector.infer.critical_shares import Shares, shares_of
from collector.infer.records import Record

REQUEST_ID = "request.id"
"""The tag of a server's span with the id that its line in the log has, if the app sets it."""


class Truth(NamedTuple):
    """The requests of some traces."""

    requests: list[Record]
    """One for each server span, in the form in which a log would have it; its trace's id is the
    request's, and the tag `request.id` its line's. Their names are resources: `GET /pair/beer`."""
    callers: list[int]
    """For each request the index of the one in whose course it was made; -1 if it came from
    outside."""
    critical: Counter[tuple[str, str]]
    """The time on the critical path by trace and service, ns. What a request waited for that is no
    request, a database for example, is the time of whoever asked it, as in a log."""

    @property
    def services(self) -> frozenset[str]:
        """The services that have answered requests."""
        return frozenset(request.service for request in self.requests)

    def shares(self, trace_ids: Collection[str]) -> Shares:
        """Return each service's share of the time on the critical paths of some traces."""
        times: Counter[str] = Counter()
        for (trace_id, service), time in self.critical.items():
            if trace_id in trace_ids:
                times[service] += time
        return shares_of(times)

    @property
    def edges(self) -> Counter[tuple[str, str]]:
        """How often each service called each other one."""
        return Counter(
            (self.requests[caller].service, request.service)
            for request, caller in zip(self.requests, self.callers, strict=True)
            if caller >= 0 and self.requests[caller].service != request.service
        )


def truth_of(traces: Iterable[tuple[str, Tree]]) -> Truth:
    """Return the requests of these traces, given with their ids."""
    truth = Truth([], [], Counter())
    for trace_id, tree in traces:
        _add(trace_id, tree, truth)
    return truth


def _add(trace_id: str, tree: Tree, truth: Truth) -> None:
    request_of: list[int] = []  # by row, the innermost request that it belongs to
    for row, span in enumerate(tree.spans):
        parent = tree.parent[row]
        around = request_of[parent] if parent >= 0 else -1
        if span.tags.get("span.kind") != "server":
            request_of.append(around)
            continue
        request_of.append(len(truth.requests))
        line_id = str(span.tags.get(REQUEST_ID, ""))
        start, end = tree.start[row], tree.end[row]
        truth.requests.append(
            Record(span.service, span.resource, start, end, trace_id, line_id=line_id)
        )
        truth.callers.append(around)
    for row, time in enumerate(critical_times(tree)):
        if time and request_of[row] >= 0:
            truth.critical[trace_id, truth.requests[request_of[row]].service] += time
