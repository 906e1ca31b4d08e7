"""Processes on this machine, identified by more than their number.

The system reuses process numbers. So a process noted in a file is only ever signalled if the one
that has its number now was also started at the same moment.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tutor.errors import NotReadyError


@dataclass(frozen=True)
class ProcessId:
    """The identity of one process: its number and the mark of its start (see `start_mark`)."""

    pid: int
    mark: str

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """Return the identity of the process that has the number `pid` now.

        Raises `ProcessLookupError` if there is none.
        """
        mark = start_mark(pid)
        if mark is None:
            raise ProcessLookupError(pid)
        return cls(pid, mark)

    def is_alive(self) -> bool:
        """Return whether this very process is running (a zombie is not)."""
        return start_mark(self.pid) == self.mark

    def signal(self, number: int) -> None:
        """Send a signal to the process and to those it started, if it is still running.

        Every process of the stack leads a process group of its own. Raises `NotReadyError` if it
        belongs to another user.
        """
        if self.is_alive():
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                return
            except PermissionError:
                raise NotReadyError(
                    f"process {self.pid} belongs to another user: stop it as that user"
                    " (or with `sudo kill`)"
                ) from None


def start_mark(pid: int) -> str | None:
    """Return what tells this process from any other that had or will have its number, or None if it
    is gone.

    On Linux: the machine's boot and the clock tick of the start, from `/proc` (neither moves when
    the clock is set). Elsewhere: the time of the start.
    """
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()  # the name before it may contain anything
        if fields[0] in "ZX":
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{fields[19]}"
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.3f}"
    except psutil.Error:
        return None


def stop_all(processes: Collection[ProcessId], timeout_s: float) -> None:
    """Ask `processes` to end, and kill those that have not ended after `timeout_s` seconds."""
    for process in processes:
        process.signal(signal.SIGTERM)
    if not wait_gone(processes, timeout_s):
        for process in processes:
            process.signal(signal.SIGKILL)
        wait_gone(processes, timeout_s)


def wait_gone(processes: Collection[ProcessId], timeout_s: float) -> bool:
    """Wait until `processes` have ended; return False if one has not in `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while any(process.is_alive() for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
