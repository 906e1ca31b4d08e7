"""The build that is running, in the background, for the learner to make requests to."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec

from tutor import private_files
from tutor.errors import NotReadyError
from tutor.paths import data_dir
from tutor.supervisor.background_process import end, started
from tutor.supervisor.process import ProcessId, stop_all

STOP_TIMEOUT_S = 20.0


class RunningBuild(msgspec.Struct):
    """A build that runs: its `number`, where it answers, the process that looks after it, and those
    that this one has started."""

    number: int
    web: str
    host: ProcessId
    processes: list[ProcessId]


def state_file() -> Path:
    """Return the file that says which build is running."""
    return data_dir() / "challenge.json"


def current() -> RunningBuild | None:
    """Return the build that is running, or None."""
    try:
        running = msgspec.json.decode(state_file().read_bytes(), type=RunningBuild)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    return running if any(process.is_alive() for process in _all(running)) else None


def write(running: RunningBuild) -> None:
    """Note that a build is running; a reader never sees half of the note."""
    private_files.replace(state_file(), msgspec.json.format(msgspec.json.encode(running)) + b"\n")


def start(number: int, urls: dict[str, str], progress: Callable[[str], None]) -> ExitStack:
    """Start build `number` in the background and wait until it answers.

    `urls` says where its traces go: to which `collector` and `ui`. Return what stops it again if
    the caller is interrupted: `pop_all` it once there is no need. Raises `NotReadyError` if it does
    not start.
    """
    environment = {f"{name.upper()}_URL": url for name, url in urls.items()}
    with started("tutor.challenge.host", str(number), "challenge.log", _end, environment) as host:
        while host.is_running():
            running = current()
            if running and running.host.pid == host.pid:
                return host.keep()
            progress(f"Starting build {number} …")
            time.sleep(0.05)
    raise NotReadyError(host.printed() or f"build {number} ended without a word")


def stop(running: RunningBuild) -> None:
    """Stop a build: ask its host to, then stop whatever is left."""
    stop_all([running.host], STOP_TIMEOUT_S)
    stop_all([process for process in running.processes if process.is_alive()], STOP_TIMEOUT_S)
    state_file().unlink(missing_ok=True)


def _all(running: RunningBuild) -> list[ProcessId]:
    return [running.host, *running.processes]


def _end(host: subprocess.Popen[bytes]) -> None:
    end(host, STOP_TIMEOUT_S)
