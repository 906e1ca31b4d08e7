"""The build that is running, in the background, for the learner to make requests to."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec

from tutor import private_files
from tutor.errors import NotReadyError
from tutor.file_errors import must_take_files
from tutor.interrupts import uninterrupted
from tutor.paths import ROOT, data_dir, log_dir
from tutor.supervisor.log_files import last_lines, trim
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
    fresh = state_file().with_suffix(".new")
    private_files.write(fresh, msgspec.json.format(msgspec.json.encode(running)) + b"\n")
    os.replace(fresh, state_file())


def start(number: int, urls: dict[str, str], progress: Callable[[str], None]) -> ExitStack:
    """Start build `number` in the background and wait until it answers.

    `urls` says where its traces go: to which `collector` and `ui`. Return what stops it again if
    the caller is interrupted: `pop_all` it once there is no need. Raises `NotReadyError` if it does
    not start.
    """
    must_take_files(data_dir())
    private_files.make_folder(log_dir())
    log_path = log_dir() / "challenge.log"
    trim(log_path)
    with open(log_path, "ab", opener=private_files.opener) as log, ExitStack() as failing:
        log_start = log.tell()
        with uninterrupted():
            host = subprocess.Popen(
                [sys.executable, "-m", "tutor.challenge.host", str(number)],
                cwd=ROOT,
                env={**os.environ, **{f"{name.upper()}_URL": url for name, url in urls.items()}},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            failing.callback(_end, host)
        # Reap it if it ends before this process does; it may well outlive this process.
        threading.Thread(target=host.wait, daemon=True).start()
        while host.poll() is None:
            running = current()
            if running and running.host.pid == host.pid:
                return failing.pop_all()
            progress(f"Starting build {number} …")
            time.sleep(0.05)
    printed = "\n".join(last_lines(log_path, 12, log_start))
    raise NotReadyError(printed or f"build {number} ended without a word")


def stop(running: RunningBuild) -> None:
    """Stop a build: ask its host to, then stop whatever is left."""
    stop_all([running.host], STOP_TIMEOUT_S)
    stop_all([process for process in running.processes if process.is_alive()], STOP_TIMEOUT_S)
    state_file().unlink(missing_ok=True)


def _all(running: RunningBuild) -> list[ProcessId]:
    return [running.host, *running.processes]


def _end(host: subprocess.Popen[bytes]) -> None:
    host.terminate()
    try:
        host.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        host.kill()
        host.wait()
