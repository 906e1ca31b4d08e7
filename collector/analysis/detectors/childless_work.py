"""A server that is busy by itself until it answers: often a response made in one piece."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import STREAM_LESSON, Finding, ms
from collector.analysis.detectors.idle_spans import is_idle
from collector.analysis.span_keys import operation_of
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.model import Event, Span

MIN_WORK_NS = 50_000_000
MIN_SHARE = 0.5
"""Share of the server's duration, and of the trace's, that the work must take."""
MAX_NOTE_SHARE = 0.01
"""Share of the server's duration that a child takes which explains nothing, such as a line that is
logged; and the share that all of them together may take."""
MAX_PRELUDE_SHARE = 0.05
"""Share of the work before such a child, so that it is not in the work but before it."""
FIRST_BYTE_EVENTS = frozenset(
    ("http.response.first_byte", "first_byte", "first byte", "response.start", "headers sent")
)
"""Events by which a server says that it has begun to respond."""
_SWITCHING_PROTOCOLS = "101"


def childless_work(trace: Trace) -> Iterator[Finding]:
    """Find server spans that worked for 50 ms or more, and for half of their and the trace's
    duration, without a child worth mentioning before they ended: nothing says what they did then.
    Most often they put a response together, of which the client gets the first byte only when the
    last is ready.

    If the span says when the first byte was sent, only what came before that counts. Connections
    that stay open until there is something to say are left out.
    """
    tree = trace.tree
    for row, span in enumerate(tree.spans):
        needed = max(MIN_WORK_NS, MIN_SHARE * span.duration, MIN_SHARE * trace.duration)
        if span.tags.get("span.kind") != "server" or span.duration < needed:
            continue
        answered = [event.time for event in span.events if _is_first_byte(event)]
        until = min([tree.end[row], *answered])
        alone = _work_until(tree, row, until)
        if alone >= needed and not _stays_open(span):
            spent = f"{ms(alone)} before the first byte" if answered else f"the last {ms(alone)}"
            what = (
                f"{span.service} spends {spent} of {operation_of(span).resource}"
                f" ({ms(span.duration)}) without a child: nothing says on what"
            )
            yield Finding("childless_work", what, alone, [span.span_id], STREAM_LESSON)


def _work_until(tree: Tree, row: int, until: int) -> int:
    """Return for how long a span has worked without a child worth mentioning until a moment, ns."""
    children = [c for c in tree.children(row) if not tree.asynchronous[c] and tree.start[c] < until]
    children.sort(key=tree.end.__getitem__)
    limit = MAX_NOTE_SHARE * tree.spans[row].duration
    notes: list[int] = []
    while children and not tree.spans[children[-1]].error:
        if sum(tree.spans[child].duration for child in (*notes, children[-1])) > limit:
            break
        notes.insert(0, children.pop())
    since = max([tree.start[row], *(tree.end[child] for child in children[-1:])])
    while notes and tree.start[notes[0]] - since < MAX_PRELUDE_SHARE * (until - since):
        since = max(since, tree.end[notes.pop(0)])
    return until - since - sum(tree.spans[note].duration for note in notes)


def _stays_open(span: Span) -> bool:
    """Tell whether a request is one that waits for something to come."""
    status = str(span.tags.get("http.response.status_code", ""))
    content = str(span.tags.get("http.response.header.content-type", ""))
    return status == _SWITCHING_PROTOCOLS or "event-stream" in content or is_idle(span)


def _is_first_byte(event: Event) -> bool:
    if event.name == "message":  # OpenTelemetry's, for streams of messages
        return str(event.attributes.get("message.type", "")).upper() == "SENT"
    return event.name in FIRST_BYTE_EVENTS
