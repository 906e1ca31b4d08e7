"""Chrome's trace-event JSON, which Perfetto and chrome://tracing open: `{"traceEvents": […]}`.

A service is a process, a lane of spans that do not overlap a thread. A parent in another service is
connected by a flow. Perfetto shows what is in `args`; from there we read spans back as they were.

https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from collector.analysis.tree import Tree, build_tree
from collector.files.writers.lanes import lanes_of
from collector.files.writers.own import span_json
from collector.model import Chunk

TraceEvent = dict[str, object]


def write(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield one document with all traces, piece by piece; the first trace is to begin first."""
    yield b'{"displayTimeUnit":"ns","traceEvents":[\n'
    separator = b""
    timeline = _Timeline()
    for trace in traces:
        for event in timeline.events(trace):
            yield separator + msgspec.json.encode(event)
            separator = b",\n"
    yield b"\n]}\n"


class _Timeline:
    """Processes, threads and time as the events of one file share them."""

    def __init__(self) -> None:
        self._begin: int | None = None
        self._pids: dict[str, int] = {}
        self._threads: dict[str, int] = {}

    def events(self, trace: Chunk) -> Iterator[TraceEvent]:
        """Yield the events of one trace."""
        tree = build_tree(trace.spans)
        lanes = lanes_of(tree)
        if self._begin is None:
            self._begin = min(tree.start, default=0)
        first_thread = dict(self._threads)
        named: set[tuple[str, int]] = set()
        for row, span in enumerate(tree.spans):
            service = span.service
            if service not in self._pids:
                self._pids[service] = len(self._pids) + 1
                yield self._metadata("process_name", service, 0, service)
            thread = first_thread.get(service, 0) + lanes[row] + 1
            if (service, thread) not in named:
                named.add((service, thread))
                self._threads[service] = max(self._threads.get(service, 0), thread)
                yield self._metadata("thread_name", service, thread, f"trace {trace.trace_id[:8]}")
            yield self._slice(trace.trace_id, tree, row, thread)
        for row, above in enumerate(tree.parent):
            if above >= 0 and tree.spans[above].service != tree.spans[row].service:
                threads = [
                    first_thread.get(tree.spans[end].service, 0) + lanes[end] + 1
                    for end in (above, row)
                ]
                yield from self._flow(tree, above, row, threads)

    def _metadata(self, kind: str, service: str, thread: int, name: str) -> TraceEvent:
        return {
            "ph": "M",
            "name": kind,
            "pid": self._pids[service],
            "tid": thread,
            "args": {"name": name},
        }

    def _slice(self, trace_id: str, tree: Tree, row: int, thread: int) -> TraceEvent:
        span = tree.spans[row]
        return {
            "ph": "X",
            "name": span.name if span.resource == span.name else f"{span.name} {span.resource}",
            "cat": span.type or "span",
            "pid": self._pids[span.service],
            "tid": thread,
            "ts": self._moment(span.start),
            "dur": span.duration / 1000,
            "args": {"trace_id": trace_id, **span_json(span)},
        }

    def _flow(self, tree: Tree, above: int, row: int, threads: list[int]) -> Iterator[TraceEvent]:
        """Yield the arrow from a parent to a child; it must begin within the parent."""
        begin = min(max(tree.start[row], tree.start[above]), tree.end[above])
        number = f"{tree.spans[row].span_id:016x}"
        for phase, end, moment, thread in zip(
            "sf", (above, row), (begin, tree.start[row]), threads, strict=True
        ):
            event: TraceEvent = {
                "ph": phase,
                "name": "calls",
                "cat": "calls",
                "id": number,
                "pid": self._pids[tree.spans[end].service],
                "tid": thread,
                "ts": self._moment(moment),
            }
            yield event if phase == "s" else {**event, "bp": "e"}

    def _moment(self, nanoseconds: int) -> float:
        """Return a moment in microseconds since the first span began: as a number there is no room
        for nanoseconds since 1970."""
        return (nanoseconds - (self._begin or 0)) / 1000
