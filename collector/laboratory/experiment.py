"""Sampling a set of stored traces in every way, and comparing each with the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import msgspec

from collector.aggregates.answer_parts import Json, sample_json
from collector.aggregates.trace_set import Sample, TraceSet
from collector.laboratory.gathering import (
    look_up,
    population_of,
    population_with_calls,
    spans_in_order,
)
from collector.laboratory.plan import head_plan
from collector.laboratory.population import Figures, Population
from collector.laboratory.report import (
    HOW_COMPUTED,
    broken_json,
    per_day,
    range_json,
    sampling_json,
    takes_s,
    truth_json,
)
from collector.laboratory.tail_plan import TailReplay
from collector.laboratory.trials import tried
from collector.laboratory.unitary import (
    Size,
    Specimens,
    broken,
    map_of_pairs,
    size_of,
)
from collector.sampling.policy import AnyPolicy
from collector.sampling.seen_trace import SeenTrace
from collector.store.trace_store import TraceStore

RATES = (0.1, 0.01, 0.001, 0.0001)
_STEP_TRACES = 50
"""Traces that are read between two reports of progress."""


class Question(NamedTuple):
    """What is to be sampled, and how."""

    traces: TraceSet
    policies: tuple[AnyPolicy, ...]
    seed: int
    """Of all that is left to chance: the same question about the same traces has the same
    answer."""


Report = Callable[[float, str], None]
"""Takes note of which share of the work is done, and of what is being done."""


def what_if_kept(sample: Sample, rate: float, seed: int, give_way: Callable[[], None]) -> Json:
    """Return what a head at one rate would tell of some traces; quick, and without the map."""
    population = population_of(sample)
    truth = population.figures(population.everything())
    answer = _heading(sample, population, truth, seed)
    trials = tried(population, truth, head_plan(len(population), rate), Random(seed), give_way)
    answer["samplings"] = [_head_json(rate, sampling_json("head", trials, answer["truth"]), answer)]
    return answer


def experiment(
    store: TraceStore, question: Question, give_way: Callable[[], None], report: Report
) -> Json:
    """Sample in every way, and return what comes of it. Work is bounded by the limits of
    `gathering` and `trials`."""
    random = Random(question.seed)
    sample = look_up(
        store, question.traces, give_way, lambda share: report(0.3 * share, "reading traces")
    )
    population = population_with_calls(
        sample, give_way, lambda share: report(0.3 + 0.1 * share, "adding up the map")
    )
    truth = population.figures(population.everything())
    answer = _heading(sample, population, truth, question.seed)
    if not len(population):
        return answer
    replay = TailReplay(question.policies)
    specimens = Specimens(population, truth.kinds, random)
    sizes = _replayed(sample, population, replay, specimens, give_way, report)
    samplings = answer["samplings"]
    for number, rate in enumerate(RATES):
        report(0.7 + 0.05 * number, f"sampling at {100 * rate:g} %")
        trials = tried(population, truth, head_plan(len(population), rate), random, give_way)
        drawn = sampling_json("head", trials, answer["truth"])
        samplings.append(_head_json(rate, drawn, answer))
        roots = tried(population, truth, head_plan(len(population), rate), random, give_way)
        drawn = sampling_json("unitary", roots, answer["truth"])
        samplings.append(_unitary_json(rate, drawn, truth, sizes, specimens, random, answer))
    report(0.95, "sampling as the policies say")
    drawn = sampling_json(
        "tail", tried(population, truth, replay.plan(), random, give_way), answer["truth"]
    )
    samplings.append(
        drawn
        | {
            "policies": msgspec.to_builtins(list(question.policies)),
            "kept_by_reason": replay.kept_by_reason(),
        }
    )
    samplings.sort(key=lambda row: ("head", "tail", "unitary").index(row["way"]))
    return answer


def _heading(sample: Sample, population: Population, truth: Figures, seed: int) -> Json:
    return {
        "seed": seed,
        "sample": sample_json(sample),
        "truth": truth_json(population, truth),
        "samplings": [],
        "how": HOW_COMPUTED,
    }


def _head_json(rate: float, drawn: Json, answer: Json) -> Json:
    return drawn | {"rate": rate, "takes_s": takes_s(rate, answer["truth"])}


def _replayed(
    sample: Sample,
    population: Population,
    replay: TailReplay,
    specimens: Specimens,
    give_way: Callable[[], None],
    report: Report,
) -> list[Size]:
    """Show the traces to the tail, oldest first; return their sizes."""
    sizes = []
    for index, spans in spans_in_order(sample):
        card = population.cards[index]
        replay.see(index, SeenTrace(card.trace_id, spans), card.start / 1e9)
        specimens.see(index, spans)
        sizes.append(size_of(spans, population.subjects[index].bytes))
        if len(sizes) % _STEP_TRACES == 0:
            report(0.4 + 0.3 * len(sizes) / len(population), "deciding at the tail")
            give_way()
    return sizes


def _unitary_json(
    rate: float,
    drawn: Json,
    truth: Figures,
    sizes: Sequence[Size],
    specimens: Specimens,
    random: Random,
    answer: Json,
) -> Json:
    left = broken(sizes, rate)
    off, seen = drawn["errors"]["edges"], drawn["edges_seen"]
    if truth.calls:
        off, seen = map(range_json, map_of_pairs(truth.calls, rate, drawn["trials"], random))
    found, false_findings = specimens.still_found(rate, random)
    return drawn | {
        "rate": rate,
        "traces": range_json(left.seen),
        "bytes": range_json(left.bytes),
        "bytes_per_day": per_day(left.bytes, answer["truth"]["seconds"]),
        "errors": drawn["errors"] | {"edges": off},
        "edges_seen": seen,
        "found": drawn["found"] | found,
        "broken": broken_json(left, false_findings),
        "takes_s": takes_s(rate, answer["truth"]),
    }
