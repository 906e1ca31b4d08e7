"""Spans that share an id: one sent twice, the two ends of a call, or a mistake."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import msgspec

from collector.model import Span
from collector.span_identity import Identity, identity

ANOTHER = "a different span has the same id"


class Oddity(NamedTuple):
    """One strange thing about a span."""

    kind: str
    span: Span
    what: str
    """A description for people."""


def find_parents(spans: list[Span], oddities: list[Oddity]) -> list[int]:
    """Return the index of each span's parent, -1 for none. `spans` are by start, without copies.
    What is strange is appended to `oddities`.

    A client and servers under one id are the ends of a call (Zipkin's shared spans): the client is
    the servers' parent. Their children belong to the end of their own service, the server's if that
    is both; without such an end, to the first server.
    """
    holders: dict[int, list[int]] = {}
    for index, span in enumerate(spans):
        holders.setdefault(span.span_id, []).append(index)
    client_of: dict[int, int] = {}
    first_end: dict[int, int] = {}
    end_in_service: dict[tuple[int, str], int] = {}
    for span_id, same_id in holders.items():
        client, servers = _ends(spans, same_id)
        client_of |= dict.fromkeys(servers, client)
        first_end[span_id] = (servers or same_id)[0]
        for index in (*servers, *same_id):
            end_in_service.setdefault((span_id, spans[index].service), index)
        if not servers:
            oddities += [Oddity("shared_id", spans[index], ANOTHER) for index in same_id[1:]]

    parent_of = []
    for index, span in enumerate(spans):
        if index in client_of:
            parent_of.append(client_of[index])
        elif span.parent_id in first_end:
            end = first_end[span.parent_id]
            parent_of.append(end_in_service.get((span.parent_id, span.service), end))
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


def _ends(spans: list[Span], same_id: list[int]) -> tuple[int, list[int]]:
    """Return the client's index and the servers' of a call; no servers if it is not a call."""
    kinds = [spans[index].tags.get("span.kind") for index in same_id]
    if kinds.count("client") != 1 or kinds.count("server") != len(kinds) - 1:
        return same_id[0], []
    client = same_id[kinds.index("client")]
    return client, [index for index in same_id if index != client]
