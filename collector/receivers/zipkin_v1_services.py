"""The service of spans that do not name it.

In Zipkin's first version only annotations have a place, so a span without any is of no service.
What is no call happens where its parent does.
"""

from __future__ import annotations

from collections.abc import Iterable

from collector.model import Chunk, Span
from collector.receivers.conventions import UNNAMED_SERVICE


def name_services(chunks: Iterable[Chunk]) -> None:
    """Give the spans that are no call and without a service that of their parent, if it is in the
    same body."""
    for chunk in chunks:
        if unnamed := [span for span in chunk.spans if _has_no_service(span)]:
            _name(unnamed, chunk.spans)


def _has_no_service(span: Span) -> bool:
    return span.service == UNNAMED_SERVICE and "span.kind" not in span.tags


def _name(unnamed: list[Span], spans: list[Span]) -> None:
    parent_of = {span.span_id: span.parent_id for span in unnamed}
    service_of: dict[int, str] = {}
    # Of two ends of a call under one id, what hangs below is the server's.
    for span in sorted(spans, key=lambda span: span.tags.get("span.kind") == "server"):
        if span.span_id not in parent_of:
            service_of[span.span_id] = span.service
    for span in unnamed:
        path = []
        at = span.span_id
        while at in parent_of and at not in service_of:
            path.append(at)
            service_of[at] = UNNAMED_SERVICE  # so that circles end
            at = parent_of[at]
        service_of |= dict.fromkeys(path, service_of.get(at, UNNAMED_SERVICE))
        span.service = service_of[span.span_id]
