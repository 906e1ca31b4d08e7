"""The laboratory's answers, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.aggregates.answer_parts import HOW_DURATION, HOW_ERRORS, Json, seconds_covered
from collector.analysis.weight import WEIGHT_UNIT
from collector.laboratory.needed import CERTAINTY, TOLERANCE, traces_needed
from collector.laboratory.population import Figures, Population
from collector.laboratory.trials import PERCENTILES, Range, Trials
from collector.laboratory.unitary import Broken

DAY_S = 86_400

HOW_COMPUTED = {
    "truth": "what is stored; if that has been sampled already, each trace counts 1 / its"
    " probability",
    "range": "median of the trials, and the middle 95 % of them, by nearest rank"
    " (collector.laboratory.trials)",
    "duration": HOW_DURATION,
    "errors.duration": "estimate / truth - 1 in each trial that kept any trace; each trace"
    " counts 1 / the probability with which it was kept",
    "errors.error_rate": f"estimate - truth, in shares of 1: {HOW_ERRORS}",
    "errors.edges": "calls between services that the map has too many or too few, all edges"
    " together, as a share of all calls",
    "bytes": "of the spans as they are stored, without indexes; in a ClickHouse, which compresses"
    " those of many traces together, each counts as the average",
    "bytes_per_day": "bytes · 86,400 s / the time from the first start to the last",
    "slowest_kept": "share of the trials that kept the trace that took longest",
    "found": "share of the trials in whose traces the detector still finds it"
    " (collector.analysis.detectors)",
    "needed": "with how many traces p99 is within 10 % of the true one with a probability of 95 %,"
    " and with any greater number: computed from the durations by the binomial distribution"
    " (collector.laboratory.needed)",
    "head": "each trace is kept by chance, with the same probability",
    "tail": "the policies decide on the stored traces in order of time, as the tail does"
    " (collector.sampling.tail_sampler); what a sample decides on is drawn by chance",
    "unitary": "each span is kept by chance. Percentiles, error rate and the slowest trace are"
    " those of the roots that are left; seen, whole, bytes and orphans are means that are computed;"
    " an edge is seen if both of its spans are left; detectors look again at up to 50 traces of"
    " each kind, thinned out",
}


def truth_json(population: Population, truth: Figures) -> Json:
    """Return the figures of all traces."""
    cards = population.cards
    seconds = seconds_covered(cards)
    slowest = population.slowest
    timed = [card for card in cards if card.timed]
    needed = traces_needed([card.duration for card in timed], [card.weight for card in timed])
    latency = truth.latency
    return {
        "traces": truth.traces,
        "represented": truth.represented,
        "bytes": truth.bytes,
        "seconds": seconds,
        "traces_per_day": truth.represented / seconds * DAY_S,
        "bytes_per_day": truth.bytes / seconds * DAY_S,
        "duration": {name: getattr(latency, name) if latency else None for name in PERCENTILES},
        "error_rate": truth.error_rate,
        "edges": len(truth.calls),
        "slowest": None
        if slowest is None
        else {"trace_id": cards[slowest].trace_id, "duration": cards[slowest].duration},
        "findings": findings_json(population, truth),
        "needed": {"within": TOLERANCE, "certainty": CERTAINTY, "traces": needed},
    }


def findings_json(population: Population, truth: Figures) -> list[Json]:
    """Return what detectors find, and how many of the stored traces show it."""
    together = {
        finding.kind: round(finding.traces / WEIGHT_UNIT)
        for finding in population.found_together(range(len(population)))
    }
    rows = [
        {
            "kind": kind.kind,
            "lesson": kind.lesson,
            "traces": len(population.showing(kind)) or together[kind.kind],
        }
        for kind in truth.kinds
    ]
    return sorted(rows, key=lambda row: (-row["traces"], row["kind"]))


def sampling_json(way: str, trials: Trials, truth: Json) -> Json:
    """Return what came of one way to sample."""
    return {
        "way": way,
        "trials": trials.number,
        "traces": range_json(trials.traces),
        "bytes": range_json(trials.bytes),
        "bytes_per_day": per_day(trials.bytes, truth["seconds"]),
        "represented": range_json(trials.represented),
        "errors": {name: range_json(error) for name, error in trials.errors.items()},
        "edges_seen": range_json(trials.edges_seen),
        "empty": trials.empty,
        "p99_right": trials.p99_right,
        "slowest_kept": trials.slowest_kept,
        "found": trials.found,
    }


def takes_s(rate: float, truth: Json) -> float | None:
    """Return after how many seconds of this traffic a share of it is enough for p99; None if it
    never is."""
    needed = truth["needed"]["traces"]
    per_second = truth["traces_per_day"] / DAY_S
    return needed / (rate * per_second) if needed and per_second else None


def broken_json(left: Broken, false_findings: float) -> Json:
    """Return what unitary sampling leaves of traces."""
    return {
        "seen": range_json(left.seen),
        "whole": left.whole,
        "spans": left.spans,
        "orphans": left.orphans,
        "untrusted_critical_paths": left.untrusted,
        "false_findings": false_findings,
    }


def per_day(size: Range, seconds: float) -> Json:
    """Return what bytes in so many seconds are in a day."""
    factor = DAY_S / seconds
    return {"median": size.median * factor, "low": size.low * factor, "high": size.high * factor}


def range_json(values: Range | None) -> Mapping[str, Any] | None:
    """Return a range; null if there is none."""
    if values is None:
        return None
    return {"median": values.median, "low": values.low, "high": values.high}
