"""How many traces it takes until a percentile is right, computed rather than tried."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import ceil, exp, lgamma, log, log1p

TOLERANCE = 0.1
"""How far the percentile may be off, as a share of the true one."""
CERTAINTY = 0.95
"""With which probability it has to be no further off."""
MAX_TRACES = 10_000_000
_STEP = 1.02
"""From one number of traces to the next that is looked at."""
_ROUNDING = 1 - 1e-12


def traces_needed(
    durations: Sequence[int], weights: Sequence[int], share: float = 0.99
) -> int | None:
    """Return from how many traces on a percentile is right; None if ten million are too few.

    The traces are drawn independently from a system whose durations are distributed like these. By
    nearest rank, the percentile of n is the k-th of them in order, k = ⌈share · n⌉. It is too short
    if k or more are shorter than the tolerance allows, too long if fewer than k are no longer than
    that: two binomial probabilities.
    """
    if not durations:
        return None
    too_short, not_too_long = _bounds(durations, weights, share)
    needed = None
    traces = float(MAX_TRACES)
    while traces >= 1:
        n = round(traces)
        if chance_of_being_right(n, share, too_short, not_too_long) < CERTAINTY:
            break
        needed = n
        traces = min(traces / _STEP, n - 1)
    return needed


def chance_of_being_right(
    traces: int, share: float, too_short: float, not_too_long: float
) -> float:
    """Return with which probability the percentile of so many traces is within the bounds: the
    first is the share of durations below the lower one, the second of those up to the upper one."""
    rank = ceil(share * traces * _ROUNDING)
    return 1 - at_least(rank, traces, too_short) - (1 - at_least(rank, traces, not_too_long))


def at_least(hits: int, trials: int, probability: float) -> float:
    """Return the probability of so many hits or more: a tail of the binomial distribution."""
    if hits <= 0 or probability >= 1:
        return 1.0
    if hits > trials or probability <= 0:
        return 0.0
    if hits <= trials * probability:  # the other tail is the shorter one
        return 1 - _up_to(hits - 1, trials, probability)
    return _up_to(trials - hits, trials, 1 - probability)


def _up_to(hits: int, trials: int, probability: float) -> float:
    """Return the probability of at most so many hits; fewer than expected."""
    term = exp(
        lgamma(trials + 1)
        - lgamma(hits + 1)
        - lgamma(trials - hits + 1)
        + hits * log(probability)
        + (trials - hits) * log1p(-probability)
    )
    total = 0.0
    while hits >= 0 and term > total * 1e-15:
        total += term
        term *= hits / (trials - hits + 1) * (1 - probability) / probability
        hits -= 1
    return min(1.0, total)


def _bounds(durations: Sequence[int], weights: Sequence[int], share: float) -> tuple[float, float]:
    """Return the share of durations that are too short to be the percentile, and of those that are
    not too long."""
    pairs = sorted(zip(durations, weights, strict=True))
    ordered = [duration for duration, _ in pairs]
    cumulated = [0, *accumulate(weight for _, weight in pairs)]
    total = cumulated[-1]
    truth = ordered[bisect_left(cumulated, share * total * _ROUNDING) - 1]
    shorter = cumulated[bisect_left(ordered, truth * (1 - TOLERANCE))]
    not_longer = cumulated[bisect_right(ordered, truth * (1 + TOLERANCE))]
    return shorter / total, not_longer / total
