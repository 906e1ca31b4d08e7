"""Deciding on whole traces: what is kept, for which reason, and for how many others it stands."""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from collector.analysis.route import Route
from collector.sampling.head_rule import ANY, pattern_matcher
from collector.sampling.policy import (
    AnyPolicy,
    KeepErrors,
    KeepMatches,
    KeepPriority,
    KeepRare,
    KeepSample,
    KeepSlow,
)
from collector.sampling.seen_trace import SeenTrace
from collector.search.match import matcher
from collector.search.parser import parse

MAX_ROUTES = 1_000
"""Routes of which something is remembered; the ones not seen for longest are forgotten first."""
LATEST_TRACES = 1_000
"""Traces of a route that its percentile is of."""
FEWEST_TRACES = 100
"""A route's percentile is not known before so many of its traces have been seen."""
ID_COUNT = 1 << 64


class Verdict(NamedTuple):
    """That a trace is kept, and why."""

    reason: str
    probability: float
    """With which probability a trace like it is kept."""


class TailSampler:
    """Decides by policies, and remembers what they need to know of earlier traces.

    Traces that a policy of another kind keeps are kept for certain, whatever samples say: each
    stands for itself. A sample decides on the rest, so that it stands for the rest only.
    """

    def __init__(self, policies: Sequence[AnyPolicy]) -> None:
        self._certain = [
            (number, policy, _applies(policy), _check(policy))
            for number, policy in enumerate(policies)
            if not isinstance(policy, KeepSample)
        ]
        self._samples = [
            (number, policy, _applies(policy), _Sample(policy))
            for number, policy in enumerate(policies)
            if isinstance(policy, KeepSample)
        ]
        self.matched = [0] * len(policies)
        """By policy: how many traces it would have kept, or decided on."""
        self.kept = [0] * len(policies)
        """By policy: of how many it was the reason."""

    def keeps_for_certain(self, trace: SeenTrace) -> bool:
        """Return whether the trace is kept whatever samples say. Nothing is learned from it."""
        return any(applies(trace) and check(trace) for _, _, applies, check in self._certain)

    def decide(self, trace: SeenTrace, now: float) -> Verdict | None:
        """Return why the trace is kept; None if it is not. `now`, in seconds, never goes back."""
        first: tuple[int, AnyPolicy] | None = None
        for number, certain, applies, check in self._certain:
            if not applies(trace):
                continue
            if check(trace):
                self.matched[number] += 1
                first = first or (number, certain)
            if isinstance(check, _Slow | _Rare):
                check.learn(trace)
        if first:
            self.kept[first[0]] += 1
            return Verdict(first[1].reason, 1.0)
        for number, policy, applies, sample in self._samples:
            if applies(trace):
                self.matched[number] += 1
                probability = sample.probability(trace, now)
                if not probability:
                    return None
                self.kept[number] += 1
                return Verdict(policy.reason, probability)
        return None


Check = Callable[[SeenTrace], bool]


def _applies(policy: AnyPolicy) -> Check:
    """Return what tells whether a policy is about the route of a trace."""
    if policy.service == policy.resource == ANY:
        return lambda trace: True
    is_service, is_resource = pattern_matcher(policy.service), pattern_matcher(policy.resource)

    def applies(trace: SeenTrace) -> bool:
        route = trace.route
        return is_service(route.service) and is_resource(route.resource)

    return applies


def _check(policy: AnyPolicy) -> Check:
    """Return what tells whether a policy keeps a trace that it is about."""
    match policy:
        case KeepPriority():
            return lambda trace: trace.is_asked_for
        case KeepErrors():
            return lambda trace: trace.has_error
        case KeepSlow(over_ms=int() | float() as over_ms):
            return lambda trace: trace.duration > over_ms * 1e6
        case KeepSlow(percentile=percentile):
            return _Slow(percentile)
        case KeepRare(among=among):
            return _Rare(among)
        case KeepMatches(query=query):
            matches = matcher(parse(query))
            return lambda trace: matches(trace.summary, trace.spans)
    raise TypeError(f"{policy.kind} keeps nothing for certain")


