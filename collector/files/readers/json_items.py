"""The reader of all JSON formats, which are told apart by their lists and their first items."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from msgspec import Raw

from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.files.bounded_list import items_of
from collector.files.item_splitter import Items, ItemSplitter
from collector.files.readers import jaeger, otlp, own
from collector.files.readers.chrome import ChromeReader
from collector.receivers import zipkin_v2
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload

Read = Callable[[list[Raw]], Iterator[Payload]]

_fields = msgspec.json.Decoder(dict[str, Raw])


class JsonReader:
    """Reads a file that arrives in pieces."""

    def __init__(self) -> None:
        self._splitter = ItemSplitter()
        self._chrome = ChromeReader()
        self._items = 0

    def feed(self, data: bytes) -> Iterator[Payload]:
        """Yield the spans that can be read by now. Raises `BodyError` if it is no file with
        traces."""
        for items in self._splitter.feed(data):
            yield from self._read(items)

    def finish(self) -> Iterator[Payload]:
        """Yield the rest. Raises `BodyError` if it can't be read."""
        for items in self._splitter.finish():
            yield from self._read(items)
        yield from self._chrome.finish()

    def _read(self, items: Items) -> Iterator[Payload]:
        """Read items; what is wrong with a span is said with the place of its items in the file."""
        if not items.raw:
            return
        first, self._items = self._items + 1, self._items + len(items.raw)
        for payload in self._payloads(items):
            if first > 1:
                payload.reasons = [f"after item {first - 1:,}, {each}" for each in payload.reasons]
            yield payload

    def _payloads(self, items: Items) -> Iterator[Payload]:
        if items.name in ("resourceSpans", "resource_spans"):
            yield from otlp.read_resource_spans(items.raw)
        elif items.name == "data":
            yield from jaeger.read_traces(items.raw)
        elif items.name == "traces":
            yield from own.read_traces(items.raw)
        elif items.name == "traceEvents":
            yield self._chrome.read(items.raw)
        else:
            yield from self._read_unnamed(items.raw)

    def _read_unnamed(self, raw: list[Raw]) -> Iterator[Payload]:
        """Read items that are in no list with a name."""
        if bytes(memoryview(raw[0])[:1]) != b"[":
            yield from self._read_alike(raw)
            return
        for spans in raw:  # Zipkin answers a search with lists of spans
            try:
                items = items_of(spans)
            except DECODE_ERRORS as problem:
                message = f"a trace in the file cannot be read: {reason_of(problem)}"
                raise BodyError(400, "malformed", message) from None
            yield from self._read_alike(items)

    def _read_alike(self, raw: list[Raw]) -> Iterator[Payload]:
        """Read items that are all of the first one's format."""
        if not raw:
            return
        first = raw[0]
        try:
            fields = _fields.decode(first)
        except DECODE_ERRORS:
            fields = {}
        if "ph" in fields:
            yield self._chrome.read(raw)
        elif "columns" in fields:
            yield from map(own.read_columns, raw)
        elif "spans" in fields and "trace_id" in fields:
            yield from own.read_traces(raw)
        elif "spans" in fields and "traceID" in fields:
            yield from jaeger.read_traces(raw)
        elif "traceId" in fields and "id" in fields:
            yield zipkin_v2.read_json(b"[" + b",".join(raw) + b"]")
        else:
            message = (
                "this JSON has no traces: known are OpenTelemetry's, Zipkin's, Jaeger's, Chrome's"
                " trace events, and our own"
            )
            raise BodyError(415, "unknown_type", message)
