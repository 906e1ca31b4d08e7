"""What is running, written to `data/stack.json` so that other commands and terminals find it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tutor.supervisor.process import ProcessId


class ProcessState(msgspec.Struct):
    """One process of the stack, as last seen by the supervisor."""

    name: str
    state: str
    url: str
    log: str
    process: ProcessId | None
    crashes: int = 0


class StackState(msgspec.Struct):
    """The stack. `phase` is `starting`, `running`, `stopping` or `failed`; `since` is when it was
    started, in seconds since 1970; `code` names the app that runs, `services/`; `problem` says why
    it failed, or what crashed last."""

    supervisor: ProcessId
    since: float
    phase: str
    processes: list[ProcessState]
    code: str = ""
    problem: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor still runs, so that this state is true."""
        return self.supervisor.is_alive()

    def url(self, name: str) -> str | None:
        """Where the process `name` answers; None if the stack has no such process."""
        return next((each.url for each in self.processes if each.name == name), None)

    def leftovers(self) -> list[ProcessId]:
        """The processes that still run."""
        known = [each.process for each in self.processes if each.process]
        return [process for process in known if process.is_alive()]


def write_if_changed(path: Path, state: StackState, written: bytes | None) -> bytes:
    """Write `state` unless it is what was `written` last; returns what is in the file now.

    A reader sees the old file or the new one, never half of it.
    """
    text = msgspec.json.format(msgspec.json.encode(state)) + b"\n"
    if text != written:
        fresh = path.with_suffix(".new")
        fresh.write_bytes(text)
        os.replace(fresh, path)
    return text


def read(path: Path) -> StackState | None:
    """The state written last; None if there is none, or it can't be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
