"""A whole trace, as the policies of tail sampling look at it."""

from __future__ import annotations

from functools import cached_property

from collector.analysis.route import Route, route_by, route_span
from collector.analysis.tree import build_tree
from collector.model import Span
from collector.name_template import template_of
from collector.receivers.datadog_chunks import PRIORITY_TAG
from collector.trace_summary import TraceSummary, summarize_trace

ASKED_FOR = 2
"""The sampling priority of traces that the app or a person has asked for, as Datadog numbers
them."""


class SeenTrace:
    """A trace with all spans that have come. What only some policies need is computed when one
    asks for it."""

    def __init__(self, trace_id: str, spans: list[Span]) -> None:
        self.trace_id = trace_id
        self.spans = spans
        ids = {span.span_id for span in spans}
        self.tops = [span for span in spans if span.parent_id not in ids]
        """The spans without a parent here."""

    @cached_property
    def summary(self) -> TraceSummary:
        """Its summary."""
        return summarize_trace(self.trace_id, self.spans)

    @cached_property
    def route(self) -> Route:
        """The route that it is of."""
        servers = [span for span in self.spans if span.tags.get("span.kind") == "server"]
        if len(self.tops) == 1 and (not servers or self.tops[0] in servers):
            return route_by(self.tops[0])
        if len(servers) == 1:
            return route_by(servers[0])
        return route_by(route_span(build_tree(self.spans)))

    @cached_property
    def duration(self) -> int:
        """From the first start to the last end, ns; 0 if that is not known."""
        timed = [span for span in self.spans if span.timed]
        starts = [span.start for span in timed]
        ends = map(int.__add__, starts, [span.duration for span in timed])
        return max(ends) - min(starts) if timed else 0

    @property
    def has_error(self) -> bool:
        """Whether some span is an error."""
        return any(span.error for span in self.spans)

    @property
    def is_asked_for(self) -> bool:
        """Whether the app or a person has asked to keep it."""
        priorities = (span.tags.get(PRIORITY_TAG) for span in self.tops)
        return any(isinstance(p, (int, float)) and p >= ASKED_FOR for p in priorities)

    @cached_property
    def shape(self) -> int:
        """Which operations were called from which, as a number: the same for the same calls,
        however often each was made."""
        names = {s.span_id: (s.service, template_of(s.name)) for s in self.spans}
        return hash(frozenset((names.get(s.parent_id), names[s.span_id]) for s in self.spans))
