"""The routes of the system, those that take most of the time first."""

from __future__ import annotations

from heapq import nsmallest

from collector.aggregates.answer_parts import (
    HOW_BETWEEN,
    HOW_DURATION,
    HOW_ERRORS,
    HOW_RATE,
    Json,
    counts_json,
    duration_json,
    sample_json,
    seconds_covered,
    weighted_count,
)
from collector.aggregates.digest import Card
from collector.aggregates.findings import FindingKind, cross_trace_findings
from collector.aggregates.trace_set import Sample
from collector.analysis.route import Route
from collector.analysis.weight import WEIGHT_UNIT

MAX_ROUTES = 500
"""Routes of an answer, those that take most of the time. More are mostly ids put into resources."""

HOW_COMPUTED = {
    "route": "the first server span from the top, or else the root (collector.analysis.route)",
    "duration": HOW_DURATION,
    "duration_between": HOW_BETWEEN,
    "errors": HOW_ERRORS,
    "rate": HOW_RATE,
    "share": "the route's part of the sum of all roots' durations",
    "findings": "how many traces a detector finds something in (collector.analysis.detectors)",
}


def routes(sample: Sample) -> Json:
    """Return the answer of /api/routes."""
    by_route: dict[Route, list[Card]] = {}
    for card in sample.cards:
        by_route.setdefault(card.route, []).append(card)
    took = {
        route: sum([card.weighted_duration for card in cards]) for route, cards in by_route.items()
    }
    took_in_all = max(1, sum(took.values()))
    seconds = seconds_covered(sample.cards)
    rows = [
        {
            "service": route.service,
            "resource": route.resource,
            "rate": weighted_count(cards) / seconds,
            "share": took[route] / took_in_all,
            "findings": _findings(cards),
        }
        | counts_json(cards)
        | duration_json(cards)
        for route, cards in nsmallest(
            MAX_ROUTES, by_route.items(), key=lambda item: (-took[item[0]], item[0])
        )
    ]
    left_out = len(by_route) - len(rows)
    return {
        "routes": rows,
        "left_out": left_out,
        "sample": sample_json(sample),
        "how": HOW_COMPUTED,
    }


def _findings(cards: list[Card]) -> list[Json]:
    weight_of: dict[FindingKind, int] = {}
    for card in cards:
        for kind in card.finding_kinds():
            weight_of[kind] = weight_of.get(kind, 0) + card.weight
    lookups = (lookup for card in cards for lookup in card.lookups())
    for _, finding in cross_trace_findings("operation", lookups):
        kind = FindingKind(finding.kind, finding.lesson)
        weight_of[kind] = weight_of.get(kind, 0) + finding.traces
    most_first = sorted(weight_of.items(), key=lambda item: (-item[1], item[0].kind))
    return [
        {"kind": kind.kind, "traces": weight / WEIGHT_UNIT, "lesson": kind.lesson}
        for kind, weight in most_first
    ]
