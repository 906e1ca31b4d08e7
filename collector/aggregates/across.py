"""Trouble that only many traces together show, by route or by node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from collector.aggregates.digest import Card, Noted
from collector.analysis.cache_lookups import Seen
from collector.analysis.detectors import Across, detect_across

_decode = msgspec.msgpack.Decoder(list[Noted]).decode


def across_nodes(by: str, cards: Iterable[Card]) -> list[tuple[str, Across]]:
    """What is found at the nodes of a fold by `path` or `operation`, with the nodes' keys."""
    at: dict[str, list[Seen]] = {}
    for noted, seen in _all(cards):
        at.setdefault(noted.path if by == "path" else noted.operation, []).append(seen)
    return [(key, across) for key, seen in at.items() for across in detect_across(seen)]


def across_operations(cards: Iterable[Card]) -> list[Across]:
    """The same by operation, without the keys."""
    return [across for _, across in across_nodes("operation", cards)]


def _all(cards: Iterable[Card]) -> Iterator[tuple[Noted, Seen]]:
    for card in cards:
        for noted in _decode(card.noted) if card.noted else ():
            yield noted, Seen(noted.lookup, card.trace_id, card.weight)
