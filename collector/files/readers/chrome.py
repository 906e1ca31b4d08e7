"""Chrome's trace events (see `collector.files.writers.chrome`), from us and from other programs.

Other programs' events have no ids: what runs within another event of the same thread is its child.
Asynchronous events belong to no thread; those with one `id` are taken for a thread of their own.
Flows become links.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import msgspec
from msgspec import Raw

from collector import limits
from collector.decode_errors import DECODE_ERRORS
from collector.files.readers.chrome_flows import Point
from collector.files.readers.chrome_threads import Slice, Thread, Threads
from collector.files.readers.fields import decoded, trace_id_of
from collector.files.readers.own import WholeSpan, to_span
from collector.model import Chunk, Event, Span
from collector.receivers.payload import Payload, SpanError
from collector.receivers.tag_values import attributes

SLICES = frozenset("XBE")
"""Phases of events that have a length: whole ones, beginnings, ends."""
FLOWS = frozenset("stf")
"""Phases of events at which a flow begins, goes on and ends."""
ASYNCHRONOUS = {"b": "B", "e": "E", "S": "B", "F": "E"}
"""Phases of asynchronous beginnings and ends, new and old, with those that they are like."""
MOMENT = "n"
"""Phase of asynchronous events without a length, which are something that happened in another."""


class _Event(msgspec.Struct):
    ph: str
    name: str | int | float | None = ""
    cat: str | None = ""
    pid: int | str = 0
    tid: int | str = 0
    ts: float = 0
    dur: float = 0
    id: str | int | None = None
    id2: dict[str, str | int] = {}
    bp: str | None = None
    args: Raw = Raw(b"null")


class _OwnSpan(WholeSpan):
    trace_id: str = ""


_event = msgspec.json.Decoder(_Event)
_own_span = msgspec.json.Decoder(_OwnSpan)
_any = msgspec.json.Decoder()


class ChromeReader:
    """Reads the events of one file."""

    def __init__(self) -> None:
        self._threads = Threads()
        self._number = 0
        self._is_ours = False
        """Whether a span of ours has been read: then flows are from parents to children."""
        self._digest = blake2b(digest_size=16)
        """Of other programs' events: the same file is the same trace."""

    def read(self, events: list[Raw]) -> Payload:
        """Read events; return the spans that are known already: those that we wrote."""
        payload = Payload()
        spans: dict[str, list[Span]] = {}
        for raw in events:
            self._number += 1
            try:
                if own := self._read(raw):
                    self._is_ours = True
                    trace_id, span = trace_id_of(own.trace_id), to_span(own)
                    spans.setdefault(trace_id, []).append(span)
                    payload.spans += 1
            except SpanError as problem:
                payload.reject(f"event {self._number}", problem)
        payload.chunks += [Chunk(trace_id, members) for trace_id, members in spans.items()]
        return payload

    def _read(self, raw: Raw) -> _OwnSpan | None:
        """Read an event; return the span that it carries, or keep it until all have been read."""
        event = decoded(raw, _event)
        if event.ph == "M":
            self._threads.name(event.pid, str(event.name), decoded(event.args, _any))
        if event.ph in FLOWS and not self._is_ours:
            self._digest.update(memoryview(raw))
            self._touch(event)
        if event.ph == MOMENT:
            self._digest.update(memoryview(raw))
            happened = Event(_nanoseconds(event.ts), _name(event), attributes(_args(event)))
            self._threads.happen(_thread(event), happened)
        phase = ASYNCHRONOUS.get(event.ph, event.ph)
        if phase not in SLICES:
            return None
        try:
            return _own_span.decode(event.args)
        except DECODE_ERRORS:
            pass
        self._digest.update(memoryview(raw))
        begin, length = _nanoseconds(event.ts), _nanoseconds(event.dur)
        made = Slice(begin, length, _name(event), event.cat or "", _args(event))
        self._threads.add(phase, _thread(event), made)
        return None

    def _touch(self, event: _Event) -> None:
        """Take in a point of a flow."""
        flow = event.cat or "", str(event.name or ""), _number(event)
        point = Point(_nanoseconds(event.ts), flow, begins=event.ph == "s")
        is_ahead = event.ph == "f" and event.bp != "e"
        self._threads.touch((event.pid, event.tid), point, is_ahead=is_ahead)

    def finish(self) -> Iterator[Payload]:
        """Return the spans of events from other programs, as one trace."""
        digest = self._digest.digest()
        trace_id = f"{int.from_bytes(digest, 'big') or 1:032x}"
        if spans := self._threads.spans(digest, trace_id):
            yield Payload([Chunk(trace_id, spans)], len(spans))


def _thread(event: _Event) -> Thread:
    """Return where an event happened."""
    if event.ph not in ASYNCHRONOUS and event.ph != MOMENT:
        return event.pid, event.tid
    return event.pid, f"{event.cat or ''} {_number(event)}".strip()


def _name(event: _Event) -> str:
    return limits.cut(str(event.name or ""), limits.NAME_CHARS)


def _args(event: _Event) -> dict[str, object]:
    args = decoded(event.args, _any)
    return args if isinstance(args, dict) else {}


def _number(event: _Event) -> str | int:
    """Return the id that events have in common. Raises `SpanError` if there is none."""
    number = next(iter(event.id2.values()), event.id)
    if number is None:
        raise SpanError("no_id", "it belongs to others, but has no id")
    return number


def _nanoseconds(microseconds: float) -> int:
    if not 0 <= microseconds < limits.NANOSECONDS / 1000:
        raise SpanError("bad_time", f"{microseconds} µs is no time that a span can have")
    return round(microseconds * 1000)
