"""What policies would have kept of stored traces, against the tail's own sampler."""

from __future__ import annotations

from random import Random

from collector.laboratory.tail_plan import TailReplay
from collector.sampling.policy import KeepErrors, KeepMatches, KeepSample, KeepSlow
from collector.sampling.tail_sampler import TailSampler
from tests.collector.sampling.traces import seen

POLICIES = (
    KeepSample(rate=0.25),
    KeepErrors(),
    KeepSlow(over_ms=100),
    KeepMatches(query="beer.name:stout", name="stouts"),
)


def traces():
    random = Random(5)
    return [
        seen(
            random.getrandbits(127) | 1,
            ms=random.choice((10, 10, 10, 150)),
            error=int(number % 17 == 0),
            **({"beer.name": "stout"} if number % 9 == 0 else {}),
        )
        for number in range(600)
    ]


def test_all_but_samples_decide_as_the_tail_does() -> None:
    replay, tail = TailReplay(POLICIES), TailSampler(POLICIES)
    certain, by_chance = set(), set()
    for place, trace in enumerate(traces()):
        replay.see(place, trace, place)
        verdict = tail.decide(trace, place)
        if verdict and verdict.probability == 1:
            certain.add(place)
        else:
            by_chance.add(place)
    plan = replay.plan()
    assert {drawn.place for drawn in plan.certain} == certain
    [lot] = plan.lots
    assert (lot.rate, set(lot.indexes)) == (0.25, by_chance)
    kept = replay.kept_by_reason()
    assert {name: kept[name] for name in ("error", "slow", "stouts")} == {
        policy.reason: tail.kept[number] for number, policy in enumerate(POLICIES) if number
    }
    assert kept["sample"] == 0.25 * len(by_chance)
    assert plan.expected_traces == sum(kept.values())


def test_a_number_a_second_is_replayed_with_what_each_stands_for() -> None:
    policies = (KeepSample(per_second=2),)
    replay, tail = TailReplay(policies), TailSampler(policies)
    expected = []
    for place, trace in enumerate(traces()):
        second = place / 20
        replay.see(place, trace, second)
        if verdict := tail.decide(trace, second):
            expected.append((place, 1 / verdict.probability))
    assert [tuple(drawn) for drawn in replay.plan().certain] == expected
    assert not replay.plan().lots
    assert sum(stands_for for _, stands_for in expected) > 500


def test_a_rate_of_zero_keeps_nothing() -> None:
    replay = TailReplay((KeepSample(rate=0),))
    for place, trace in enumerate(traces()):
        replay.see(place, trace, place)
    assert not replay.plan().draw(Random(1))
    assert replay.kept_by_reason() == {"sample": 0}
