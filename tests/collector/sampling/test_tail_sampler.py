"""What policies keep, and for how many each kept trace stands."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sampling.policy import (
    DEFAULT_POLICIES,
    AnyPolicy,
    KeepErrors,
    KeepMatches,
    KeepPriority,
    KeepRare,
    KeepSample,
    KeepSlow,
)
from collector.sampling.seen_trace import SeenTrace
from collector.sampling.tail_sampler import FEWEST_TRACES, LATEST_TRACES, TailSampler, number_of
from tests.collector.sampling.traces import request, seen

NOTHING = KeepSample(rate=0)


def reason(trace: SeenTrace, *policies: AnyPolicy) -> str | None:
    """Return why these policies keep a trace, None if they do not."""
    verdict = TailSampler(policies).decide(trace, 0)
    return verdict and verdict.reason


@pytest.mark.parametrize(
    ("policy", "trace", "other"),
    [
        (KeepErrors(), seen(1, error=1), seen(2)),
        (KeepSlow(over_ms=50), seen(1, ms=51), seen(2, ms=49)),
        (KeepPriority(), seen(1, _sampling_priority_v1=2), seen(2, _sampling_priority_v1=1)),
        (KeepMatches(query="beer:ipa duration:>5ms"), seen(1, beer="ipa"), seen(2, beer="ale")),
        (KeepErrors(resource="GET /p*"), seen(1, error=1), seen(2, error=1, resource="GET /beer")),
        (KeepErrors(service="we?"), seen(1, error=1), seen(2)),
    ],
)
def test_what_a_policy_keeps(policy: AnyPolicy, trace: SeenTrace, other: SeenTrace) -> None:
    assert reason(trace, policy) == policy.kind
    assert reason(other, policy) is None


def test_the_first_policy_that_matches_is_the_reason() -> None:
    policies = [KeepErrors("first"), KeepErrors("second"), KeepSlow(over_ms=1)]
    sampler = TailSampler(policies)
    assert sampler.decide(seen(1, error=1), 0) == ("first", 1)
    assert sampler.decide(seen(2), 0) == ("slow", 1)
    assert (sampler.matched, sampler.kept) == ([1, 1, 2], [1, 0, 1])


def test_a_sample_decides_on_the_rest_wherever_it_stands() -> None:
    """Else an error that the sample happens to keep would stand for others, which are all kept."""
    sampler = TailSampler([KeepSample(rate=0.5), KeepErrors()])
    verdicts = [sampler.decide(seen(number, error=1), 0) for number in range(1, 50)]
    assert set(verdicts) == {("error", 1)}
    assert sampler.matched == [0, 49]


def test_slow_is_what_exceeds_the_percentile_of_its_route() -> None:
    sampler = TailSampler([KeepSlow(percentile=90), NOTHING])
    rng = random.Random(1)
    kept = Counter[str]()
    for number in range(4000):
        ms = rng.uniform(0, 100)
        verdict = sampler.decide(seen(number, ms=ms, resource="GET /slow"), 0)
        kept["slow"] += verdict is not None
        assert verdict is None or ms > 80
        kept["quick"] += sampler.decide(seen(number, ms=ms / 100), 0) is not None
    expected = 4000 / 10
    assert abs(kept["slow"] - expected) < 4 * expected**0.5
    assert abs(kept["quick"] - expected) < 4 * expected**0.5


def test_nothing_is_slow_before_its_route_is_known() -> None:
    sampler = TailSampler([KeepSlow()])
    assert not any(sampler.decide(seen(n, ms=n + 1), 0) for n in range(FEWEST_TRACES))
    assert sampler.decide(seen(1000, ms=1000), 0)


def test_a_route_that_has_become_slower_is_the_usual_case_after_a_while() -> None:
    sampler = TailSampler([KeepSlow()])
    for number in range(LATEST_TRACES):
        sampler.decide(seen(number, ms=1), 0)
    kept = [sampler.decide(seen(number, ms=2), 0) is not None for number in range(LATEST_TRACES)]
    assert kept[0]
    assert not any(kept[LATEST_TRACES // 50 :])


def test_rare_is_a_shape_that_none_of_the_last_had() -> None:
    sampler = TailSampler([KeepRare(among=3)])
    shapes = ["a", "a", "b", "a", "a", "b", "a", "a", "a", "b", "a"]
    kept = [sampler.decide(seen(n, calls=(s,)), 0) is not None for n, s in enumerate(shapes)]
    assert [s for s, k in zip(shapes, kept, strict=True) if k] == ["a", "b", "b"]
    assert kept[9], "three came after the last b"


def test_how_often_a_call_is_made_is_no_other_shape() -> None:
    assert seen(1, calls=("a",)).shape == seen(2, calls=("a", "a")).shape
    assert seen(1, calls=("a",)).shape != seen(2, calls=("a", "b")).shape


def test_a_look_learns_nothing() -> None:
    sampler = TailSampler([KeepRare(), KeepSlow()])
    assert all(sampler.keeps_for_certain(seen(1)) for _ in range(3))
    assert sampler.decide(seen(1), 0) == ("rare", 1)
    assert not sampler.keeps_for_certain(seen(1))
    assert sampler.kept == [1, 0]


@given(st.floats(0.01, 1))
def test_the_weights_of_a_sample_sum_to_what_was_seen(rate: float) -> None:
    sampler = TailSampler([KeepSample(rate=rate)])
    rng = random.Random(7)
    verdicts = [sampler.decide(seen(rng.getrandbits(128)), 0) for _ in range(3000)]
    represented = sum(1 / verdict.probability for verdict in verdicts if verdict)
    deviation = (3000 * (1 - rate) / rate) ** 0.5
    assert abs(represented - 3000) <= 5 * deviation + 1e-6


@given(st.lists(st.integers(0, 40), min_size=3, max_size=40), st.integers(1, 5))
def test_so_many_a_second_are_kept_of_each_route_and_stand_for_all(
    loads: list[int], per_second: int
) -> None:
    sampler = TailSampler([KeepSample(per_second=per_second)])
    kept = Counter[tuple[int, str]]()
    represented, came = 0.0, 0
    for second, load in enumerate(loads):
        for number in range(load):
            resource = "GET /a" if number % 3 else "GET /b"
            verdict = sampler.decide(seen(number, resource=resource), second + number / 50)
            came += 1
            if verdict:
                kept[second, resource] += 1
                represented += 1 / verdict.probability
    assert all(number <= per_second for number in kept.values())
    assert came - 2 * max(loads) <= represented <= came + 1e-6


@given(st.permutations(range(6)), st.integers(0, 2**64 - 1))
def test_the_order_of_spans_does_not_matter(order: list[int], number: int) -> None:
    chunk = request(number, ms=5, calls=("a", "b", "a", "c", "d"))
    policies = [*DEFAULT_POLICIES[:-1], KeepSample(rate=0.5)]
    one, other = TailSampler(policies), TailSampler(policies)
    for sampler in (one, other):
        sampler.decide(seen(1, calls=("a", "b", "c", "d")), 0)
    mixed = SeenTrace(chunk.trace_id, [chunk.spans[place] for place in order])
    assert one.decide(SeenTrace(*chunk), 0) == other.decide(mixed, 0)


def test_both_halves_of_a_mixed_trace_are_decided_alike() -> None:
    assert number_of("0" * 16 + "ab" * 8) == number_of("f" * 16 + "ab" * 8)


def test_the_tail_decides_independently_of_the_head() -> None:
    """Of what the heads of Datadog's, Jaeger's or OpenTelemetry's clients keep at 10 %, a tail of
    50 % keeps half."""
    rng = random.Random(3)
    ids = [rng.getrandbits(64) for _ in range(20_000)]
    heads = (
        lambda i: i * 1111111111111111111 % 2**64,
        lambda i: i,
        lambda i: (2**56 - 1 - i % 2**56) << 8,
    )
    for head in heads:
        through = [i for i in ids if head(i) < 2**64 / 10]
        kept = sum(number_of(f"{i:032x}") < 2**63 for i in through)
        assert abs(kept - len(through) / 2) < 4 * (len(through) / 4) ** 0.5
