"""The outline of a trace: of each span only what decides whether it is shown.

A trace of a million spans is a gigabyte of objects, and fifty megabytes as an outline.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import msgspec

MAX_OUTLINED_SPANS = 4_000_000
"""Spans of one trace that are looked at, the first received. More are a mistake in a client, such
as one trace id for everything."""


class _OutlinedSpan(msgspec.Struct, array_like=True, gc=False):
    """The first fields of `collector.model.Span`; texts are not decoded."""

    span_id: int
    parent_id: int
    service: msgspec.Raw
    name: msgspec.Raw
    resource: msgspec.Raw
    type: msgspec.Raw
    start: int
    duration: int
    error: int = 0


_decode = msgspec.msgpack.Decoder(list[_OutlinedSpan]).decode


class SpanOutline:
    """The spans of a trace in the order received, a column for each fact."""

    def __init__(self, blobs: Iterable[bytes]) -> None:
        """Read the outline from the spans of some chunks, as they are stored."""
        self.span_ids = array("Q")
        self.parent_ids = array("Q")
        self.starts = array("q")
        self.durations = array("q")
        self.errors = bytearray()
        for blob in blobs:
            self._add(_decode(blob))
            if len(self) >= MAX_OUTLINED_SPANS:
                break

    def __len__(self) -> int:
        return len(self.span_ids)

    def _add(self, spans: list[_OutlinedSpan]) -> None:
        self.span_ids.extend([span.span_id for span in spans])
        self.parent_ids.extend([span.parent_id for span in spans])
        self.starts.extend([span.start for span in spans])
        self.durations.extend([span.duration for span in spans])
        self.errors.extend([1 if span.error else 0 for span in spans])

    def parents(self) -> array[int]:
        """Return the index of each span's parent; -1 for a root and where it was not received."""
        index_of = {span_id: index for index, span_id in enumerate(self.span_ids)}
        return array("i", [index_of.get(parent_id, -1) for parent_id in self.parent_ids])
