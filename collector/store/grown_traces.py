"""The traces of a group that have grown, and what each chunk adds to them."""

from __future__ import annotations

from collector.model import Chunk
from collector.store.known_spans import (
    MAX_COMPARED_SPANS,
    identities,
    new_spans,
    span_ids,
    stored_blobs,
)
from collector.store.partition import Partition
from collector.store.prepared import PreparedChunk, prepare


class GrownTraces:
    """What one group has of each trace, to compare with what comes next."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._blobs: dict[int, list[bytes]] = {}
        """By row, the chunks of this group."""
        self._ids: dict[int, set[int]] = {}
        """By row, the span ids in them, once they were asked for."""
        self._first: dict[int, bytes] = {}
        """By row, the first chunk of each trace of which nothing is stored."""

    def begin(self, row: int, blob: bytes) -> None:
        """Take note of the first chunk of a new trace."""
        self._first[row] = blob

    def without_stored_spans(
        self, row: int, spans: int, chunk: PreparedChunk
    ) -> PreparedChunk | None:
        """Return what a chunk adds to a trace, which had `spans` before; None if that is nothing.

        Raises `sqlite3.Error` if the trace cannot be read.
        """
        is_new = row in self._first
        blobs = self._blobs.setdefault(row, [self._first[row]] if is_new else [])
        added: PreparedChunk | None = chunk
        if spans <= MAX_COMPARED_SPANS:
            connection = self._partition.write_connection
            stored: set[int] = set()
            if not is_new:
                stored = self._partition.known_spans.ids(connection, row)
            if row not in self._ids:
                self._ids[row] = {span_id for blob in blobs for span_id in span_ids(blob)}
            here = self._ids[row]
            ids = set(span_ids(chunk.blob))
            seen = (ids & stored) | (ids & here)
            if seen:
                of_trace = [*(stored_blobs(connection, row) if stored else ()), *blobs]
                new = new_spans(chunk.blob, identities(of_trace, seen))
                if len(new) < chunk.summary.spans:
                    again = prepare(Chunk(chunk.trace_id, new)) if new else None
                    added = again and again._replace(joins=chunk.joins)
            here |= ids
        if added:
            blobs.append(added.blob)
        return added

    def publish(self) -> None:
        """Take note that all of it is stored."""
        for row, ids in self._ids.items():
            if row not in self._first:
                self._partition.known_spans.add(row, ids)
