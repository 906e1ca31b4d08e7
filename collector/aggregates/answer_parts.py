"""Parts that several answers about sets of traces have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from collector.aggregates.digest import Card
from collector.aggregates.trace_set import Sample
from collector.analysis.calls import Exemplar
from collector.analysis.percentile_bounds import percentile_bounds
from collector.analysis.percentiles import InOrder, in_order
from collector.analysis.trace import Trace
from collector.analysis.weight import WEIGHT_UNIT
from collector.counted import counted

Json = dict[str, Any]

NORMAL_95 = 1.96
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
"""The percentiles of an answer: which share of the weight is at or below each."""

HOW_DURATION = (
    "exact, by nearest rank, over the durations of the roots, each trace counted 1 / its sampling"
    " probability (collector.analysis.percentiles.InOrder)"
)
HOW_BETWEEN = (
    "where not all traces were kept: in 95 of 100 such samples the percentile of all of them lies"
    " between these durations, by the weights of the kept ones (Woodruff 1952,"
    " collector.analysis.percentile_bounds); of a few traces all that is known is that it is at"
    " least, or at most, so long"
)
HOW_ERRORS = (
    "traces whose root, or the span that names the route, is an error or answered 5xx"
    " (collector.analysis.outage.has_failed)"
)
HOW_RATE = "weighted traces per second, from the first to the last start in the sample"


def encoded_answer(
    trace: Trace, answer: Callable[..., Json], more: Json, *arguments: object
) -> bytes:
    """Return what `answer(trace, *arguments)` is, and more, as JSON."""
    return msgspec.json.encode(answer(trace, *arguments) | more)


def sample_json(sample: Sample) -> Json:
    """Return a SAMPLE of docs/api.md: which traces an answer is about."""
    starts = [card.start for card in sample.cards]
    folded, matched = len(starts), sample.matched
    more = "" if sample.exact else " or more"
    if folded == matched and sample.exact:
        how = f"all {folded:,} traces that match" if folded != 1 else "the one trace that matches"
    elif sample.pending:
        how = (
            f"{folded:,} of {matched:,}{more} that match; {counted(sample.pending, 'trace')} of the"
            " newest must still be read for the first time: ask again"
        )
    else:
        how = f"the newest {folded:,} of {matched:,}{more} traces that match"
    return {
        "matched": matched,
        "matched_exact": sample.exact,
        "folded": folded,
        "pending": sample.pending,
        "as_of": str(sample.moment),
        "oldest": str(min(starts)) if starts else None,
        "newest": str(max(starts)) if starts else None,
        "how": how,
        **represented(sample.cards),
    }


def represented(cards: Iterable[Card]) -> Json:
    """Return how many traces these represent, and how far off that may be: the half width of its
    95 % interval.

    If each trace was drawn by itself, with a probability of 1 / its weight w, the variance of the
    sum of weights is estimated by the sum of w (w − 1) (Horvitz and Thompson 1952). It is 0 if
    everything was kept.
    """
    weights = [card.weight / WEIGHT_UNIT for card in cards]
    variance = sum(weight * (weight - 1) for weight in weights)
    return {"represents": sum(weights), "plus_minus": NORMAL_95 * max(0.0, variance) ** 0.5}


def seconds_covered(cards: Iterable[Card]) -> float:
    """Return the time from the first start to the last in seconds, at least one."""
    starts = [card.start for card in cards]
    return max(1.0, (max(starts) - min(starts)) / 1e9) if starts else 1.0


def weighted_count(cards: Iterable[Card]) -> float:
    """Return how many traces these represent."""
    return sum([card.weight for card in cards]) / WEIGHT_UNIT


def weighted_errors(cards: Iterable[Card]) -> float:
    """Return how many failed traces these represent."""
    return weighted_count(card for card in cards if card.failed)


def counts_json(cards: list[Card]) -> Json:
    """Return how many traces and failed traces these represent, and how many of either were kept:
    a search finds just those."""
    failed = [card for card in cards if card.failed]
    return {
        "traces": weighted_count(cards),
        "errors": weighted_count(failed),
        "kept": len(cards),
        "kept_errors": len(failed),
    }


def duration_json(cards: list[Card]) -> Json:
    """Return the mean and the PERCENTILES of the roots' durations, null if there are none, and
    between which durations those of all traces are, null if all were kept."""
    ordered = _durations(cards)
    between = percentile_bounds(ordered, list(SHARES.values())) if ordered else None
    return {
        "mean": ordered.mean if ordered else None,
        "duration": _percentiles(ordered),
        "duration_between": dict(zip(SHARES, between, strict=True)) if between else None,
    }


def percentiles_json(cards: list[Card]) -> Json:
    """Return the PERCENTILES of the roots' durations; null if there are none."""
    return _percentiles(_durations(cards))


def _durations(cards: list[Card]) -> InOrder | None:
    timed = [card for card in cards if card.timed]
    if not timed:
        return None
    return in_order([card.duration for card in timed], [card.weight for card in timed])


def _percentiles(ordered: InOrder | None) -> Json:
    return {name: ordered.at(share) if ordered else None for name, share in SHARES.items()}


def exemplar_json(example: Exemplar | None) -> Json | None:
    """Return an EXEMPLAR of docs/api.md; None if there is none."""
    if example is None:
        return None
    return {
        "trace_id": example.trace_id,
        "span_id": f"{example.span_id:016x}",
        "value": example.value,
    }
