"""A set of traces over time: rate, errors, durations, and the heat map of latency."""

from __future__ import annotations

from collector.aggregates.answer_parts import (
    HOW_BETWEEN,
    HOW_DURATION,
    HOW_ERRORS,
    Json,
    counts_json,
    duration_json,
    percentiles_json,
    sample_json,
)
from collector.aggregates.digest import Card
from collector.aggregates.duration_bars import DurationBars
from collector.aggregates.trace_set import Sample
from collector.search.search import ALL_TIME
from collector.search.view import TimeRange

HOW_COMPUTED = {
    "duration": HOW_DURATION,
    "duration_between": HOW_BETWEEN,
    "errors": HOW_ERRORS,
    "buckets": "traces by their first start, in equal steps",
    "bars": "durations of the roots; each bar holds low < duration <= high",
    "cells": "traces by step and bar; trace_id is the slowest one of the cell",
}


def series(sample: Sample, time_range: TimeRange, buckets: int) -> Json:
    """Return the answer of /api/series, in that number of buckets."""
    cards = sample.cards
    begin, step = _steps(sample, time_range, buckets)
    columns: list[list[Card]] = [[] for _ in range(buckets)]
    for card in cards:
        columns[min(max((card.start - begin) // step, 0), buckets - 1)].append(card)
    bars = bars_for(cards)
    longest = max([card.duration for card in cards if card.timed], default=None)
    return {
        "begin": str(begin) if cards else None,
        "step": step if cards else None,
        "buckets": [_bucket(column) for column in columns] if cards else [],
        **duration_json(cards),
        "max": longest,
        "bars": bars.json() if cards else [],
        "cells": [
            cell for number, column in enumerate(columns) for cell in _cells(number, column, bars)
        ],
        "histogram": histogram(cards, bars),
        "sample": sample_json(sample),
        "how": HOW_COMPUTED,
    }


def bars_for(cards: list[Card]) -> DurationBars:
    """Return bars for the durations of these traces."""
    durations = [card.duration for card in cards if card.timed]
    return DurationBars(min(durations, default=0), max(durations, default=0))


def histogram(cards: list[Card], bars: DurationBars) -> list[Json]:
    """Return traces and errors by bar; empty without traces."""
    if not cards:
        return []
    return [
        bounds | counts_json(in_bar)
        for bounds, in_bar in zip(bars.json(), _by_bar(cards, bars), strict=True)
    ]


def _steps(sample: Sample, time_range: TimeRange, buckets: int) -> tuple[int, int]:
    """Return when the first bucket begins and how long each is, both in ns. Where the range is
    open, the sample's first or last start takes its place; so does the first start if the sample
    was cut off."""
    starts = [card.start for card in sample.cards]
    is_whole = sample.exact and len(starts) == sample.matched
    has_begin = is_whole and time_range.begin > ALL_TIME.begin
    begin = time_range.begin if has_begin else min(starts, default=0)
    end = time_range.end if time_range.end < ALL_TIME.end else max(starts, default=0) + 1
    return begin, max(1, -(-(end - begin) // buckets))


def _bucket(cards: list[Card]) -> Json:
    return counts_json(cards) | percentiles_json(cards)


def _by_bar(cards: list[Card], bars: DurationBars) -> list[list[Card]]:
    by_bar: list[list[Card]] = [[] for _ in range(len(bars))]
    for card in (card for card in cards if card.timed):
        by_bar[bars.number_of(card.duration)].append(card)
    return by_bar


def _cells(bucket: int, cards: list[Card], bars: DurationBars) -> list[Json]:
    return [
        {
            "bucket": bucket,
            "bar": bar,
            **counts_json(in_cell),
            "trace_id": max(in_cell, key=lambda card: (card.duration, card.trace_id)).trace_id,
        }
        for bar, in_cell in enumerate(_by_bar(cards, bars) if cards else [])
        if in_cell
    ]
