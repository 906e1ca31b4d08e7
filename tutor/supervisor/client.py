"""The supervisor as a command sees it: start the stack, find it, stop it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence

import msgspec

from tutor.errors import NotReadyError
from tutor.paths import state_file
from tutor.supervisor import state
from tutor.supervisor.background_process import end, started
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
    options = msgspec.json.encode(StartOptions(list(services), owner, code)).decode()
    with started("tutor.supervisor", options, "supervisor.log", _abort) as supervisor:
        while supervisor.is_running():
            stack = current()
            if stack and stack.supervisor.pid == supervisor.pid:
                if stack.phase == "running":
                    supervisor.keep()
                    return stack
                progress(_progress(stack))
            time.sleep(0.05)
    failed = failure()
    raise NotReadyError(
        failed.problem if failed else supervisor.printed() or "the supervisor ended without a word"
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
    if not end(supervisor, SUPERVISOR_STOP_TIMEOUT_S) and (left := abandoned()):
        stop(left)


def _progress(stack: StackState) -> str:
    ready = sum(process.state == "running" for process in stack.processes)
    missing = [process.name for process in stack.processes if process.state != "running"]
    return f"Starting: {ready} of {len(stack.processes)} ready, waiting for {', '.join(missing)} …"
