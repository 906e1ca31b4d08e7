"""What tells one span from another, however often and in whatever chunks it is sent."""

from __future__ import annotations

from collector.model import Span

Identity = tuple[object, ...]


def identity(span: Span) -> Identity:
    """Return what two records of one piece of work have in common, and two pieces of work have not.

    Tags are left out: clients put some of them on the first span of each chunk, so they depend on
    where a trace is cut. The kind is not: the two ends of a call may share an id (Zipkin).
    """
    return (
        span.span_id,
        span.parent_id,
        span.service,
        span.name,
        span.resource,
        span.type,
        span.start,
        span.duration,
        span.error,
        span.tags.get("span.kind"),
    )


def without_copies(spans: list[Span]) -> list[Span]:
    """Return the spans, each of them once; the same list if that is what it is."""
    if len(spans) == 1 or len({span.span_id for span in spans}) == len(spans):
        return spans
    first: dict[Identity, Span] = {}
    for span in spans:
        first.setdefault(identity(span), span)
    return list(first.values())
