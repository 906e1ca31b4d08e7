"""A server that is busy by itself until it answers: often an answer made in one piece."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import STREAM, Finding, ms
from collector.analysis.trace import Trace

LEAST = 50_000_000
SHARE = 0.5
"""Of the server's duration, and of the trace's."""
FIRST_BYTE = "http.response.first_byte"
"""The event by which a server says that its answer has begun."""


def childless_work(trace: Trace) -> Iterator[Finding]:
    """A server span that did 50 ms or more, and half of its and the trace's duration, without a
    child before it ended: nothing says what it did then. Most often it puts an answer together, of
    which the client gets the first byte only when the last is ready.

    Where the span says when the first byte was sent, only what came before that counts.
    """
    tree = trace.tree
    for row, span in enumerate(tree.spans):
        if span.tags.get("span.kind") != "server":
            continue
        answered = [event.time for event in span.events if event.name == FIRST_BYTE]
        until = min([tree.end[row], *answered])
        awaited = (child for child in tree.children(row) if not tree.asynchronous[child])
        ends = [tree.end[child] for child in awaited if tree.start[child] < until]
        alone = until - max([tree.start[row], *ends])
        if alone >= LEAST and alone >= SHARE * span.duration and alone >= SHARE * trace.duration:
            spent = f"{ms(alone)} before the first byte" if answered else f"the last {ms(alone)}"
            what = (
                f"{span.service} spends {spent} of {span.resource} ({ms(span.duration)}) without a"
                " child: nothing says on what"
            )
            yield Finding("childless_work", what, alone, [span.span_id], STREAM)
