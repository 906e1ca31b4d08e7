"""What is running, written to `data/stack.json` so that other commands and terminals find it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tutor import private_files
from tutor.supervisor.process import ProcessId


class ProcessState(msgspec.Struct):
    """One process of the stack as the supervisor last saw it.

    `state` is that of `Child`; `process` is None while it is not running.
    """

    name: str
    state: str
    url: str
    log: str
    process: ProcessId | None
    crashes: int = 0


class StackState(msgspec.Struct):
    """The state of the whole stack.

    `phase` is `starting`, `running`, `stopping` or `failed`; `since` is when it was started, in
    seconds since 1970; `code` names the app that is running, `services/`; `problem` says why the
    stack failed, or what crashed last. `id` is random: each server answers `/ping` with it in the
    header `Workshop-Stack`, so that nobody takes another program on its port for it.
    """

    supervisor: ProcessId
    since: float
    phase: str
    processes: list[ProcessState]
    code: str = ""
    problem: str = ""
    id: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor is still running, so that this state is true."""
        return self.supervisor.is_alive()

    def url(self, name: str) -> str | None:
        """Return the address of the process `name`, or None if the stack has no such process."""
        return next((process.url for process in self.processes if process.name == name), None)

    def survivors(self) -> list[ProcessState]:
        """Return what it has of processes that are still running."""
        return [member for member in self.processes if member.process and member.process.is_alive()]

    def leftovers(self) -> list[ProcessId]:
        """Return the processes that are still running."""
        return [member.process for member in self.survivors() if member.process]


def write_if_changed(path: Path, state: StackState, written: bytes | None) -> bytes:
    """Write `state` unless it is what was `written` last; return what is in the file now.

    A reader sees the old file or the new one, never half of one.
    """
    text = msgspec.json.format(msgspec.json.encode(state)) + b"\n"
    if text != written:
        private_files.replace(path, text)
    return text


def read(path: Path) -> StackState | None:
    """Return the state written last, or None if there is none or it can't be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
