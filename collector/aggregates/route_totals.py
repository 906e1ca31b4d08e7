"""What is asked of the system: its routes, those that take most of the time first."""

from __future__ import annotations

import msgspec

from collector.aggregates.across import across_operations
from collector.aggregates.answer_parts import (
    HOW_DURATION,
    HOW_ERRORS,
    HOW_RATE,
    Json,
    durations,
    failures,
    sample,
    seconds,
    weight,
)
from collector.aggregates.digest import Card, Found
from collector.aggregates.sum_cache import Picked
from collector.analysis.route import Route
from collector.analysis.weight import UNIT

_decode = msgspec.msgpack.Decoder(list[Found]).decode

HOW = {
    "route": "the first server span from the top, or else the root (collector.analysis.route)",
    "duration": HOW_DURATION,
    "errors": HOW_ERRORS,
    "rate": HOW_RATE,
    "share": "the route's part of the sum of all roots' durations",
    "findings": "how many traces a detector finds something in (collector.analysis.detectors)",
}


def routes(picked: Picked) -> Json:
    """The answer of /api/routes."""
    by_route: dict[Route, list[Card]] = {}
    for card in picked.cards:
        by_route.setdefault(card.route, []).append(card)
    took = {route: _time(cards) for route, cards in by_route.items()}
    everything = max(1, sum(took.values()))
    lasted = seconds(picked.cards)
    rows = [
        {
            "service": route.service,
            "resource": route.resource,
            "traces": weight(cards),
            "rate": weight(cards) / lasted,
            "errors": failures(cards),
            "share": took[route] / everything,
            "findings": _findings(cards),
        }
        | durations(cards)
        for route, cards in sorted(by_route.items(), key=lambda each: (-took[each[0]], each[0]))
    ]
    return {"routes": rows, "sample": sample(picked), "how": HOW}


def _time(cards: list[Card]) -> int:
    return sum([card.duration * card.weight for card in cards])


def _findings(cards: list[Card]) -> list[Json]:
    traces: dict[Found, int] = {}
    for card in cards:
        for found in _decode(card.found) if card.found else ():
            traces[found] = traces.get(found, 0) + card.weight
    for across in across_operations(cards):
        found = Found(across.kind, across.lesson)
        traces[found] = traces.get(found, 0) + across.traces
    most_first = sorted(traces.items(), key=lambda each: (-each[1], each[0].kind))
    return [
        {"kind": found.kind, "traces": weight / UNIT, "lesson": found.lesson}
        for found, weight in most_first
    ]
