"""X-Ray's documents as they come: each a datagram, or several in a call of `PutTraceSegments`.

An SDK that has many parts of a segment sends those that are over by themselves, before the segment;
and only the segment says of which service they are. They are kept back until it has come.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import msgspec

from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.receivers.body import BodyError
from collector.receivers.ids import parent_id
from collector.receivers.json_spans import check_values
from collector.receivers.payload import Payload, SpanError
from collector.receivers.sorted_traces import SortedTraces
from collector.receivers.xray import SUBSEGMENT, SpanKey, read_document, trace_number

MAX_WAIT_S = 60.0
"""Time after which a part is taken without its segment. Those requests that take longer are few."""
MAX_WAITING_BYTES = 8 * 1024 * 1024
"""Size of all parts that wait; beyond it, those that have waited longest are taken as they are."""
PART_BYTES = 256
"""What a part needs in memory besides its text."""
MAX_KNOWN_SPANS = 20_000
"""Spans whose service is remembered; parts of most come before them, and of some soon after."""


class _Header(msgspec.Struct, gc=False):
    """The first line of a datagram."""

    format: str


class _Request(msgspec.Struct, gc=False):
    """A call of `PutTraceSegments`."""

    documents: list[str] = msgspec.field(name="TraceSegmentDocuments")


class _Place(msgspec.Struct, gc=False):
    """What a document says of where it belongs."""

    type: str | None = None
    trace_id: str | None = None
    parent_id: str | None = None


_decode_header = msgspec.json.Decoder(_Header).decode
_decode_request = msgspec.json.Decoder(_Request).decode
_decode_place = msgspec.json.Decoder(_Place).decode


class _Part(NamedTuple):
    """A document that waits for what it is a part of."""

    place: str
    document: bytes
    since: float


def read_request(body: bytes) -> Payload:
    """Read a call of `PutTraceSegments`. Raises `BodyError` if it cannot be read at all."""
    check_values(body)
    try:
        documents = _decode_request(body).documents
    except DECODE_ERRORS as error:
        raise BodyError(400, "malformed", f"the body cannot be read: {reason_of(error)}") from None
    reader = DocumentReader()
    traces = SortedTraces()
    for number, document in enumerate(documents):
        reader.read(f"document {number}", document.encode("utf-8", "replace"), traces)
    reader.read_rest(traces)
    return traces.finished()


class DatagramReader:
    """Reads what SDKs send to X-Ray's daemon: a line that says so, and a document."""

    def __init__(self) -> None:
        self._documents = DocumentReader()

    def read(self, datagram: bytes) -> Payload:
        """Return what can be stored now. Raises `BodyError` if it cannot be read at all."""
        header, _, document = datagram.partition(b"\n")
        try:
            is_json = _decode_header(header).format == "json"
        except DECODE_ERRORS:
            is_json = False
        if not is_json:
            message = 'the first line is not {"format": "json", "version": 1}'
            raise BodyError(400, "malformed", message)
        traces = SortedTraces()
        self._documents.read("the document", document, traces)
        return traces.finished()

    def read_late(self, *, at_end: bool = False) -> Payload:
        """Return what has waited too long for its segment; `at_end`, all that waits."""
        traces = SortedTraces()
        self._documents.read_rest(traces, 0 if at_end else MAX_WAIT_S)
        return traces.finished()


class DocumentReader:
    """Reads documents, each as soon as its service is known."""

    def __init__(self) -> None:
        self._services: dict[SpanKey, str] = {}
        """Of the spans read last."""
        self._waiting: dict[SpanKey, list[_Part]] = {}
        """By what they are parts of; what came first is first."""
        self._waiting_bytes = 0

    def read(self, place: str, document: bytes, traces: SortedTraces) -> None:
        """Read a document and all that have waited for it, or let it wait."""
        part = _Part(place, document, time.monotonic())
        above = _above(document)
        if above is None or above in self._services:
            self._read_with_parts(part, traces, self._services.get(above, "") if above else "")
            return
        self._waiting.setdefault(above, []).append(part)
        self._waiting_bytes += len(document) + PART_BYTES
        while self._waiting_bytes > MAX_WAITING_BYTES:
            self._read_first(traces)

    def read_rest(self, traces: SortedTraces, min_wait_s: float = 0) -> None:
        """Read what has waited for so long, as of no known service."""
        until = time.monotonic() - min_wait_s
        while self._waiting and next(iter(self._waiting.values()))[0].since <= until:
            self._read_first(traces)

    def _read_first(self, traces: SortedTraces) -> None:
        """Read those that have waited longest."""
        for part in self._take(next(iter(self._waiting))):
            self._read_with_parts(part, traces, "")

    def _read_with_parts(self, part: _Part, traces: SortedTraces, service: str) -> None:
        ready = [(part, service)]
        while ready:
            (place, document, _), service = ready.pop()
            services = read_document(place, document, traces, service)
            for key, of_span in services.items():
                self._services[key] = of_span
                ready += [(inner, of_span) for inner in self._take(key)]
            while len(self._services) > MAX_KNOWN_SPANS:
                del self._services[next(iter(self._services))]

    def _take(self, above: SpanKey) -> list[_Part]:
        """Return what waits for a span, which then waits no more."""
        if not self._waiting:
            return []
        parts = self._waiting.pop(above, [])
        self._waiting_bytes -= sum(len(part.document) + PART_BYTES for part in parts)
        return parts


def _above(document: bytes) -> SpanKey | None:
    """Return what a document is a part of; None if it is none, or does not say."""
    try:
        place = _decode_place(document)
        if place.type == SUBSEGMENT and (above := parent_id(place.parent_id)):
            return SpanKey(trace_number(place.trace_id), above)
    except (SpanError, *DECODE_ERRORS):
        pass  # reading it will name what is wrong
    return None
