"""A set of traces over time: rate, errors, durations, and the heat map of latency."""

from __future__ import annotations

from collector.aggregates.answer_parts import (
    HOW_DURATION,
    HOW_ERRORS,
    Json,
    durations,
    failures,
    sample,
    weight,
)
from collector.aggregates.buckets import Bars
from collector.aggregates.digest import Card
from collector.aggregates.sum_cache import Picked
from collector.search.partition_view import TimeRange
from collector.search.search import ALL_TIME

HOW = {
    "duration": HOW_DURATION,
    "errors": HOW_ERRORS,
    "buckets": "traces by their first start, in equal steps",
    "bars": "durations of the roots; each bar holds low < duration <= high",
    "cells": "traces by step and bar; trace_id is the slowest one of the cell",
}


def series(picked: Picked, asked: TimeRange, buckets: int) -> Json:
    """The answer of /api/series."""
    cards = picked.cards
    begin, step = _steps(picked, asked, buckets)
    columns: list[list[Card]] = [[] for _ in range(buckets)]
    for card in cards:
        columns[min(max((card.start - begin) // step, 0), buckets - 1)].append(card)
    bars = bars_of(cards)
    longest = max([card.duration for card in cards], default=None)
    return {
        "begin": str(begin) if cards else None,
        "step": step if cards else None,
        "buckets": [_bucket(column) for column in columns] if cards else [],
        **durations(cards),
        "max": longest,
        "bars": bars.json() if cards else [],
        "cells": [
            cell for number, column in enumerate(columns) for cell in _cells(number, column, bars)
        ],
        "histogram": histogram(cards, bars),
        "sample": sample(picked),
        "how": HOW,
    }


def bars_of(cards: list[Card]) -> Bars:
    """Bars for the durations of these traces."""
    lengths = [card.duration for card in cards]
    return Bars(min(lengths, default=0), max(lengths, default=0))


def histogram(cards: list[Card], bars: Bars) -> list[Json]:
    """Traces and errors by bar, over all the time."""
    return (
        [
            each | {"traces": weight(found), "errors": failures(found)}
            for each, found in zip(bars.json(), _by_bar(cards, bars), strict=True)
        ]
        if cards
        else []
    )


def _steps(picked: Picked, asked: TimeRange, buckets: int) -> tuple[int, int]:
    """When the first bucket begins and how long each is, ns. What the address does not say is
    where the sample begins and ends; nor does it say where the sample is cut off."""
    starts = [card.start for card in picked.cards]
    whole = picked.exact and len(starts) == picked.matched
    begin = asked.begin if whole and asked.begin > ALL_TIME.begin else min(starts, default=0)
    end = asked.end if asked.end < ALL_TIME.end else max(starts, default=0) + 1
    return begin, max(1, -(-(end - begin) // buckets))


def _bucket(cards: list[Card]) -> Json:
    return {
        "traces": weight(cards),
        "errors": failures(cards),
        **durations(cards)["duration"],
    }


def _by_bar(cards: list[Card], bars: Bars) -> list[list[Card]]:
    found: list[list[Card]] = [[] for _ in range(len(bars))]
    for card in cards:
        found[bars.of(card.duration)].append(card)
    return found


def _cells(bucket: int, cards: list[Card], bars: Bars) -> list[Json]:
    return [
        {
            "bucket": bucket,
            "bar": bar,
            "traces": weight(found),
            "errors": failures(found),
            "trace_id": max(found, key=lambda card: (card.duration, card.trace_id)).trace_id,
        }
        for bar, found in enumerate(_by_bar(cards, bars) if cards else [])
        if found
    ]
