"""Threads of Chrome's trace events, and the spans that their events are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from collector import limits
from collector.impossible_time import EARLIEST_START_NS
from collector.model import Span
from collector.receivers.conventions import UNNAMED_OPERATION, UNNAMED_SERVICE, span_of
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


class Threads:
    """What each thread did."""

    def __init__(self) -> None:
        self._slices: dict[Thread, list[Slice]] = {}
        self._open: dict[Thread, list[Slice]] = {}
        self._names: dict[int | str, str] = {}
        self._count = 0

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
        self._count += 1
        if self._count > limits.ITEMS:
            message = f"a trace of more than {limits.ITEMS:,} events; record a shorter time"
            raise SpanError("too_many_events", message)
        self._slices.setdefault(thread, []).append(made)
        if phase == "B":
            self._open.setdefault(thread, []).append(made)

    def spans(self, seed: bytes) -> Iterator[Span]:
        """Yield all of it as spans; their ids depend on the seed only."""
        if not self._count:
            return
        begin = min(made.begin for slices in self._slices.values() for made in slices)
        if begin < EARLIEST_START_NS:
            self._shift(EARLIEST_START_NS)
            begin += EARLIEST_START_NS
        end = max(made.begin + made.duration for all_ in self._slices.values() for made in all_)
        service = next((self._service(process) for process, _ in self._slices), UNNAMED_SERVICE)
        root = _id(seed, 0)
        yield Span(root, 0, service, ROOT_NAME, ROOT_NAME, "", begin, end - begin)
        number = 0
        for thread, slices in self._slices.items():
            above: list[tuple[int, int]] = []
            for made in sorted(slices, key=lambda made: (made.begin, -made.duration)):
                number += 1
                while above and above[-1][0] < made.begin + made.duration:
                    above.pop()
                span_id = _id(seed, number)
                parent_id = above[-1][1] if above else root
                yield self._span(thread, made, span_id, parent_id)
                above.append((made.begin + made.duration, span_id))

    def _shift(self, nanoseconds: int) -> None:
        """Put everything off. Most programs count from their own start, or their machine's; such
        times mean nothing but their differences, and are no reason to doubt them."""
        for slices in self._slices.values():
            for made in slices:
                made.begin += nanoseconds

    def _span(self, thread: Thread, made: Slice, span_id: int, parent_id: int) -> Span:
        process, number = thread
        return span_of(
            attributes({**made.args, "thread.id": number, "category": made.category}),
            span_id=span_id,
            parent_id=parent_id,
            service=self._service(process),
            name=made.name or UNNAMED_OPERATION,
            kind="",
            start=made.begin,
            duration=made.duration,
            error=None,
        )

    def _service(self, process: int | str) -> str:
        return self._names.get(process) or f"process {process}"


def _id(seed: bytes, number: int) -> int:
    digest = blake2b(number.to_bytes(8, "big"), key=seed, digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1
