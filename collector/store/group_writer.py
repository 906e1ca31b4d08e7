"""Writing a group of chunks, each to the partition of its trace."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from collector.store.append import append
from collector.store.file_errors import is_damage
from collector.store.group_commit import CannotWriteError
from collector.store.partition import Partition
from collector.store.partitions import Partitions
from collector.store.placement import Placement
from collector.store.prepared import PreparedChunk
from collector.store.service_catalog import ServiceCatalog
from collector.trace_summary import TraceSummary


class Written(NamedTuple):
    """What became of the chunks of a group."""

    summaries: list[TraceSummary]
    """The new and grown traces, as they are now."""
    duplicates: dict[int, int]
    """How many spans of each chunk were stored already, by the `id()` of the chunk."""


class GroupWriter:
    """Writes groups to the partitions of a folder, and their services to its catalog."""

    def __init__(self, partitions: Partitions, catalog: ServiceCatalog) -> None:
        self._partitions = partitions
        self._catalog = catalog

    def write(self, chunks: Sequence[PreparedChunk]) -> Written:
        """Commit each chunk to its partition. If one is damaged or gone, go on without it.

        Raises `CannotWriteError` if a partition cannot be written to for another reason.
        """
        try:
            try:
                return self._write(chunks)
            except _BrokenPartitionError as broken:
                self._partitions.abandon(broken.partition, str(broken))
                return self._write(chunks)
        except (sqlite3.Error, OSError, _BrokenPartitionError) as error:
            raise CannotWriteError(str(error)) from None

    def _write(self, chunks: Sequence[PreparedChunk]) -> Written:
        """Raises `_BrokenPartitionError` if a partition is damaged or gone, `sqlite3.Error` or
        `OSError` if something cannot be written to for another reason."""
        written = Written([], {})
        for partition, placed in self._by_partition(chunks):
            try:
                appended = append(partition, placed.values())
            except Exception as error:
                # Unlike a full disk or a locked file, neither gets better by waiting.
                if is_damage(error) or not partition.is_in_place():
                    raise _BrokenPartitionError(partition, str(error)) from None
                raise
            written.summaries.extend(appended.summaries)
            written.duplicates.update(zip(placed, appended.duplicates, strict=True))
        return written

    def _by_partition(
        self, chunks: Sequence[PreparedChunk]
    ) -> list[tuple[Partition, dict[int, PreparedChunk]]]:
        """Return the partitions, each with the chunks that go there, by the `id()` of what they
        were made of: they may get another trace id. List their services in the catalog."""
        groups: dict[int, tuple[Partition, dict[int, PreparedChunk]]] = {}
        placement = Placement(self._partitions.all)
        for chunk in chunks:
            self._catalog.record(chunk.service_kinds, chunk.summary.end)
            partition, placed = placement.place(chunk)
            groups.setdefault(partition.number, (partition, {}))[1][id(chunk)] = placed
        return list(groups.values())


class _BrokenPartitionError(Exception):
    """A partition that is damaged or gone."""

    def __init__(self, partition: Partition, message: str) -> None:
        super().__init__(message)
        self.partition = partition
