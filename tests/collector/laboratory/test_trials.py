"""What trials say, against a second, naive computation, and the laws of weighted samples."""

from __future__ import annotations

from math import ceil, sqrt
from random import Random
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.aggregates.sum_cache import USUAL_TRACES
from collector.laboratory.gathering import look_up, population_with_calls
from collector.laboratory.plan import head_plan
from collector.laboratory.population import Drawn, Population
from collector.laboratory.trials import edges_off, off, range_of, tried
from collector.model import Chunk
from collector.store.prepared import prepare
from tests.collector.laboratory.populations import card, population, stored_trace
from tests.collector.stores import Stores


def weight_of(chunk: Chunk) -> int:
    return round(1 / float(chunk.spans[0].tags.get("_dd.rule_psr", 1)))


def naive_percentile(chunks: list[Chunk], copies: int, share: float) -> int:
    """Return a percentile of traces each of which is there as often as it stands for."""
    durations = sorted(
        chunk.spans[0].duration for chunk in chunks for _ in range(copies * weight_of(chunk))
    )
    return durations[ceil(share * len(durations)) - 1]


def naive_calls(chunks: list[Chunk], copies: int) -> dict[str, int]:
    calls: dict[str, int] = {}
    for chunk in chunks:
        for span in chunk.spans[1:]:
            calls[span.service] = calls.get(span.service, 0) + copies * weight_of(chunk)
    return calls


@pytest.fixture(scope="module")
def stored(module_stores: Stores) -> tuple[list[Chunk], Population]:
    """Random traces, and the same as the laboratory reads them from a store."""
    random = Random(42)
    chunks = [stored_trace(number, random) for number in range(400)]
    with module_stores.open() as store:
        store.add(chunks)
        sample = look_up(store, USUAL_TRACES, lambda: None, lambda share: None)
        read = population_with_calls(sample, lambda: None, lambda share: None)
    assert [card.trace_id for card in read.cards] == [chunk.trace_id for chunk in chunks[::-1]]
    return chunks[::-1], read


@pytest.mark.parametrize("copies", [1, 2, 10])
def test_figures_of_any_sample_are_those_computed_by_hand(
    stored: tuple[list[Chunk], Population], copies: int
) -> None:
    chunks, read = stored
    random = Random(copies)
    for _ in range(20):
        places = random.sample(range(len(chunks)), random.randint(1, len(chunks)))
        figures = read.figures([Drawn(place, copies) for place in places])
        kept = [chunks[place] for place in places]
        weights = [copies * weight_of(chunk) for chunk in kept]
        assert figures.traces == len(kept)
        assert figures.represented == sum(weights)
        assert figures.latency is not None
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            assert getattr(figures.latency, name) == naive_percentile(kept, copies, share)
        failed = sum(
            weight for weight, chunk in zip(weights, kept, strict=True) if chunk.spans[0].error
        )
        assert figures.error_rate == pytest.approx(failed / sum(weights))
        calls = sorted(round(number / 1000) for number in figures.calls.values())
        assert calls == sorted(naive_calls(kept, copies).values())


def test_errors_are_spread_as_in_draws_by_hand(stored: tuple[list[Chunk], Population]) -> None:
    chunks, read = stored
    random = Random(99)
    truth = naive_percentile(chunks, 1, 0.95)
    by_hand = []
    for _ in range(200):
        kept = [chunk for chunk in chunks if random.random() < 0.1]
        by_hand.append(naive_percentile(kept, 10, 0.95) / truth - 1)
    trials = tried(
        read, read.figures(read.everything()), head_plan(len(read), 0.1), Random(1), lambda: None
    )
    found, expected = trials.errors["p95"], range_of(by_hand)
    assert found is not None
    assert found.median == pytest.approx(expected.median, abs=0.08)
    assert found.low == pytest.approx(expected.low, abs=0.1)
    assert found.high == pytest.approx(expected.high, abs=0.2)


def test_bytes_are_those_on_the_disk(stored: tuple[list[Chunk], Population]) -> None:
    chunks, read = stored
    sizes = [subject.bytes for subject in read.subjects]
    assert sizes == [len(prepare(chunk).packed) for chunk in chunks]


@given(st.integers(1, 60), st.integers(0, 2**32))
def test_a_rate_of_one_has_no_error(traces: int, seed: int) -> None:
    all_of_them = population(traces, seed)
    truth = all_of_them.figures(all_of_them.everything())
    trials = tried(all_of_them, truth, head_plan(traces, 1.0), Random(seed), lambda: None)
    for name in ("p50", "p95", "p99", "error_rate", "edges"):
        error = trials.errors[name]
        assert error is not None
        assert (error.median, error.low, error.high) == (0, 0, 0)
    assert trials.traces == range_of([traces])
    assert (trials.slowest_kept, trials.empty, trials.p99_right) == (1, 0, 1)
    assert set(trials.found.values()) <= {1}


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.02])
def test_counts_and_calls_are_right_on_average(rate: float) -> None:
    all_of_them = population(500)
    truth = all_of_them.figures(all_of_them.everything())
    random, plan = Random(7), head_plan(500, rate)
    samples = [all_of_them.figures(plan.draw(random)) for _ in range(400)]
    for estimates, true in (
        ([sample.represented for sample in samples], truth.represented),
        (
            [sum(sample.calls.values()) for sample in samples],
            sum(truth.calls.values()),
        ),
    ):
        assert abs(mean(estimates) - true) < 4 * stdev(estimates) / sqrt(len(estimates))


def test_the_rarer_the_kept_traces_the_larger_the_error() -> None:
    all_of_them = population(1000)
    truth = all_of_them.figures(all_of_them.everything())
    spreads = []
    for rate in (0.5, 0.1, 0.02):
        trials = tried(all_of_them, truth, head_plan(1000, rate), Random(2), lambda: None)
        error = trials.errors["p50"]
        assert error is not None
        spreads.append(error.high - error.low)
        assert trials.slowest_kept == pytest.approx(rate, abs=0.11)
    assert spreads == sorted(spreads)


def test_where_nothing_is_kept_there_is_no_error_but_no_figure_either() -> None:
    few = population(3)
    truth = few.figures(few.everything())
    trials = tried(few, truth, head_plan(3, 1e-6), Random(1), lambda: None)
    assert trials.empty == 1
    assert set(trials.errors.values()) == {None}


def test_a_trace_without_a_possible_duration_still_counts() -> None:
    untimed = Population([population(1).subjects[0]._replace(card=card(1, -1, True))])
    figures = untimed.figures(untimed.everything())
    assert (figures.traces, figures.latency, figures.error_rate) == (1, None, 1.0)
    assert untimed.slowest is None
    assert off(figures, figures, "p99") is None


def test_edges_are_off_by_calls_too_many_and_too_few() -> None:
    true = {("web", "db"): 6.0, ("web", "taster"): 4.0}
    assert edges_off({("web", "db"): 9.0, ("web", "taster"): 2.0}, true) == pytest.approx(0.5)
    assert edges_off({}, true) == 1
