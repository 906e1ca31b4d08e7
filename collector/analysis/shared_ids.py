"""Spans that share an id: one sent twice, the two ends of a call, or a mistake."""

from __future__ import annotations

from collections import Counter

import msgspec

from collector.analysis.anomaly import Anomaly
from collector.model import Span
from collector.span_identity import Identity, identity


def sort_out_shared_ids(
    spans: list[Span], anomalies: list[Anomaly]
) -> tuple[list[Span], list[int]]:
    """Return the spans without identical copies, by start, and the index of each one's parent (-1
    for none). What is strange is appended to `anomalies`.

    A client and a server span under one id are the two ends of a call (Zipkin's shared spans): the
    client is the server's parent. Their children belong to the span of their own service if there
    is one, else to the server's.
    """
    kept = _without_copies(spans, anomalies)
    holders: dict[int, list[int]] = {}
    in_service: dict[tuple[int, str], int] = {}
    for index, span in enumerate(kept):
        holders.setdefault(span.span_id, []).append(index)
        in_service.setdefault((span.span_id, span.service), index)
    ends = {span_id: _ends(kept, same_id) for span_id, same_id in holders.items()}

    parent_of = []
    for index, span in enumerate(kept):
        client, inner = ends[span.span_id]
        if client not in (inner, index):
            parent_of.append(client)
            continue
        if client == inner and index != client:
            anomalies.append(Anomaly("duplicate", span.span_id, "a different span has the same id"))
        if span.parent_id and span.parent_id in ends:
            server = ends[span.parent_id][1]
            parent_of.append(in_service.get((span.parent_id, span.service), server))
        else:
            parent_of.append(-1)
    return kept, parent_of


def _without_copies(spans: list[Span], anomalies: list[Anomaly]) -> list[Span]:
    """Return each different span once, in an order that only depends on what they contain."""
    times = Counter(span.span_id for span in spans)
    texts = {id(span): _text(span) for span in spans if times[span.span_id] > 1}
    seen: set[Identity] = set()
    kept = []
    for span in sorted(spans, key=lambda s: (s.start, s.span_id, texts.get(id(s), ""))):
        if times[span.span_id] == 1:
            kept.append(span)
            continue
        if identity(span) in seen:
            anomalies.append(Anomaly("duplicate", span.span_id, "it was received more than once"))
            continue
        seen.add(identity(span))
        kept.append(span)
    return kept


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
