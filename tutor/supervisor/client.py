"""The supervisor seen from a command: start it, find it, stop it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import msgspec

from tutor.errors import NotReadyError
from tutor.paths import ROOT, log_dir, state_file
from tutor.supervisor import log_files, state
from tutor.supervisor.options import Options
from tutor.supervisor.process import ProcessId, stop_all
from tutor.supervisor.service import Service
from tutor.supervisor.state import StackState


def current() -> StackState | None:
    """The stack that runs now, from this data folder; None if none does."""
    found = state.read(state_file())
    return found if found and found.is_alive else None


def failure() -> StackState | None:
    """The stack that gave up, if that was the last thing that happened."""
    found = state.read(state_file())
    return found if found and not found.is_alive and found.phase == "failed" else None


def start(
    services: Sequence[Service],
    owner: ProcessId | None,
    progress: Callable[[str], None],
    code: str = "",
) -> StackState:
    """Start a stack in the background and wait until all of it is ready.

    `owner` is the process that it must not outlive, `progress` is told how far it is, `code` names
    the app among the services.
    Raises `NotReadyError` if it does not start. If the wait is interrupted the stack is stopped.
    """
    log_dir().mkdir(parents=True, exist_ok=True)
    path = log_dir() / "supervisor.log"
    log_files.trim(path)
    with path.open("ab") as output:
        begin = output.tell()
        options = msgspec.json.encode(Options(list(services), owner, code)).decode()
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "tutor.supervisor", options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    # It may outlive this process; while it does not, somebody has to take note of its end.
    threading.Thread(target=supervisor.wait, daemon=True).start()
    try:
        while supervisor.poll() is None:
            found = current()
            if found and found.supervisor.pid == supervisor.pid:
                if found.phase == "running":
                    return found
                progress(_progress(found))
            time.sleep(0.05)
    except BaseException:  # Ctrl-C too: nothing may be left running
        supervisor.terminate()
        supervisor.wait()
        raise
    failed = failure()
    said = "\n".join(log_files.last_lines(path, 12, begin))
    raise NotReadyError(failed.problem if failed else said or "the supervisor ended without a word")


def stop(running: StackState) -> None:
    """Stop the stack `running`: ask its supervisor, and see to it that nothing is left."""
    stop_all([running.supervisor], patience=30)
    stop_all(running.leftovers(), patience=5)
    state_file().unlink(missing_ok=True)


def _progress(found: StackState) -> str:
    ready = sum(each.state == "running" for each in found.processes)
    missing = [each.name for each in found.processes if each.state != "running"]
    return f"Starting: {ready} of {len(found.processes)} ready, waiting for {', '.join(missing)} …"
