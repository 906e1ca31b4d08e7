"""Thousands of traces as one graph: spans with the same key become one node.

A fold is a sum. Folds of any parts of a set, made at any time and added in any order, give the fold
of the whole, to the last digit: everything in it is an integer or an exemplar chosen by size. So
the fold of each trace, or of each minute, can be kept and only added up on request.

Counts are weighted and in thousandths (`collector.analysis.weight`); times are in ns, with the
same weight. `collector.analysis.graph_summary` turns them into the numbers that people read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from collector.analysis.calls import Calls, Exemplar
from collector.analysis.concurrency import overlap_groups
from collector.analysis.histogram import Histogram, add_all_counts, add_counts, bar
from collector.analysis.span_keys import Keying, Operation
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.analysis.weight import effective_size, squared
from collector.http_status import status_of
from collector.model import Span

OUTSIDE = ""
"""Stands in for the caller of a root, which is unknown."""


class Node(msgspec.Struct, array_like=True, gc=False):
    """All spans with one key."""

    operation: Operation
    type: str = ""
    traces: int = 0
    """Traces with at least one such span."""
    self_time: int = 0
    """Sum of the spans' self times, ns."""
    critical: int = 0
    """Sum of the spans' time on the critical path, ns. Over all nodes it adds up to the duration of
    the roots."""
    criticals: Histogram = {}
    """Distribution of the time on the critical path, one value per trace."""
    critical_squares: Histogram = {}
    """The same with the squares of the weights: how much evidence each bar is."""
    forks: int = 0
    """How often a visit began one call before another had ended."""
    joins: int = 0
    """Forks after which the visit waited for all the calls."""
    callers: dict[str, Calls] = {}
    """The edges to this node, by the key of the caller."""

    def add_all(self, others: Sequence[Node]) -> None:
        """Add the spans of other nodes to these."""
        self.type = max([self.type, *[other.type for other in others]])
        self.traces += sum([other.traces for other in others])
        self.self_time += sum([other.self_time for other in others])
        self.critical += sum([other.critical for other in others])
        self.forks += sum([other.forks for other in others])
        self.joins += sum([other.joins for other in others])
        add_all_counts(self.criticals, [other.criticals for other in others])
        add_all_counts(self.critical_squares, [other.critical_squares for other in others])
        callers: dict[str, list[Calls]] = {}
        for other in others:
            for caller, calls in other.callers.items():
                callers.setdefault(caller, []).append(calls)
        for caller, many in callers.items():
            if caller not in self.callers:
                self.callers[caller] = Calls()
            self.callers[caller].add_all(many)


class Fold(msgspec.Struct, array_like=True):
    """A set of traces as a graph.

    It can be kept with `msgspec.msgpack` as long as its sums of times stay below 2^64: for a single
    trace at full weight that is 200 days; a large set soon reaches it. Keep the folds of single
    traces or of minutes.
    """

    count: int = 0
    """Number of traces, unweighted."""
    traces: int = 0
    """Number of traces, weighted."""
    duration: int = 0
    """Sum of the roots' durations, ns."""
    nodes: dict[str, Node] = {}
    """By key."""
    squares: int = 0
    """Sum of the squares of the traces' weights."""

    def add(self, other: Fold) -> None:
        """Add another fold, made with the same keying."""
        self.add_all((other,))

    def add_all(self, others: Sequence[Fold]) -> None:
        """Add other folds, made with the same keying."""
        self.count += sum([other.count for other in others])
        self.traces += sum([other.traces for other in others])
        self.duration += sum([other.duration for other in others])
        self.squares += sum([other.squares for other in others])
        nodes: dict[str, list[Node]] = {}
        for other in others:
            for key, node in other.nodes.items():
                nodes.setdefault(key, []).append(node)
        for key, many in nodes.items():
            if key not in self.nodes:
                self.nodes[key] = Node(many[0].operation)
            self.nodes[key].add_all(many)

    @property
    def effective_count(self) -> float:
        """How many traces of equal weight would be as much evidence."""
        return effective_size(self.traces, self.squares)

    @property
    def mean_duration(self) -> float:
        """Mean duration of the roots in ns, 0 without traces."""
        return self.duration / max(1, self.traces)

    def callees(self) -> dict[str, list[str]]:
        """Return the keys of the nodes that each node calls, by the key of the caller."""
        callees: dict[str, list[str]] = {}
        for called, node in self.nodes.items():
            for caller in node.callers:
                callees.setdefault(caller, []).append(called)
        return callees

    def visits(self, key: str) -> int:
        """Return how often a node was entered, by any caller; for `OUTSIDE` once per trace."""
        if key == OUTSIDE:
            return self.traces
        return sum(calls.calls for calls in self.nodes[key].callers.values())

    def calls(self, key: str) -> Calls:
        """Return all calls of one node, by any caller."""
        total = Calls()
        total.add_all(list(self.nodes[key].callers.values()))
        return total


def fold(traces: Iterable[Trace], keying: Keying) -> Fold:
    """Fold traces under one keying. The order of the traces makes no difference."""
    total = Fold()
    total.add_all([fold_trace(trace, keying) for trace in traces])
    return total


