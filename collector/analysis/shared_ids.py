"""Spans that share an id: one sent twice, the two ends of a call, or a mistake."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import msgspec

from collector.model import Span
from collector.span_identity import Identity, identity


class Oddity(NamedTuple):
    """One strange thing about a span."""

    kind: str
    span: Span
    what: str
    """A description for people."""


def find_parents(spans: list[Span], oddities: list[Oddity]) -> list[int]:
    """Return the index of each span's parent, -1 for none. `spans` are by start, without copies.
    What is strange is appended to `oddities`.

    A client and a server span under one id are the two ends of a call (Zipkin's shared spans): the
    client is the server's parent. Their children belong to the span of their own service if there
    is one, else to the server's.
    """
    holders: dict[int, list[int]] = {}
    in_service: dict[tuple[int, str], int] = {}
    for index, span in enumerate(spans):
        holders.setdefault(span.span_id, []).append(index)
        in_service.setdefault((span.span_id, span.service), index)
    ends = {span_id: _ends(spans, same_id) for span_id, same_id in holders.items()}

    parent_of = []
    for index, span in enumerate(spans):
        client, inner = ends[span.span_id]
        if client not in (inner, index):
            parent_of.append(client)
            continue
        if client == inner and index != client:
            oddities.append(Oddity("shared_id", span, "a different span has the same id"))
        if span.parent_id and span.parent_id in ends:
            server = ends[span.parent_id][1]
            parent_of.append(in_service.get((span.parent_id, span.service), server))
        else:
            parent_of.append(-1)
    return parent_of


def without_copies(spans: list[Span], oddities: list[Oddity]) -> list[Span]:
    """Return each different span once, by start, in an order that only depends on what they
    contain. The copies are appended to `oddities`."""
    times = Counter(span.span_id for span in spans)
    texts = {id(span): _text(span) for span in spans if times[span.span_id] > 1}
    first: dict[Identity, Span] = {}
    kept = []
    for span in sorted(spans, key=lambda s: (s.start, s.span_id, texts.get(id(s), ""))):
        if times[span.span_id] == 1:
            kept.append(span)
            continue
        if known := first.get(identity(span)):
            oddities.append(Oddity("duplicate", known, "it was received more than once"))
        else:
            first[identity(span)] = span
            kept.append(span)
    return kept


def number_spans(spans: list[Span]) -> dict[int, int]:
    """Return which of the spans with its id a span is, by the `id()` of the object: 2, 3 and so on;
    the others are the first. `spans` are what `without_copies` returned."""
    seen: Counter[int] = Counter()
    numbers: dict[int, int] = {}
    for span in spans:
        seen[span.span_id] += 1
        if seen[span.span_id] > 1:
            numbers[id(span)] = seen[span.span_id]
    return numbers


def _text(span: Span) -> str:
    """Return all that the span says, whatever the order of its tags."""
    return repr(msgspec.structs.replace(span, tags=dict(sorted(span.tags.items()))))


def _ends(spans: list[Span], same_id: list[int]) -> tuple[int, int]:
    """Return the client's and the server's index of a call; the first index twice if it is not a
    call."""
    if len(same_id) == 2:
        first, second = same_id
        kinds = (spans[first].tags.get("span.kind"), spans[second].tags.get("span.kind"))
        if kinds == ("client", "server"):
            return first, second
        if kinds == ("server", "client"):
            return second, first
    return same_id[0], same_id[0]
