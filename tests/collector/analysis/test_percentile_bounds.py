"""The interval of a percentile that was found in a sample, against what it is a sample of."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.percentile_bounds import Bounds, percentile_bounds
from collector.analysis.percentiles import in_order, nearest_rank
from collector.analysis.weight import WEIGHT_UNIT

SHARES = (0.5, 0.95, 0.99)
TRIES = 250
ALL = 3000
"""Traces of which a sample is drawn."""

Rate = Callable[[random.Random, float], float]
"""The probability with which a trace is kept that is slower than such a share of all."""
RATES: dict[str, Rate] = {
    "one in fifty": lambda chance, rank: 0.02,
    "one in ten": lambda chance, rank: 0.1,
    "nine in ten": lambda chance, rank: 0.9,
    "errors for certain": lambda chance, rank: 1 if chance.random() < 0.05 else 0.1,
    "the slowest for certain": lambda chance, rank: 1 if rank > 0.99 else 0.1,
    "least of what is slow": lambda chance, rank: 0.02 if rank > 0.8 else 0.2,
    "most of what is slow": lambda chance, rank: 0.5 if rank > 0.8 else 0.02,
    "two services, two rates": lambda chance, rank: chance.choice([0.02, 0.3]),
}

samples = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1000, 50_000)), min_size=1, max_size=60
)


def bounds(sample: list[tuple[int, int]]) -> list[Bounds] | None:
    durations, weights = zip(*sample, strict=True)
    return percentile_bounds(in_order(durations, weights), SHARES)


def drawn(traces: int, rate: float) -> list[tuple[int, int]]:
    """So many traces of 1, 2, 3 … ns, each kept with that probability."""
    return [(number, round(WEIGHT_UNIT / rate)) for number in range(1, traces + 1)]


def ends(interval: Bounds) -> tuple[float, float]:
    """The ends of an interval, infinite where there are none."""
    low = float("-inf") if interval.low is None else interval.low
    return low, float("inf") if interval.high is None else interval.high


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("distinct", [False, True], ids=["many alike", "all different"])
def test_it_holds_the_true_percentile_in_95_of_100_samples(name: str, distinct: bool) -> None:
    chance = random.Random(f"{name} {distinct}")
    steps = 10**6 if distinct else 1
    durations = sorted(int(steps * chance.lognormvariate(3, 1)) for _ in range(ALL))
    rates = [RATES[name](chance, rank / ALL) for rank in range(ALL)]
    true = [nearest_rank(durations, share) or 0 for share in SHARES]
    held = [0] * len(SHARES)
    for _ in range(TRIES):
        kept = [
            (duration, round(WEIGHT_UNIT / rate))
            for duration, rate in zip(durations, rates, strict=True)
            if chance.random() < rate
        ]
        for number, interval in enumerate(bounds(kept) or ()):
            low, high = ends(interval)
            held[number] += low <= true[number] <= high
    assert min(held) >= 0.9 * TRIES, held


@given(samples)
def test_it_holds_the_estimate(sample: list[tuple[int, int]]) -> None:
    ordered = in_order(*zip(*sample, strict=True))
    for share, interval in zip(SHARES, percentile_bounds(ordered, SHARES) or (), strict=False):
        low, high = ends(interval)
        assert low <= ordered.at(share) <= high


@given(samples, st.integers(2, 20))
def test_more_of_the_same_never_widens_it(sample: list[tuple[int, int]], times: int) -> None:
    for few, many in zip(bounds(sample) or (), bounds(sample * times) or (), strict=True):
        assert ends(few)[0] <= ends(many)[0] <= ends(many)[1] <= ends(few)[1]


@pytest.mark.parametrize("share", range(len(SHARES)))
def test_it_narrows_with_more_traces(share: int) -> None:
    widths = []
    for traces in (1000, 4000, 16_000):
        interval = (bounds(drawn(traces, 0.1)) or [])[share]
        low, high = ends(interval)
        widths.append((high - low) / traces)
    assert widths[0] / 1.7 > widths[1] > widths[2] * 1.7, "about as the root of their number"


@pytest.mark.parametrize("traces", [1, 30, 1000])
def test_where_all_were_kept_there_is_none(traces: int) -> None:
    assert bounds(drawn(traces, 1)) is None
    assert bounds([*drawn(traces, 1), (5, 2 * WEIGHT_UNIT)]) is not None


def test_what_a_few_traces_cannot_tell_has_no_end() -> None:
    assert bounds(drawn(1, 0.1)) == [(None, None)] * 3
    median, p95, p99 = bounds(drawn(30, 0.1)) or []
    assert median == (10, 21)
    assert p95 == (26, None)
    assert p99 == (28, None)


def test_keeping_nearly_all_leaves_nearly_nothing_open() -> None:
    tenth, most = bounds(drawn(1000, 0.1)) or [], bounds(drawn(1000, 0.99)) or []
    assert tenth[0] == (471, 530)
    assert most[0] == (497, 504)


def test_what_is_slow_and_kept_for_certain_makes_p99_more_certain() -> None:
    fast = [(10 * number, weight) for number, weight in drawn(990, 0.1)]
    some = fast + [(number, 10 * WEIGHT_UNIT) for number in range(9910, 10_010, 10)]
    every = fast + [(number, WEIGHT_UNIT) for number in range(9901, 10_001)]
    assert [(bounds(sample) or [])[2] for sample in (some, every)] == [(9840, 9970), (9890, 9920)]