class _Slow:
    """Knows how long a route's latest traces took, in the order in which they came and sorted."""

    def __init__(self, percentile: float) -> None:
        self._share = percentile / 100
        self._routes: OrderedDict[Route, tuple[deque[int], list[int]]] = OrderedDict()

    def __call__(self, trace: SeenTrace) -> bool:
        _, ordered = self._routes.get(trace.route, _NOTHING)
        if len(ordered) < FEWEST_TRACES:
            return False
        return trace.duration > ordered[int(self._share * len(ordered))]

    def learn(self, trace: SeenTrace) -> None:
        """Take the trace for one of the latest of its route."""
        latest, ordered = self._routes.setdefault(trace.route, (deque(), []))
        self._routes.move_to_end(trace.route)
        if len(self._routes) > MAX_ROUTES:
            self._routes.popitem(last=False)
        if len(latest) == LATEST_TRACES:
            ordered.remove(latest.popleft())
        latest.append(trace.duration)
        insort(ordered, trace.duration)


_NOTHING: tuple[deque[int], list[int]] = (deque(), [])


class _Rare:
    """Knows when a shape was last seen."""

    def __init__(self, among: int) -> None:
        self._among = among
        self._number = 0
        self._last: OrderedDict[int, int] = OrderedDict()
        """By shape, the number of the latest trace that had it; the latest comes last."""

    def __call__(self, trace: SeenTrace) -> bool:
        last = self._last.get(trace.shape)
        return last is None or self._number - last >= self._among

    def learn(self, trace: SeenTrace) -> None:
        """Take the trace for the latest of its shape."""
        self._number += 1
        self._last[trace.shape] = self._number
        self._last.move_to_end(trace.shape)
        if len(self._last) > self._among:
            self._last.popitem(last=False)


class _Sample:
    """Keeps a share of all traces, or a number of each route's in each second."""

    def __init__(self, policy: KeepSample) -> None:
        self._policy = policy
        self._routes: OrderedDict[Route, _SecondsOfRoute] = OrderedDict()

    def probability(self, trace: SeenTrace, now: float) -> float:
        """Return the probability with which a trace that is kept was kept; 0 if it is not."""
        if self._policy.rate is not None:
            return self._policy.rate if number_of(trace.trace_id) < self._bound() else 0.0
        route = trace.route
        seconds = self._routes.setdefault(route, _SecondsOfRoute(self._policy.per_second or 0))
        self._routes.move_to_end(route)
        if len(self._routes) > MAX_ROUTES:
            self._routes.popitem(last=False)
        stands_for = seconds.take(int(now))
        return 1 / stands_for if stands_for else 0.0

    def _bound(self) -> int:
        return round((self._policy.rate or 0.0) * ID_COUNT)


class _SecondsOfRoute:
    """Takes so many traces of each second. Each stands for its part of those that came since and
    that none stands for yet, as in the tracer (`tracer.sampling.reservoir`)."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._second = -1
        self._left = 0
        self._unrepresented = 0.0

    def take(self, second: int) -> float:
        """Return for how many traces the one that comes now stands; 0 if it is not taken."""
        if second != self._second:
            self._second, self._left = second, self._per_second
        self._unrepresented += 1
        if not self._left:
            return 0.0
        stands_for = max(1.0, self._unrepresented / self._left)
        self._left -= 1
        self._unrepresented -= stands_for
        return stands_for


def number_of(trace_id: str) -> int:
    """Return a number for the lower half of a trace id, equally distributed over 64 bits.

    It is another one than those by which heads decide (Datadog's hash, the id itself): the tail of
    a trace that the head has let pass would else not be decided by chance. The mixing is that of
    SplitMix64 (Steele, Lea and Flood 2014).
    """
    number = int(trace_id[-16:], 16)
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 % ID_COUNT
    number = (number ^ number >> 27) * 0x94D049BB133111EB % ID_COUNT
    return number ^ number >> 31
