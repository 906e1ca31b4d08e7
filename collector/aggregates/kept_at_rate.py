"""What a rate would keep of the stored traces, and how well it would still tell what all do."""

from __future__ import annotations

from heapq import nlargest
from math import sqrt

from collector.aggregates.answer_parts import (
    Json,
    sample_json,
    seconds_covered,
    weighted_count,
)
from collector.aggregates.digest import Card
from collector.aggregates.trace_set import Sample
from collector.analysis.percentiles import at_shares
from collector.analysis.route import Route

MAX_ROUTES = 50
"""Routes of an answer, those with the most traces."""
SHARE = 0.99
"""Which percentile is told."""
NORMAL_95 = 1.96
"""Standard deviations around the mean between which 95 % of a normal distribution are."""
DAY_S = 86_400

HOW_COMPUTED = {
    "per_day": (
        "what arrived (each stored trace counted 1 / its sampling probability) from the first start"
        " in the sample to the last, times the rate, for as long as a day"
        " (collector.aggregates.kept_at_rate)"
    ),
    "bytes": "traces a day times the bytes that a stored trace takes on the disk on average",
    "count_error": (
        "half of the 95 % interval of a count that is made of the kept traces, as a share of it:"
        " 1.96 × √((1 − rate) / kept), as each trace is kept or not by chance"
    ),
    "p99": (
        "between which of the stored durations the p99 of so many kept traces lies in 95 of 100"
        " cases: at the ranks 0.99 ± 1.96 × √(0.99 × 0.01 × (1 − rate) / kept) of them all"
        " (collector.aggregates.kept_at_rate)"
    ),
}


def kept_at_rate(sample: Sample, bytes_per_trace: float, rate: float) -> Json:
    """Return the answer of /api/sampling/what-if: traces and bytes a day at a rate from 0 to 1, and
    for each route how far off its count and its p99 would be."""
    by_route: dict[Route, list[Card]] = {}
    for card in sample.cards:
        by_route.setdefault(card.route, []).append(card)
    per_day = weighted_count(sample.cards) / seconds_covered(sample.cards) * DAY_S
    rows = [_row(route, cards, rate) for route, cards in by_route.items()]
    most = nlargest(MAX_ROUTES, rows, key=lambda row: (row["traces"], row["resource"]))
    return {
        "rate": rate,
        "per_day": {"traces": per_day * rate, "bytes": per_day * rate * bytes_per_trace},
        "all_per_day": {"traces": per_day, "bytes": per_day * bytes_per_trace},
        "seconds": seconds_covered(sample.cards),
        "routes": most,
        "left_out": len(rows) - len(most),
        "sample": sample_json(sample),
        "how": HOW_COMPUTED,
    }


def _row(route: Route, cards: list[Card], rate: float) -> Json:
    traces = weighted_count(cards)
    kept = traces * rate
    timed = [card for card in cards if card.timed]
    least, most = _p99_ranks(kept, rate)
    weights = [card.weight for card in timed]
    low, p99, high = at_shares([card.duration for card in timed], weights, (least, SHARE, most))
    return {
        "service": route.service,
        "resource": route.resource,
        "traces": traces,
        "kept": kept,
        "count_error": NORMAL_95 * sqrt((1 - rate) / kept) if kept else None,
        "p99": p99 if timed else None,
        "p99_between": [low, high] if timed and most < 1 else None,
    }


def _p99_ranks(kept: float, rate: float) -> tuple[float, float]:
    """Return between which shares of all durations the p99 of so many kept traces lies in 95 of 100
    cases. Where the upper one is 1, they are too few to tell."""
    if not kept:
        return 0.0, 1.0
    spread = NORMAL_95 * sqrt(SHARE * (1 - SHARE) * (1 - rate) / kept)
    return max(0.0, SHARE - spread), min(1.0, SHARE + spread)
