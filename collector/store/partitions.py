"""The partitions of a folder, oldest first: where a trace goes, when the next one begins, and when
the oldest is dropped."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from collector.store.append import TAIL_SPANS, fill, write_tail
from collector.store.partition import Partition
from collector.store.quarantine import open_or_set_aside, say, set_aside

PARTITIONS = 8
"""The spans to keep are spread over so many files; one of them is the least that can be dropped."""
PARTITION_TRACES = 65_536
"""A partition is full with so many traces, however few spans they have: memory knows each of
them while it is active."""


class Partitions:
    """Changed by the one thread that writes; others take the list as it is at a moment."""

    def __init__(self, folder: Path, max_spans: int, max_age: float) -> None:
        """Open what is in the folder. `max_age` is in seconds."""
        self._folder = folder
        self._max_spans = max_spans
        self._max_age = max_age
        self._complaint = ""
        self.dropped_spans = 0
        """By retention, since the start."""
        self.all = self._open()
        """Oldest first. The last one is active, the others are full. Never changed in place."""

    @property
    def active(self) -> Partition:
        """The one that takes new traces."""
        return self.all[-1]

    def home_of(self, trace_id: str) -> Partition:
        """The partition that has the trace, so that it stays whole; the active one for a new
        trace."""
        if trace_id not in self.active.rows:
            for partition in reversed(self.all[:-1]):
                if partition.may_hold(trace_id) and partition.find(trace_id):
                    return partition
        return self.active

    def tidy(self) -> None:
        """Write the tail down, begin a new partition, drop the oldest: whatever is due."""
        try:
            if self._is_full(self.active):
                fill(self.active)
                self.all = [*self.all, self._new(self.active.number + 1)]
            elif self.active.tail.spans >= TAIL_SPANS:
                write_tail(self.active)
            self._drop_old()
            self._complaint = ""
        except (sqlite3.Error, OSError) as error:
            if self._complaint != str(error):
                self._complaint = str(error)
                say(f"tidying {self._folder} failed and will be tried again: {error}")

    def give_up(self, partition: Partition, reason: str) -> None:
        """Go on without a partition that is damaged or gone. Raises `OSError` or
        `sqlite3.Error` if no new one can be made."""
        self._folder.mkdir(parents=True, exist_ok=True)
        set_aside(partition.path, reason)
        others = [other for other in self.all if other is not partition]
        if partition is self.active:
            others.append(self._new(partition.number + 1))
        self.all = others
        partition.close()

    def close(self) -> None:
        """Close all files."""
        for partition in self.all:
            partition.close()

    def _is_full(self, partition: Partition) -> bool:
        most = max(1, self._max_spans // PARTITIONS)
        old = time.time() - partition.created > self._max_age / PARTITIONS
        return (
            partition.spans >= most
            or partition.traces >= PARTITION_TRACES
            or (old and partition.traces > 0)
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
        opened = (open_or_set_aside(path, Partition) for path in paths)
        partitions = [partition for partition in opened if partition is not None]
        for partition in partitions[:-1]:
            if not partition.full:
                fill(partition)
        if not partitions or partitions[-1].full:
            last = int(paths[-1].stem) if paths else 0
            partitions.append(self._new(last + 1))
        return partitions

    def _new(self, number: int) -> Partition:
        partition = Partition(self._folder / f"{number:06d}.db")
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # else the new file's name may be lost with the power
        finally:
            os.close(folder)
        return partition
