"""Threads of Chrome's trace events, and the spans that their events are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from math import inf

from collector import limits
from collector.files.readers.chrome_flows import Flows, Point, Points
from collector.impossible_time import EARLIEST_START_NS
from collector.model import Event, Span
from collector.receivers.conventions import UNNAMED_OPERATION, span_of
from collector.receivers.payload import SpanError
from collector.receivers.tag_values import attributes

ROOT_NAME = "trace events"
"""The span that we put above all events of a file, which have no parent in common."""
Thread = tuple[int | str, int | str]
"""Process and thread, as the file calls them."""


@dataclass(slots=True)
class Slice:
    """Something that a thread did."""

    begin: int
    """Nanoseconds since whenever the file counts from."""
    duration: int
    """Nanoseconds."""
    name: str
    category: str
    args: dict[str, object]
    events: list[Event] = field(default_factory=list)
    """What happened in it; times count from where `begin` does."""

    @property
    def end(self) -> int:
        """When it ended."""
        return self.begin + self.duration


class Threads:
    """What each thread did."""

    def __init__(self) -> None:
        self._slices: dict[Thread, list[Slice]] = {}
        self._open: dict[Thread, list[Slice]] = {}
        self._names: dict[int | str, str] = {}
        self._points: dict[Thread, Points] = {}
        self._count = 0
        self._zero = 0
        """Nanoseconds from 1970 to the moment from which the file counts."""

    def name(self, process: int | str, kind: str, args: object) -> None:
        """Take note of a process's name, if that is what an event of this kind says."""
        if kind == "process_name" and isinstance(args, dict) and args.get("name"):
            self._names[process] = limits.cut(str(args["name"]), limits.NAME_CHARS)

    def add(self, phase: str, thread: Thread, made: Slice) -> None:
        """Take in a whole event (`X`), a beginning (`B`) or an end (`E`).

        Raises `SpanError` if there are too many, or an end has no beginning.
        """
        if phase == "E":
            begun = self._open.get(thread)
            if not begun:
                raise SpanError("end_without_beginning", "it ends what has not begun")
            first = begun.pop()
            first.duration = max(0, made.begin - first.begin)
            first.args.update(made.args)
            return
        self._count_event()
        self._slices.setdefault(thread, []).append(made)
        if phase == "B":
            self._open.setdefault(thread, []).append(made)

    def happen(self, thread: Thread, event: Event) -> None:
        """Take in what happened in the slice that began last and has not ended, if there is one.

        Raises `SpanError` if there are too many.
        """
        self._count_event()
        begun = self._open.get(thread)
        if begun and len(begun[-1].events) < limits.TAGS:
            begun[-1].events.append(event)

    def touch(self, thread: Thread, point: Point, *, is_ahead: bool) -> None:
        """Take in a point of a flow: on the slice around it, or on the next one.

        Raises `SpanError` if there are too many.
        """
        self._count_event()
        self._points.setdefault(thread, Points()).add(point, is_ahead=is_ahead)

    def spans(self, seed: bytes, trace_id: str) -> list[Span]:
        """Return all of it as spans; their ids depend on the seed only."""
        if not self._slices:
            return []
        self._end_what_is_open()
        slices = [made for slices in self._slices.values() for made in slices]
        begin = min(made.begin for made in slices)
        if begin < EARLIEST_START_NS:
            # Most programs count from their own start, or their machine's; such times mean nothing
            # but their differences, and are no reason to doubt them.
            self._zero = EARLIEST_START_NS
        service = self._service(next(iter(self._slices))[0])
        duration = max(made.end for made in slices) - begin
        root = Span(
            _id(seed, 0), 0, service, ROOT_NAME, ROOT_NAME, "", self._zero + begin, duration
        )
        ids = (_id(seed, number) for number in count(1))
        flows = Flows()
        spans = [root]
        for thread in self._slices:
            spans += self._thread_spans(thread, root, ids, flows)
        flows.link(trace_id)
        return spans

    def _end_what_is_open(self) -> None:
        """Let what was never ended last as long as the file, as it does in Chrome's own viewer."""
        last = max(made.end for slices in self._slices.values() for made in slices)
        for begun in self._open.values():
            for made in begun:
                made.duration = last - made.begin
                made.args.setdefault("unfinished", True)

    def _thread_spans(
        self, thread: Thread, root: Span, ids: Iterator[int], flows: Flows
    ) -> Iterator[Span]:
        """Yield the spans of a thread, each below the one around it."""
        points = self._points.get(thread, Points())
        points.sort()
        above: list[tuple[int, Span]] = []

        def leave(moment: int) -> None:
            while above and above[-1][0] < moment:
                above.pop()

        def pass_points(begin: float) -> None:
            for point in points.passed(begin):
                leave(point.moment)
                if above:
                    flows.touch(point, above[-1][1])

        for made in sorted(self._slices[thread], key=lambda made: (made.begin, -made.duration)):
            pass_points(made.begin)
            leave(made.end)
            span = self._span(thread, made, next(ids), (above[-1][1] if above else root).span_id)
            for point in points.met(made.begin):
                flows.touch(point, span)
            above.append((made.end, span))
            yield span
        pass_points(inf)

    def _span(self, thread: Thread, made: Slice, span_id: int, parent_id: int) -> Span:
        process, number = thread
        return span_of(
            attributes({**made.args, "thread.id": number, "category": made.category}),
            span_id=span_id,
            parent_id=parent_id,
            service=self._service(process),
            name=made.name or UNNAMED_OPERATION,
            kind="",
            start=self._zero + made.begin,
            duration=made.duration,
            error=None,
            events=(
                Event(self._zero + event.time, event.name, event.attributes)
                for event in made.events
            ),
        )

    def _count_event(self) -> None:
        self._count += 1
        if self._count > limits.ITEMS:
            message = f"a trace of more than {limits.ITEMS:,} events; record a shorter time"
            raise SpanError("too_many_events", message)

    def _service(self, process: int | str) -> str:
        return self._names.get(process) or f"process {process}"


def _id(seed: bytes, number: int) -> int:
    digest = blake2b(number.to_bytes(8, "big"), key=seed, digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1
