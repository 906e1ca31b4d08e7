"""The partitions of a folder, oldest first: where a trace goes, when the next one begins, and when
the oldest is dropped."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from collector.store.append import flush_recent, seal
from collector.store.partition import Partition
from collector.store.quarantine import log, open_or_quarantine, quarantine

PARTITION_COUNT = 8
"""Number of files that the spans to keep are spread over. One file is the least that retention
can drop."""
MAX_PARTITION_TRACES = 65_536
"""Traces after which a partition is sealed, however few spans they have: while it is active, memory
knows where each of them is."""
MAX_RECENT_SPANS = 16_384
"""Spans after which the index of recent traces is flushed to disk: often enough to stay small in
memory, seldom enough that a term costs few rows."""


class Partitions:
    """All partitions of a folder. Only the writing thread changes them; others read at any time."""

    def __init__(self, folder: Path, max_spans: int, max_age: float) -> None:
        """Open what is in the folder. `max_age` is in seconds."""
        self._folder = folder
        self._max_spans = max_spans
        self._max_age = max_age
        self._last_error = ""
        self.dropped_spans = 0
        """Spans dropped by retention since the start."""
        self.all = self._open()
        """Oldest first. The last one is active, the others are sealed. Replaced as a whole, never
        changed in place."""

    @property
    def active(self) -> Partition:
        """The partition that takes new traces."""
        return self.all[-1]

    def partition_for(self, trace_id: str) -> Partition:
        """Return the partition that has the trace, so that it stays whole; for a new trace, the
        active one."""
        if trace_id not in self.active.row_by_trace_id:
            for partition in reversed(self.all[:-1]):
                if partition.may_hold(trace_id) and partition.find(trace_id):
                    return partition
        return self.active

    def maintain(self) -> None:
        """Flush the recent index, begin a new partition, drop the oldest: whatever is due."""
        try:
            if self._is_full(self.active):
                seal(self.active)
                self.all = [*self.all, self._create(self.active.number + 1)]
            elif self.active.recent.spans >= MAX_RECENT_SPANS:
                flush_recent(self.active)
            self._drop_old()
            self._last_error = ""
        except (sqlite3.Error, OSError) as error:
            if self._last_error != str(error):
                self._last_error = str(error)
                log(f"maintenance of {self._folder} failed and will be retried: {error}")

    def abandon(self, partition: Partition, reason: str) -> None:
        """Go on without a partition that is damaged or gone.

        Raises `OSError` or `sqlite3.Error` if a new one is needed and cannot be created.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        quarantine(partition.path, reason)
        others = [other for other in self.all if other is not partition]
        if partition is self.active:
            others.append(self._create(partition.number + 1))
        self.all = others
        partition.close()

    def close(self) -> None:
        """Close all files."""
        for partition in self.all:
            partition.close()

    def _is_full(self, partition: Partition) -> bool:
        max_spans = max(1, self._max_spans // PARTITION_COUNT)
        is_old = time.time() - partition.created > self._max_age / PARTITION_COUNT
        return (
            partition.spans >= max_spans
            or partition.traces >= MAX_PARTITION_TRACES
            or (is_old and partition.traces > 0)
        )

    def _drop_old(self) -> None:
        while len(self.all) > 1:
            oldest = self.all[0]
            spans = sum(partition.spans for partition in self.all)
            too_many = spans > self._max_spans and spans > oldest.spans  # never drop all there is
            if not too_many and time.time() - oldest.written <= self._max_age:
                return
            self.all = self.all[1:]
            self.dropped_spans += oldest.spans
            oldest.delete()

    def _open(self) -> list[Partition]:
        paths = sorted(path for path in self._folder.glob("[0-9]*.db") if path.stem.isdigit())
        opened = (open_or_quarantine(path, Partition) for path in paths)
        partitions = [partition for partition in opened if partition is not None]
        for partition in partitions[:-1]:
            if not partition.sealed:
                seal(partition)
        if not partitions or partitions[-1].sealed:
            last = int(paths[-1].stem) if paths else 0
            partitions.append(self._create(last + 1))
        return partitions

    def _create(self, number: int) -> Partition:
        partition = Partition(self._folder / f"{number:06d}.db")
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # or the new file's name may be lost in a power failure
        finally:
            os.close(folder)
        return partition
