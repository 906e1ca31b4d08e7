"""Parts that several answers have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from collector.aggregates.digest import Card
from collector.aggregates.sum_cache import Picked
from collector.analysis.fold import Exemplar
from collector.analysis.weight import UNIT
from collector.analysis.what_if import latency

Json = dict[str, Any]

HOW_DURATION = (
    "exact, by nearest rank, over the durations of the roots, each trace counted 1 / its sampling"
    " probability (collector.analysis.what_if.latency)"
)
HOW_ERRORS = (
    "traces whose root, or the span that names the route, is an error or answered 5xx"
    " (collector.analysis.outage.has_failed)"
)
HOW_RATE = "weighted traces per second, from the first to the last start in the sample"


def sample(picked: Picked) -> Json:
    """Which traces an answer is about."""
    starts = [card.start for card in picked.cards]
    folded, matched = len(starts), picked.matched
    more = "" if picked.exact else " or more"
    if folded == matched and picked.exact:
        how = f"all {folded:,} traces that match" if folded != 1 else "the one trace that matches"
    elif picked.pending:
        how = (
            f"{folded:,} of {matched:,}{more} traces that match; {picked.pending:,} of the newest"
            " are still being read for the first time: ask again"
        )
    else:
        how = f"the newest {folded:,} of {matched:,}{more} traces that match"
    return {
        "matched": matched,
        "matched_exact": picked.exact,
        "folded": folded,
        "pending": picked.pending,
        "as_of": str(picked.moment),
        "oldest": str(min(starts)) if starts else None,
        "newest": str(max(starts)) if starts else None,
        "how": how,
    }


def seconds(cards: Iterable[Card]) -> float:
    """From the first start to the last, a second at least."""
    starts = [card.start for card in cards]
    return max(1.0, (max(starts) - min(starts)) / 1e9) if starts else 1.0


def weight(cards: Iterable[Card]) -> float:
    """For how many traces these stand."""
    return sum([card.weight for card in cards]) / UNIT


def failures(cards: Iterable[Card]) -> float:
    """How many of them failed."""
    return weight(card for card in cards if card.failed)


def durations(cards: list[Card]) -> Json:
    """Mean and PERCENTILES of the roots' durations; null where there are none."""
    if not cards:
        return {"mean": None, "duration": {"p50": None, "p95": None, "p99": None}}
    found = latency([card.duration for card in cards], [card.weight for card in cards])
    quantiles = {"p50": found.p50, "p95": found.p95, "p99": found.p99}
    return {"mean": found.mean, "duration": quantiles}


def exemplar(example: Exemplar | None) -> Json | None:
    """An EXEMPLAR of docs/api.md."""
    if example is None:
        return None
    return {
        "trace_id": example.trace_id,
        "span_id": f"{example.span_id:016x}",
        "value": example.value,
    }
