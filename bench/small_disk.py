"""A disk that can be filled up without harm: a small tmpfs, or a limit on the size of files."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DISK_MEGABYTES = 96
LEFT_BYTES = 256 * 1024
"""Room on a full disk: enough to begin something, too little to finish it."""
FILE_BYTES = 1024 * 1024
"""The limit on files, where no disk may be mounted."""


class SmallDisk:
    """A folder on a disk that can be full for a while."""

    def __init__(self, folder: Path, mounted: bool) -> None:
        self.folder = folder
        self.mounted = mounted
        self.is_full = False
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave hardly any room: at once where it is mounted, else for programs started from now
        on."""
        self.is_full = True
        if self.mounted:
            state = os.statvfs(self.folder)
            size = max(0, state.f_bavail * state.f_frsize - LEFT_BYTES)
            with self._ballast.open("wb") as file, suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, size)

    def empty(self) -> None:
        """Have room again."""
        self.is_full = False
        self._ballast.unlink(missing_ok=True)

    def limit(self) -> Callable[[], None] | None:
        """What a program has to do before it begins, so that its disk is full, too."""
        if self.mounted or not self.is_full:
            return None
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mount a tmpfs on the folder until the block ends, if that is allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "crashes", str(folder)]
    mounted = False
    with suppress(OSError):
        mounted = os.geteuid() == 0 and not subprocess.run(command, capture_output=True).returncode
    try:
        yield SmallDisk(folder, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
