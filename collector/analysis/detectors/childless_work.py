"""A server that is busy by itself to the very end: often an answer made in one piece."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import STREAM, Finding, ms
from collector.analysis.trace import Trace

LEAST = 50_000_000
SHARE = 0.5
"""Of the server's duration, and of the trace's."""


def childless_work(trace: Trace) -> Iterator[Finding]:
    """A server span whose last child ended 50 ms or more, and half of its and the trace's duration,
    before it did: nothing says what it did then. Most often it puts an answer together, of which
    the client gets the first byte only when the last is ready."""
    tree = trace.tree
    for row, span in enumerate(tree.spans):
        if span.tags.get("span.kind") != "server":
            continue
        ends = [tree.end[child] for child in tree.children(row) if not tree.asynchronous[child]]
        alone = tree.end[row] - max([tree.start[row], *ends])
        if alone >= LEAST and alone >= SHARE * span.duration and alone >= SHARE * trace.duration:
            what = (
                f"{span.service} spends the last {ms(alone)} of {span.resource}"
                f" ({ms(span.duration)}) without a child: nothing says on what"
            )
            yield Finding("childless_work", what, alone, [span.span_id], STREAM)
