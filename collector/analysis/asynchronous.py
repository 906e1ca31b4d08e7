"""Whether a span waits for its child: one answer for self time, critical path and every
aggregate."""

from __future__ import annotations

from collector.model import Span, TagValue

CLOCK_SLACK_NS = 100_000
"""How far a child may overhang its parent before it counts as left running. A span's start is read
from the wall clock and its duration from a monotonic one, so the two ends of a span agree only to
some microseconds."""


def asynchronous_rows(
    spans: list[Span], kinds: list[TagValue | None], end: list[int], parent: list[int]
) -> list[bool]:
    """Return for each row whether the span in row `parent[row]` goes on without waiting for it.
    `kinds` are what the spans' tag `span.kind` says.

    It does so if the child consumes a message that the parent produced, if a link says that
    something else triggered the child (`kind: trigger`), and if the child is left running: it ends
    later than its parent by more than 1 % of the parent's duration. A server span is never left
    running: its client waited until it gave up, and an overhang means that clocks disagree, or that
    a server went on working for nobody.

    Such a child's time is not taken from its parent's self time and is never on the parent's
    critical path. Jaeger's critical path leaves out consumers and clips what overhangs; the 1 % is
    from CRISP (Zhang et al., USENIX ATC 2022).
    """
    asynchronous = [False] * len(spans)
    for row, (span, above, kind) in enumerate(zip(spans, parent, kinds, strict=True)):
        if above < 0:
            continue
        if end[row] > end[above] + CLOCK_SLACK_NS and kind != "server":
            asynchronous[row] = (end[row] - end[above]) * 100 > spans[above].duration
        if kind == "consumer" and kinds[above] == "producer":
            asynchronous[row] = True
        if span.links and any(link.attributes.get("kind") == "trigger" for link in span.links):
            asynchronous[row] = True
    return asynchronous
