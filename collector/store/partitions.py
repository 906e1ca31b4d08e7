"""The partitions of a folder, oldest first: where a trace goes, when the next one begins, and when
the oldest is dropped."""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime, timezone
from pathlib import Path

import msgspec

from collector.counted import counted
from collector.log import Trouble, say
from collector.store import set_aside
from collector.store.append import flush_recent, seal
from collector.store.database import rename_database
from collector.store.file_errors import CannotOpenError, OtherVersionError, is_damage
from collector.store.partition import Partition
from collector.store.retention import Retention
from collector.store.salvage import is_sound, salvage

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
        """Open what is in the folder. `max_age` is in seconds.

        Raises `CannotOpenError` if a file cannot be used at present; nothing has changed then.
        """
        self._folder = folder
        self._max_spans = max_spans
        self._max_age = max_age
        self._retention = Retention(max_spans, max_age)
        self._trouble = Trouble()
        self._sound: set[int] = set()
        """Partitions, by number, that were suspected of damage without reason."""
        self.dropped_spans = 0
        """Spans dropped by retention since the start."""
        self.all: list[Partition] = []
        """Oldest first. The last one is active, the others are sealed. Replaced as a whole, never
        changed in place."""
        self.all = self._open()

    @property
    def active(self) -> Partition:
        """The partition that takes new traces."""
        return self.all[-1]

    def maintain(self) -> None:
        """Flush the recent index, begin a new partition, drop the oldest: whatever is due."""
        try:
            self._look_after_files()
            if self._is_full(self.active):
                if not self.active.sealed:
                    seal(self.active)
                self.all = [*self.all, self._create()]
            elif self.active.recent.spans >= MAX_RECENT_SPANS:
                flush_recent(self.active)
            self._drop_old()
        except (sqlite3.Error, OSError) as error:
            self._trouble.report(
                f"upkeep of {self._folder} failed and will be retried: {_reason(error)}"
            )
        else:
            self._trouble.over(f"upkeep of {self._folder} works again")

    def abandon(self, partition: Partition, reason: str) -> None:
        """Go on without a partition that is damaged or gone, and with what can be saved of it.

        Raises `OSError` or `sqlite3.Error` if a new one is needed and cannot be created.
        """
        in_place = partition.is_in_place()
        partition.close()
        saved = None
        if in_place:
            saved = self._save_what_is_left(set_aside.set_aside(partition.path, reason))
        else:
            lost = counted(partition.spans, "span")
            say(f"{partition.path} is gone, with {lost}; going on without it")
        was_active = partition is self.active
        others = [saved if other is partition else other for other in self.all]
        kept = [other for other in others if other is not None]
        self.all = kept or self.all  # there must be one to try, if the next one can't be created
        if was_active:
            self.all = [*kept, self._create()]

    def close(self) -> None:
        """Close all files."""
        for partition in self.all:
            partition.close()

    def _is_full(self, partition: Partition) -> bool:
        max_spans = max(1, self._max_spans // PARTITION_COUNT)
        is_old = time.time() - partition.created > self._max_age / PARTITION_COUNT
        return (
            partition.sealed  # but there was no room for a new one
            or partition.spans >= max_spans
            or partition.traces >= MAX_PARTITION_TRACES
            or (is_old and partition.traces > 0)
        )

    def _drop_old(self) -> None:
        while reason := self._retention.due(self.all):
            oldest = self.all[0]
            latest = datetime.fromtimestamp(oldest.latest, timezone.utc)
            self.all = self.all[1:]
            self.dropped_spans += oldest.spans
            say(
                f"dropping {oldest.path.name}, {counted(oldest.traces, 'trace')}, "
                f"{counted(oldest.spans, 'span')}, "
                f"until {latest:%Y-%m-%d %H:%M} UTC: {reason}"
            )
            oldest.delete()

    def _look_after_files(self) -> None:
        """Go on without the files that are gone or damaged: look at those that were suspected, and
        at one more that was opened without reading it, since spans wait to be stored meanwhile."""
        unread = next((each for each in self.all if not each.checked), None)
        for partition in self.all:
            if not partition.is_in_place():
                self.abandon(partition, "it is gone")
            elif partition.suspicion and partition.number not in self._sound:
                if is_sound(partition):
                    self._sound.add(partition.number)
                else:
                    self.abandon(partition, partition.suspicion)
            elif partition is unread and (problem := partition.check()):
                self.abandon(partition, problem)

    def _open(self) -> list[Partition]:
        partitions: list[Partition] = []
        try:
            self._finish_salvages()
            paths = self._folder.glob("[0-9]*.db")
            for path in sorted(path for path in paths if path.stem.isdigit()):
                if partition := self._open_or_salvage(path):
                    partitions.append(partition)
            for partition in partitions[:-1]:
                if not partition.sealed:
                    seal(partition)
            if not partitions or partitions[-1].sealed:
                partitions.append(self._create())
        except BaseException as error:
            for partition in partitions:
                partition.close()
            if isinstance(error, (sqlite3.Error, OSError)):
                raise CannotOpenError(self._folder, error) from None
            raise
        return partitions

    def _open_or_salvage(self, path: Path) -> Partition | None:
        """Open a partition, or what can be saved of it; None if that is nothing.

        Raises `CannotOpenError` if it cannot be used at present.
        """
        try:
            return Partition(path)
        except (sqlite3.Error, msgspec.DecodeError, OtherVersionError, OSError) as error:
            if not is_damage(error):
                raise CannotOpenError(path, error) from None
            return self._salvage(set_aside.set_aside(path, str(error)))

    def _finish_salvages(self) -> None:
        """Save what can be read of partitions that were set aside before and never looked at."""
        for broken in sorted(self._folder.glob(f"[0-9]*.db.*{set_aside.SUFFIX}")):
            if saved := self._salvage(broken):
                saved.close()  # it is opened with the others

    def _save_what_is_left(self, broken: Path) -> Partition | None:
        """Salvage while the collector runs, which must not fail for it."""
        try:
            return self._salvage(broken)
        except (sqlite3.Error, OSError) as error:
            say(f"{broken.name} cannot be saved now ({_reason(error)}); a restart will try again")
            return None

    def _salvage(self, broken: Path) -> Partition | None:
        """Save what can be read of a file that was set aside; None if that is nothing."""
        path = broken.with_name(f"{broken.name.split('.')[0]}.db")
        if not path.exists():  # else it was saved, and only the name of the other not yet changed
            say(f"{broken.name}: {salvage(broken, path)}")
        rename_database(broken, broken.with_suffix(".salvaged"))
        return Partition(path) if path.exists() else None

    def _create(self) -> Partition:
        """Create the next partition; its number was never another's, nor is any stranger's."""
        stems = [path.name.split(".")[0] for path in self._folder.glob("[0-9]*.db*")]
        numbers = [int(stem) for stem in stems if stem.isdigit()]
        numbers += [partition.number for partition in self.all]
        return Partition.create(self._folder / f"{max(numbers, default=0) + 1:06d}.db")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)
