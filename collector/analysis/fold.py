"""Thousands of traces as one picture: spans with the same key become one node.

A fold is a sum. Folds of any parts of a set, made at any time and added in any order, are the fold
of the whole, to the last digit: everything in it is an integer or an exemplar chosen by size. So
the fold of each trace, or of each minute, can be kept and only added up when somebody asks.

Counts are weighted and in thousandths (`collector.analysis.weight`); times are in ns, with the
same weight. `collector.analysis.graph_summary` turns them into the numbers that people read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from collector.analysis.concurrency import side_by_side
from collector.analysis.histogram import Histogram, add_all_counts, add_counts, bar
from collector.analysis.span_keys import Keying, Operation
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.model import Span, TagValue

OUTSIDE = ""
"""The caller of a root: nobody that we know of."""


class Exemplar(msgspec.Struct, array_like=True, order=True, frozen=True, gc=False):
    """A span to look at. Of several the largest is kept, which is what `order` compares."""

    value: int
    """What it was chosen by: its duration or its end."""
    trace_id: str
    span_id: int


class Calls(msgspec.Struct, array_like=True, gc=False):
    """The visits that one node got from one caller: an edge."""

    calls: int = 0
    errors: int = 0
    asynchronous: int = 0
    """Those of them that the caller did not wait for."""
    duration: int = 0
    durations: Histogram = {}
    statuses: dict[str, int] = {}
    """By class of HTTP status: `2xx`, `5xx`."""
    callers: int = 0
    """Visits of the caller with at least one such call."""
    per_caller: dict[int, int] = {}
    """How many visits of the caller made exactly so many such calls (never 0)."""
    sequential: int = 0
    overlapping: int = 0
    """Like calls of one visit that came after one another, and that ran side by side."""
    network: int = 0
    networks: Histogram = {}
    """Client's duration less the server's, where this edge goes over the wire."""
    examples: dict[int, Exemplar] = {}
    """For each bar of `durations` the longest call in it."""
    last_error: Exemplar | None = None

    def add_all(self, others: Sequence[Calls]) -> None:
        """Add the calls of other edges to these. Many at once, because Python adds up a list in a
        fraction of the time of as many additions."""
        self.calls += sum([other.calls for other in others])
        self.errors += sum([other.errors for other in others])
        self.asynchronous += sum([other.asynchronous for other in others])
        self.duration += sum([other.duration for other in others])
        self.callers += sum([other.callers for other in others])
        self.sequential += sum([other.sequential for other in others])
        self.overlapping += sum([other.overlapping for other in others])
        self.network += sum([other.network for other in others])
        add_all_counts(self.durations, [other.durations for other in others])
        add_all_counts(self.statuses, [other.statuses for other in others if other.statuses])
        add_all_counts(self.per_caller, [other.per_caller for other in others])
        add_all_counts(self.networks, [other.networks for other in others if other.networks])
        examples = self.examples
        for other in others:
            for number, example in other.examples.items():
                mine = examples.get(number)
                if mine is None or mine < example:
                    examples[number] = example
        errors = [other.last_error for other in others if other.last_error]
        if errors:
            self.last_error = max(*errors, self.last_error or errors[0])


class Node(msgspec.Struct, array_like=True, gc=False):
    """All spans with one key."""

    operation: Operation
    type: str = ""
    traces: int = 0
    """Traces with at least one such span."""
    own: int = 0
    """Their self time."""
    critical: int = 0
    """Their time on the critical path. Over all nodes it adds up to the duration of the roots."""
    criticals: Histogram = {}
    """The distribution of that time over the traces, one value a trace."""
    forks: int = 0
    """How often a visit began one call before another had ended."""
    joins: int = 0
    """Those of them where the visit waited for all the calls."""
    callers: dict[str, Calls] = {}
    """The edges to this node, by the key of the caller."""

    def add_all(self, others: Sequence[Node]) -> None:
        """Add other nodes' spans to these."""
        self.type = max([self.type, *[other.type for other in others]])
        self.traces += sum([other.traces for other in others])
        self.own += sum([other.own for other in others])
        self.critical += sum([other.critical for other in others])
        self.forks += sum([other.forks for other in others])
        self.joins += sum([other.joins for other in others])
        add_all_counts(self.criticals, [other.criticals for other in others])
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
    trace at full weight that is 200 days, for a large set it is soon reached. Keep the folds of
    single traces or of minutes.
    """

    count: int = 0
    """The traces in it, unweighted: how much evidence there is."""
    traces: int = 0
    duration: int = 0
    """Of the roots."""
    nodes: dict[str, Node] = {}

    def add(self, other: Fold) -> None:
        """Add another fold, made with the same keying."""
        self.add_all((other,))

    def add_all(self, others: Sequence[Fold]) -> None:
        """Add other folds, made with the same keying."""
        self.count += sum([other.count for other in others])
        self.traces += sum([other.traces for other in others])
        self.duration += sum([other.duration for other in others])
        nodes: dict[str, list[Node]] = {}
        for other in others:
            for key, node in other.nodes.items():
                nodes.setdefault(key, []).append(node)
        for key, many in nodes.items():
            if key not in self.nodes:
                self.nodes[key] = Node(many[0].operation)
            self.nodes[key].add_all(many)

    def visits(self, key: str) -> int:
        """How often a node was entered, by whomever; from `OUTSIDE` a trace enters once."""
        if key == OUTSIDE:
            return self.traces
        return sum(calls.calls for calls in self.nodes[key].callers.values())

    def calls(self, key: str) -> Calls:
        """All calls of one node, whoever made them."""
        total = Calls()
        total.add_all(list(self.nodes[key].callers.values()))
        return total


def fold(traces: Iterable[Trace], keying: Keying) -> Fold:
    """Fold traces under one keying. The order of the traces makes no difference."""
    total = Fold()
    total.add_all([fold_trace(trace, keying) for trace in traces])
    return total


def fold_trace(trace: Trace, keying: Keying) -> Fold:
    """The fold of a single trace: what it adds to any larger one."""
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
        _add_calls(callers[caller_key], trace, rows)
    for caller, rows in called_by.items():
        if caller >= 0 and len(rows) > 1:
            _add_forks(nodes[keys[caller]], trace, rows)
    return Fold(1, weight, trace.duration * weight, nodes)


def _visits(tree: Tree, keys: list[str], keying: Keying) -> list[int]:
    """The row at which each row's visit to its node began."""
    visit_of = list(range(len(keys)))
    if keying.visits_merge:
        for row, parent in enumerate(tree.parent):
            if parent >= 0 and keys[row] == keys[parent]:
                visit_of[row] = visit_of[parent]
    return visit_of


