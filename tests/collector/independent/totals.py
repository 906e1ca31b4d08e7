"""What many traces add up to: routes, nodes and bills, each trace by its weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction
from math import prod

from tests.collector.independent.forest import Place, rows
from tests.collector.independent.spans import Span
from tests.collector.independent.times import critical_path, critical_time, self_time

HEAD_TAGS = ("_dd.rule_psr", "_dd.agent_psr", "_dd.span_sampling.rule_rate")
TRACE_STATE, SAMPLER, PARAMETER = "w3c.tracestate", "sampler.type", "sampler.param"
LIMIT_TAG = "_dd.limit_psr"
TAIL_TAG = "sampling.tail_rate"
LEAST_RATE = 1e-6
Weighted = list[tuple[int, Fraction]]
"""Durations in ns, each with its weight."""


class Trace:
    """One trace, with all that sums need."""

    def __init__(self, spans: list[Span]) -> None:
        self.spans = spans
        self.id = f"{spans[0].upper_half:016x}{spans[0].trace:016x}"
        self.labels = spans[0].labels
        self.rows = rows(spans)
        self.root = self.rows[0]
        self.duration = self.root.span.duration
        self.path = critical_path(self.root)
        self.start = min(place.start for place in self.rows)
        self.weight = _weight([place.span for place in self.rows if place.parent is None])
        servers = [place for place in self.rows if place.span.kind == "server"]
        self.route_span = [*servers, self.root][0].span
        self.route = self.route_span.service, self.route_span.resource
        self.failed = self.root.span.failed or self.route_span.failed

    def critical(self, place: Place) -> int:
        return critical_time(place, self.path)


def _weight(roots: list[Span]) -> Fraction:
    """Return 1 / the probability with which the trace was kept, in whole thousandths."""
    for root in roots:
        said = root.rates | _by_texts(root)
        sensible = {tag: rate for tag, rate in said.items() if LEAST_RATE <= rate <= 1}
        order = (TRACE_STATE, *HEAD_TAGS, SAMPLER)
        chosen = [sensible[tag] for tag in order if tag in sensible][:1]
        passed = [sensible[tag] for tag in (LIMIT_TAG, TAIL_TAG) if tag in sensible]
        if chosen or passed:
            return Fraction(round(1000 / max(LEAST_RATE, prod(chosen + passed))), 1000)
    return Fraction(1)


def _by_texts(root: Span) -> dict[str, float]:
    """Return the probabilities that OpenTelemetry and Jaeger have written as texts."""
    rates: dict[str, float] = {}
    for member in root.samplers.get(TRACE_STATE, "").split(","):
        key, _, value = member.partition("=")
        for part in value.split(";") if key == "ot" else []:
            if part.startswith("th:"):
                rates[TRACE_STATE] = 1 - int(f"{part[3:]:0<14}", 16) / 2**56
    kind = root.samplers.get(SAMPLER)
    if kind in ("const", "lowerbound"):
        rates[SAMPLER] = 1.0
    elif kind == "probabilistic" and PARAMETER in root.rates:
        rates[SAMPLER] = root.rates[PARAMETER]
    return rates


def weight_of(traces: Iterable[Trace]) -> Fraction:
    return sum((trace.weight for trace in traces), Fraction(0))


def mean(values: Weighted) -> Fraction:
    return sum(value * weight for value, weight in values) / sum(weight for _, weight in values)


def percentile(values: Weighted, percent: int) -> int:
    """Return the smallest value such that that much of the weight is at or below it."""
    needed = sum(weight for _, weight in values) * Fraction(percent, 100)
    return min(
        candidate
        for candidate, _ in values
        if sum(weight for value, weight in values if value <= candidate) >= needed
    )


def durations(traces: Iterable[Trace]) -> Weighted:
    return [(trace.duration, trace.weight) for trace in traces]


def grouped(
    traces: Iterable[Trace], key: Callable[[Trace], Hashable]
) -> dict[Hashable, list[Trace]]:
    groups: dict[Hashable, list[Trace]] = defaultdict(list)
    for trace in traces:
        groups[key(trace)].append(trace)
    return groups


def by_operation(place: Place) -> Hashable:
    return place.span.operation


def by_service(place: Place) -> Hashable:
    return place.span.service


def by_path(place: Place) -> tuple[Hashable, ...]:
    above = by_path(place.parent) if place.parent else ()
    return (*above, place.span.operation)


class Node:
    """All spans of some traces with one key, in numbers per trace where they are times."""

    def __init__(
        self, traces: list[Trace], key: Hashable, key_of: Callable[[Place], Hashable]
    ) -> None:
        self.traces = self.calls = self.errors = self.critical = self.own = Fraction(0)
        self.durations: Weighted = []
        self.criticals: Weighted = []
        self.calls_by_caller: dict[Hashable, Fraction] = defaultdict(Fraction)
        for trace in traces:
            places = [place for place in trace.rows if key_of(place) == key]
            if not places:
                continue
            self.traces += trace.weight
            self.own += trace.weight * sum(map(self_time, places))
            self.critical += trace.weight * sum(map(trace.critical, places))
            self.criticals.append((sum(map(trace.critical, places)), trace.weight))
            for place in places:
                if key_of is by_service and place.parent and by_service(place.parent) == key:
                    continue  # the same visit
                self.calls += trace.weight
                self.errors += trace.weight * place.span.error
                if not place.span.claims:
                    self.durations.append((place.span.duration, trace.weight))
                caller = key_of(place.parent) if place.parent else None
                self.calls_by_caller[caller] += trace.weight
        self.critical /= weight_of(traces)
        self.own /= weight_of(traces)


def nodes(traces: list[Trace], key_of: Callable[[Place], Hashable]) -> dict[Hashable, Node]:
    keys = {key_of(place) for trace in traces for place in trace.rows}
    return {key: Node(traces, key, key_of) for key in keys}
