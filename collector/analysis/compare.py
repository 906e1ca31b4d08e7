"""Why B is slower than A: the difference of two sets of traces, attributed to paths to the
nanosecond.

The sections of the critical path tile each root. So the mean duration of a set is the sum over all
paths of the mean time on the critical path, and the difference of two means is the sum of the
paths' differences, with nothing left over and nothing counted twice.
"""

from __future__ import annotations

from fractions import Fraction

import msgspec

from collector.analysis.fold import Fold
from collector.analysis.histogram import ZERO_BAR
from collector.analysis.significance import WeightedValues, p_value_of_difference

MIN_TRACES = 20
"""Traces needed on either side for a verdict on a path; where their weights differ, as many as they
are worth (`collector.analysis.weight.effective_size`)."""

SIGNIFICANCE_LEVEL = 0.002
"""How unlikely chance must be for a comparison to say that something has changed: a fifth of the
1 % of false alarms that are promised, as the p-values of few and heavy traces are estimates."""

MIN_CHANGE_SHARE = 0.05
"""The smallest change to report, as a share of the longer mean: with enough traces microseconds
are significant, and so is whatever else the machine was doing."""

MIN_CALLS_RATIO = Fraction(105, 100)
"""The ratio of calls per trace above which one side makes more of them."""


class Shift(msgspec.Struct, frozen=True):
    """What one node contributes to the difference. Times are ns per trace."""

    key: str
    service: str
    name: str
    resource: str
    structure: str
    """`added`, `removed`, or by the calls per trace `more`, `less`, `same`."""
    calls_a: float
    """Calls per trace, over all traces of A."""
    calls_b: float
    """Calls per trace, over all traces of B."""
    critical_a: float
    """Time on the critical path per trace of A."""
    critical_b: float
    """Time on the critical path per trace of B."""
    difference: int
    """B's time on the critical path less A's. Over all nodes the sum is the difference of the
    means."""
    calls_effect: int
    """The part due to more or fewer calls, at the average of both costs per call."""
    per_call_effect: int
    """The part due to slower or faster calls, at the average of both numbers of calls."""
    p_value: float
    """From a weighted two-sample Kolmogorov-Smirnov test of the time on the critical path in each
    trace."""
    verdict: str
    """`changed`, `same` or `not enough traces`."""


class Comparison(msgspec.Struct, frozen=True):
    """Two sets of traces side by side."""

    count_a: int
    count_b: int
    effective_a: float
    """How many traces of equal weight would be as much evidence as A's."""
    effective_b: float
    mean_a: float
    """Mean duration of A's roots, ns."""
    mean_b: float
    """Mean duration of B's roots, ns."""
    difference: int
    """B's mean less A's, rounded to the nanosecond."""
    enough: bool
    """Whether both sides have enough traces for a verdict."""
    shifts: list[Shift]
    """The largest differences first."""


def compare(a: Fold, b: Fold) -> Comparison:
    """Compare two folds made with the same keying (by path, for a waterfall of causes).

    A path has changed if the test's p-value is below 0.2 % divided by the number of paths tested
    (Bonferroni: with 50 paths, fewer than one in a hundred comparisons of equal sets raises a false
    alarm, not one in ten) and the difference is at least 5 % of the longer mean.
    """
    keys = sorted(a.nodes.keys() | b.nodes.keys())
    traces_a, traces_b = max(1, a.traces), max(1, b.traces)
    exact = [_critical(b, key) * traces_a - _critical(a, key) * traces_b for key in keys]
    differences = share_out(exact, traces_a * traces_b)
    mean_a, mean_b = a.mean_duration, b.mean_duration
    min_change = MIN_CHANGE_SHARE * max(mean_a, mean_b)
    enough = min(a.effective_count, b.effective_count) >= MIN_TRACES
    shifts = []
    for key, difference in zip(keys, differences, strict=True):
        p = p_value_of_difference(_criticals(a, key), _criticals(b, key))
        changed = p < SIGNIFICANCE_LEVEL / len(keys) and abs(difference) >= min_change
        verdict = ("changed" if changed else "same") if enough else "not enough traces"
        shifts.append(_shift(a, b, key, difference, p, verdict))
    shifts.sort(key=lambda shift: (-abs(shift.difference), shift.key))
    return Comparison(
        count_a=a.count,
        count_b=b.count,
        effective_a=a.effective_count,
        effective_b=b.effective_count,
        mean_a=mean_a,
        mean_b=mean_b,
        difference=sum(differences),
        enough=enough,
        shifts=shifts,
    )


def share_out(numerators: list[int], denominator: int) -> list[int]:
    """Return whole numbers near the given fractions whose sum is the fractions' sum, rounded.

    The largest remainders are rounded up, the others down, as seats are allotted in parliaments
    (Hamilton's method). Each is within 1 of its fraction.
    """
    floors = [numerator // denominator for numerator in numerators]
    rounded_sum = (2 * sum(numerators) + denominator) // (2 * denominator)
    by_remainder = sorted(range(len(floors)), key=lambda i: -(numerators[i] % denominator))
    for index in by_remainder[: rounded_sum - sum(floors)]:
        floors[index] += 1
    return floors


def _shift(a: Fold, b: Fold, key: str, difference: int, p: float, verdict: str) -> Shift:
    calls_a, calls_b = _per_trace(a, _visits(a, key)), _per_trace(b, _visits(b, key))
    critical_a, critical_b = _per_trace(a, _critical(a, key)), _per_trace(b, _critical(b, key))
    cost_a = critical_a / calls_a if calls_a else critical_b / calls_b
    cost_b = critical_b / calls_b if calls_b else cost_a
    calls_effect = round((calls_b - calls_a) * (cost_a + cost_b) / 2)
    operation = (a.nodes.get(key) or b.nodes[key]).operation
    return Shift(
        key=key,
        service=operation.service,
        name=operation.name,
        resource=operation.resource,
        structure=_structure(calls_a, calls_b),
        calls_a=float(calls_a),
        calls_b=float(calls_b),
        critical_a=float(critical_a),
        critical_b=float(critical_b),
        difference=difference,
        calls_effect=calls_effect,
        per_call_effect=difference - calls_effect,
        p_value=p,
        verdict=verdict,
    )


def _structure(calls_a: Fraction, calls_b: Fraction) -> str:
    if not calls_a:
        return "added"
    if not calls_b:
        return "removed"
    if calls_b > calls_a * MIN_CALLS_RATIO:
        return "more"
    return "less" if calls_a > calls_b * MIN_CALLS_RATIO else "same"


def _per_trace(fold: Fold, weighted: int) -> Fraction:
    return Fraction(weighted, max(1, fold.traces))


def _visits(fold: Fold, key: str) -> int:
    return fold.visits(key) if key in fold.nodes else 0


def _critical(fold: Fold, key: str) -> int:
    return fold.nodes[key].critical if key in fold.nodes else 0


def _criticals(fold: Fold, key: str) -> WeightedValues:
    """Return the distribution of the node's time on the critical path over all traces: 0 ns in
    those without the node."""
    node = fold.nodes.get(key)
    weights, squares = (node.criticals, node.critical_squares) if node else ({}, {})
    return WeightedValues(
        fold.count,
        weights | {ZERO_BAR: weights.get(ZERO_BAR, 0) + fold.traces - sum(weights.values())},
        squares | {ZERO_BAR: squares.get(ZERO_BAR, 0) + fold.squares - sum(squares.values())},
    )
