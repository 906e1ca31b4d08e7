"""A server that is busy by itself until it answers: often a response made in one piece."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import STREAM_LESSON, Finding, ms
from collector.analysis.trace import Trace

MIN_WORK_NS = 50_000_000
MIN_SHARE = 0.5
"""Share of the server's duration, and of the trace's, that the work must take."""
FIRST_BYTE_EVENT = "http.response.first_byte"
"""The event by which a server says that it has begun to respond."""


def childless_work(trace: Trace) -> Iterator[Finding]:
    """Find server spans that worked for 50 ms or more, and for half of their and the trace's
    duration, without a child before they ended: nothing says what they did then. Most often they
    put a response together, of which the client gets the first byte only when the last is ready.

    If the span says when the first byte was sent, only what came before that counts.
    """
    tree = trace.tree
    for row, span in enumerate(tree.spans):
        if span.tags.get("span.kind") != "server":
            continue
        answered = [event.time for event in span.events if event.name == FIRST_BYTE_EVENT]
        until = min([tree.end[row], *answered])
        awaited = (child for child in tree.children(row) if not tree.asynchronous[child])
        ends = [tree.end[child] for child in awaited if tree.start[child] < until]
        alone = until - max([tree.start[row], *ends])
        if alone >= max(MIN_WORK_NS, MIN_SHARE * span.duration, MIN_SHARE * trace.duration):
            spent = f"{ms(alone)} before the first byte" if answered else f"the last {ms(alone)}"
            what = (
                f"{span.service} spends {spent} of {span.resource} ({ms(span.duration)}) without a"
                " child: nothing says on what"
            )
            yield Finding("childless_work", what, alone, [span.span_id], STREAM_LESSON)