def _node(trace: Trace, rows: list[int], keying: Keying) -> Node:
    """All spans of one trace with the same key, without the edges to them."""
    span, weight = trace.tree.spans[rows[0]], trace.weight
    own = critical = 0
    for row in rows:
        own += trace.own[row]
        critical += trace.critical[row]
    return Node(
        operation=keying.operation(span),
        type=span.type,
        traces=weight,
        own=own * weight,
        critical=critical * weight,
        criticals={bar(critical): weight},
    )


def _add_calls(calls: Calls, trace: Trace, rows: list[int]) -> None:
    """Add the like calls of one visit of a caller."""
    tree, weight, times = trace.tree, trace.weight, len(rows)
    calls.calls += weight * times
    calls.callers += weight
    calls.per_caller[times] = calls.per_caller.get(times, 0) + weight
    if times > 1:
        groups = len(side_by_side(tree, rows))
        calls.sequential += weight * (groups - 1)
        calls.overlapping += weight * (times - groups)
    for row in rows:
        span = tree.spans[row]
        duration = span.duration
        number = bar(duration)
        calls.duration += duration * weight
        calls.durations[number] = calls.durations.get(number, 0) + weight
        example = calls.examples.get(number)
        if example is None or example.value <= duration:
            calls.examples[number] = Exemplar(duration, trace.trace_id, span.span_id)
        if span.error:
            calls.errors += weight
            error = Exemplar(tree.end[row], trace.trace_id, span.span_id)
            calls.last_error = max(calls.last_error or error, error)
        if tree.asynchronous[row]:
            calls.asynchronous += weight
        status = span.tags.get("http.response.status_code")
        if status is not None:
            status = _status_class(status)
            calls.statuses[status] = calls.statuses.get(status, 0) + weight
        if tree.parent[row] >= 0 and span.tags.get("span.kind") == "server":
            _add_network(calls, tree.spans[tree.parent[row]], span, weight)


@lru_cache(maxsize=1000)
def _status_class(status: TagValue) -> str:
    """`2xx` for 200 to 299 and so on, `?` for what is no HTTP status."""
    text = str(status)
    return f"{text[0]}xx" if len(text) == 3 and text[0] in "12345" else "?"


def _add_network(calls: Calls, client: Span, server: Span, weight: int) -> None:
    """Add what a call spent between client and server: the client's duration less the server's.

    Durations come from each side's own monotonic clock, so this holds even where the two wall
    clocks disagree. A server that worked on after its client gave up counts as 0.
    """
    if client.tags.get("span.kind") == "client":
        network = max(0, client.duration - server.duration)
        calls.network += network * weight
        add_counts(calls.networks, {bar(network): weight})


def _add_forks(node: Node, trace: Trace, rows: list[int]) -> None:
    """Add the forks and joins among the calls of one visit."""
    for group in side_by_side(trace.tree, rows):
        if len(group) > 1:
            node.forks += trace.weight
            if not any(trace.tree.asynchronous[row] for row in group):
                node.joins += trace.weight