def fold_trace(trace: Trace, keying: Keying) -> Fold:
    """Return the fold of a single trace: what it adds to any larger one."""
    tree, weight = trace.tree, trace.weight
    keys = keying.keys(tree)
    visit_of = _visits(tree, keys, keying)
    rows_of: dict[str, list[int]] = {}
    calls_of: dict[tuple[int, str], list[int]] = {}
    called_by: dict[int, list[int]] = {}
    for row, (key, parent) in enumerate(zip(keys, tree.parent, strict=True)):
        rows_of.setdefault(key, []).append(row)
        if visit_of[row] == row:
            caller = visit_of[parent] if parent >= 0 else -1
            calls_of.setdefault((caller, key), []).append(row)
            called_by.setdefault(caller, []).append(row)

    nodes = {key: _node(trace, rows, keying) for key, rows in rows_of.items()}
    for (caller, key), rows in calls_of.items():
        caller_key = keys[caller] if caller >= 0 else OUTSIDE
        callers = nodes[key].callers
        if caller_key not in callers:
            callers[caller_key] = Calls()
        add_calls(callers[caller_key], trace, rows)
    for caller, rows in called_by.items():
        if caller >= 0 and len(rows) > 1:
            _add_forks(nodes[keys[caller]], trace, rows)
    return Fold(1, weight, trace.duration * weight, nodes, squared(weight))


def _visits(tree: Tree, keys: list[str], keying: Keying) -> list[int]:
    """Return the row at which each row's visit to its node began."""
    visit_of = list(range(len(keys)))
    if keying.visits_merge:
        for row, parent in enumerate(tree.parent):
            if parent >= 0 and keys[row] == keys[parent]:
                visit_of[row] = visit_of[parent]
    return visit_of


def _node(trace: Trace, rows: list[int], keying: Keying) -> Node:
    """Return all spans of one trace with the same key as a node without edges."""
    span, weight = trace.tree.spans[rows[0]], trace.weight
    self_time = critical = 0
    for row in rows:
        self_time += trace.self_times[row]
        critical += trace.critical_times[row]
    return Node(
        operation=keying.operation(span),
        type=span.type,
        traces=weight,
        self_time=self_time * weight,
        critical=critical * weight,
        criticals={bar(critical): weight},
        critical_squares={bar(critical): squared(weight)},
    )


def add_calls(calls: Calls, trace: Trace, rows: list[int]) -> None:
    """Add the calls of one node by one visit of a caller."""
    tree, weight, times = trace.tree, trace.weight, len(rows)
    calls.calls += weight * times
    calls.callers += weight
    calls.per_caller[times] = calls.per_caller.get(times, 0) + weight
    if times > 1:
        groups = len(overlap_groups(tree, rows))
        calls.sequential += weight * (groups - 1)
        calls.overlapping += weight * (times - groups)
    for row in rows:
        span = tree.spans[row]
        if span.timed:
            _add_duration(calls, trace, span)
        if span.error:
            calls.errors += weight
            error = Exemplar(tree.end[row], trace.trace_id, span.span_id)
            calls.last_error = max(calls.last_error or error, error)
        if tree.asynchronous[row]:
            calls.asynchronous += weight
        if status := status_of(span):
            status = _status_class(status)
            calls.statuses[status] = calls.statuses.get(status, 0) + weight
        if tree.parent[row] >= 0 and span.tags.get("span.kind") == "server":
            _add_network(calls, tree.spans[tree.parent[row]], span, weight)


def _add_duration(calls: Calls, trace: Trace, span: Span) -> None:
    duration, weight = span.duration, trace.weight
    number = bar(duration)
    calls.duration += duration * weight
    calls.durations[number] = calls.durations.get(number, 0) + weight
    example = calls.examples.get(number)
    if example is None or example.value <= duration:
        calls.examples[number] = Exemplar(duration, trace.trace_id, span.span_id)


@lru_cache(maxsize=1000)
def _status_class(text: str) -> str:
    """Return `2xx` for 200 to 299 and so on, `?` for anything that is not an HTTP status."""
    return f"{text[0]}xx" if len(text) == 3 and text[0] in "12345" else "?"


def _add_network(calls: Calls, client: Span, server: Span, weight: int) -> None:
    """Add the time a call spent between client and server: the client's duration less the server's.

    Durations come from each side's own monotonic clock, so this holds even if the two wall clocks
    disagree. A server that worked on after its client gave up counts as 0.
    """
    if client.tags.get("span.kind") == "client" and client.timed and server.timed:
        network = max(0, client.duration - server.duration)
        calls.network += network * weight
        add_counts(calls.networks, {bar(network): weight})


def _add_forks(node: Node, trace: Trace, rows: list[int]) -> None:
    """Add the forks and joins among the calls of one visit."""
    for group in overlap_groups(trace.tree, rows):
        if len(group) > 1:
            node.forks += trace.weight
            if not any(trace.tree.asynchronous[row] for row in group):
                node.joins += trace.weight
