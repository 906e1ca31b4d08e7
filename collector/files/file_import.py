"""A file with traces that arrives in pieces: it is unpacked, its format is found out, its spans are
stored."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Protocol

from collector.files.known_spans import KnownSpans, Stored
from collector.files.readers.json_items import JsonReader
from collector.files.readers.protobuf import ProtobufReader
from collector.files.unpacking import Unpacking
from collector.impossible_time import mark_impossible_times
from collector.model import Chunk, Span
from collector.receivers.body import BodyError
from collector.receivers.payload import MAX_REASONS, Payload
from collector.store.group_commit import BusyError

MAX_NAMED_TRACES = 40
"""Traces that a search names one by one; the box for a search holds no more."""
MAX_COUNTED_TRACES = 100_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some editors put before text in UTF-8."""
BEGIN_BYTES = 128
"""How much of a file tells its format. The first byte of OTLP in protobuf is a newline; if a length
of 91 or 123 follows, it goes on like JSON, but in those bytes are some that JSON cannot have."""
MAX_BLANK_BYTES = 64 * 1024
"""How much of it may be blank before there is something."""
CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r"))
BATCH_SPANS = 10_000
"""Spans that are stored at a time. It depends on the file only, so that what is imported again is
recognized, however it arrives."""
BUSY_PAUSE_S = 0.05
MAX_BUSY_S = 20
"""How long an import waits for a store that has too much to do."""


class Reader(Protocol):
    """Reads spans from a file that arrives in pieces."""

    def feed(self, data: bytes) -> Iterator[Payload]:
        """Yield the spans that can be read by now. Raises `BodyError` if none can."""

    def finish(self) -> Iterator[Payload]:
        """Yield the rest. Raises `BodyError` if it can't be read."""


class FileImport:
    """The import of one file. Not thread-safe."""

    def __init__(self, add: Callable[[list[Chunk]], object], stored: Stored) -> None:
        """Make an import that stores with `add`, which may raise `BusyError`; `stored` says what
        is there already."""
        self._add = add
        self._known = KnownSpans(stored)
        self._unpacking = Unpacking()
        self._begin = b""
        self._reader: Reader | None = None
        self._waiting: dict[str, list[Span]] = {}
        self._waiting_spans = 0
        self._traces: set[str] = set()
        self.bytes = 0
        """How much has come, as it came."""
        self.spans = 0
        """Spans that have been read, and are stored now."""
        self.already_stored = 0
        """Those of them that were stored before."""
        self.rejected: Counter[str] = Counter()
        self.reasons: list[str] = []
        self.first_start = 2**63
        self.last_start = 0

    def feed(self, data: bytes) -> None:
        """Take in the next piece. Raises `BodyError` if the file can't be read."""
        self.bytes += len(data)
        for unpacked in self._unpacking.feed(data):
            self._feed(unpacked)

    def finish(self) -> None:
        """Store what is left. Raises `BodyError` if the file has no spans, or ends too early."""
        for unpacked in self._unpacking.finish():
            self._feed(unpacked)
        reader = self._reader or self._open()
        self._take(reader.finish())
        self._store()
        if not self.spans and not self.rejected:
            raise BodyError(400, "malformed", "the file has no spans")

    @property
    def traces(self) -> int:
        """How many traces the spans are of; at least that, if it is `MAX_COUNTED_TRACES`."""
        return len(self._traces)

    @property
    def trace_ids(self) -> list[str]:
        """The traces, if they are not too many to be named."""
        return sorted(self._traces) if self.traces <= MAX_NAMED_TRACES else []

    def _feed(self, data: bytes) -> None:
        if self._reader is not None:
            self._take(self._reader.feed(data))
            return
        self._begin += data
        if len(self._begin.strip()) >= BEGIN_BYTES or len(self._begin) > MAX_BLANK_BYTES:
            self._open()

    def _open(self) -> Reader:
        """Find out the format, and read what there is."""
        begin, self._begin = self._begin.removeprefix(BYTE_ORDER_MARK), b""
        if not begin.strip():
            raise BodyError(400, "malformed", "the file is empty, or begins with blanks only")
        self._reader = reader_for(begin)
        self._take(self._reader.feed(begin))
        return self._reader

    def _take(self, payloads: Iterator[Payload]) -> None:
        for payload in payloads:
            self.rejected += payload.rejected
            self.reasons += payload.reasons[: MAX_REASONS - len(self.reasons)]
            for trace_id, spans in payload.chunks:
                self._waiting.setdefault(trace_id, []).extend(spans)
                self._waiting_spans += len(spans)
            if self._waiting_spans >= BATCH_SPANS:
                self._store()

    def _store(self) -> None:
        chunks = [Chunk(trace_id, spans) for trace_id, spans in self._waiting.items()]
        mark_impossible_times(chunks, time.time_ns())
        new = [self._known.without_known(chunk) for chunk in chunks]
        self._add_patiently([chunk for chunk in new if chunk.spans])
        self.spans += self._waiting_spans
        self.already_stored += self._waiting_spans - sum(len(chunk.spans) for chunk in new)
        self._waiting, self._waiting_spans = {}, 0
        for chunk in chunks:
            self._note(chunk)

    def _add_patiently(self, chunks: list[Chunk]) -> None:
        deadline = time.monotonic() + MAX_BUSY_S
        while True:
            try:
                self._add(chunks)
                return
            except BusyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(BUSY_PAUSE_S)

    def _note(self, chunk: Chunk) -> None:
        if self.traces < MAX_COUNTED_TRACES:
            self._traces.add(chunk.trace_id)
        starts = [span.start for span in chunk.spans if span.timed] or [chunk.spans[0].arrived]
        self.first_start = min(self.first_start, min(starts))
        self.last_start = max(self.last_start, max(starts))


def reader_for(begin: bytes) -> Reader:
    """Return a reader for a file that begins like this. Raises `BodyError` if there is none."""
    may_be_protobuf = begin[:1] == b"\n"  # field 1 of `TracesData`, a message
    is_binary = begin[:BEGIN_BYTES].translate(None, CONTROL_BYTES) != begin[:BEGIN_BYTES]
    if begin.lstrip()[:1] in (b"{", b"[") and not (may_be_protobuf and is_binary):
        return JsonReader()
    if may_be_protobuf:
        return ProtobufReader()
    message = (
        "this is no file with traces: those are OTLP (JSON or protobuf), Zipkin's JSON, Jaeger's"
        " JSON, Chrome's trace events, or our own JSON"
    )
    raise BodyError(415, "unknown_type", message)
