"""The supervisor as a command sees it: start the stack, find it, stop it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import msgspec

from tutor import private_files
from tutor.errors import NotReadyError
from tutor.file_errors import must_take_files
from tutor.interrupts import uninterrupted
from tutor.paths import ROOT, data_dir, log_dir, state_file
from tutor.supervisor import log_files, state
from tutor.supervisor.process import ProcessId, stop_all
from tutor.supervisor.service import Service
from tutor.supervisor.stack import STOP_ALL_TIMEOUT_S
from tutor.supervisor.state import StackState
from tutor.terminal import note

SUPERVISOR_STOP_TIMEOUT_S = STOP_ALL_TIMEOUT_S + 10
"""How long a supervisor may take to end: it stops its processes first."""


class StartOptions(msgspec.Struct):
    """What a supervisor is started with: the services to run, the process that they must not
    outlive (None: they run until told to stop), and the name of the app among them."""

    services: list[Service]
    owner: ProcessId | None = None
    code: str = ""


def current() -> StackState | None:
    """Return the stack that is running from this data folder, or None."""
    stack = state.read(state_file())
    return stack if stack and stack.is_alive else None


def abandoned() -> StackState | None:
    """Return the stack whose supervisor was killed and has left processes running, or None."""
    stack = state.read(state_file())
    return stack if stack and not stack.is_alive and stack.survivors() else None


def in_words(left: StackState) -> str:
    """Return what is to be said about an abandoned stack."""
    names = ", ".join(member.name for member in left.survivors())
    return f"The supervisor is gone; these still run: {names}. `./workshop down` stops them."


def tell_if_abandoned() -> None:
    """Print on stderr if the supervisor is gone while the stack still answers."""
    if not current() and (left := abandoned()):
        note(in_words(left))


def failure() -> StackState | None:
    """Return the last stack if it gave up and nothing was started since, or None."""
    stack = state.read(state_file())
    return stack if stack and not stack.is_alive and stack.phase == "failed" else None


def start(
    services: Sequence[Service],
    owner: ProcessId | None,
    progress: Callable[[str], None],
    code: str = "",
) -> StackState:
    """Start a stack in the background and wait until all of it is ready.

    `owner` is the process that it must not outlive, `progress` is called with one line at a time,
    and `code` names the app among the services.

    Raises `NotReadyError` if it does not start, `OSError` if nothing can be written to the data
    folder. If the wait is interrupted, the stack is stopped.
    """
    must_take_files(data_dir())
    private_files.make_folder(log_dir())
    path = log_dir() / "supervisor.log"
    log_files.trim(path)
    options = msgspec.json.encode(StartOptions(list(services), owner, code)).decode()
    with open(path, "ab", opener=private_files.opener) as log, ExitStack() as failing:
        log_start = log.tell()
        with uninterrupted():
            supervisor = subprocess.Popen(
                [sys.executable, "-m", "tutor.supervisor", options],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            failing.callback(_abort, supervisor)
        # Reap it if it ends before this process does; it may well outlive this process.
        threading.Thread(target=supervisor.wait, daemon=True).start()
        while supervisor.poll() is None:
            stack = current()
            if stack and stack.supervisor.pid == supervisor.pid:
                if stack.phase == "running":
                    failing.pop_all()
                    return stack
                progress(_progress(stack))
            time.sleep(0.05)
    failed = failure()
    log_text = "\n".join(log_files.last_lines(path, 12, log_start))
    raise NotReadyError(
        failed.problem if failed else log_text or "the supervisor ended without a word"
    )


def stop(stack: StackState) -> None:
    """Stop `stack`: ask its supervisor, then stop whatever is left.

    Raises `NotReadyError` if it belongs to another user.
    """
    stop_all([stack.supervisor], SUPERVISOR_STOP_TIMEOUT_S)
    now = state.read(state_file())
    if now is None or now.supervisor == stack.supervisor:  # else another one was started meanwhile
        stop_all((now or stack).leftovers(), timeout_s=5)
        state_file().unlink(missing_ok=True)


def _abort(supervisor: subprocess.Popen[bytes]) -> None:
    """Stop a supervisor, and what it has started so far."""
    supervisor.terminate()
    try:
        supervisor.wait(SUPERVISOR_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
        if left := abandoned():
            stop(left)


def _progress(stack: StackState) -> str:
    ready = sum(process.state == "running" for process in stack.processes)
    missing = [process.name for process in stack.processes if process.state != "running"]
    return f"Starting: {ready} of {len(stack.processes)} ready, waiting for {', '.join(missing)} …"
