"""The whole stack: all of its processes, from start to stop."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tutor import private_files
from tutor.file_errors import explain
from tutor.stop_request import StopRequest
from tutor.supervisor import log_files, state
from tutor.supervisor.child import Child
from tutor.supervisor.log_files import LogKeeper
from tutor.supervisor.process import ProcessId
from tutor.supervisor.service import Service
from tutor.supervisor.state import ProcessState, StackState

MAX_RESTARTS = 3
"""How often a crashing process is restarted within `RESTART_WINDOW_S` before the stack gives up."""
RESTART_WINDOW_S = 60.0
"""The time over which crashes are counted: older ones are forgiven."""
STOP_ALL_TIMEOUT_S = 20.0
"""How long all processes together may take to end when asked to, before they are killed."""

APP_LOGS = ("access.log", "timing.log")
"""What the app writes to the folder that LOG_DIR names, which may be the learner's own."""


class Stack:
    """Services that run until told to stop; what crashes is restarted."""

    def __init__(
        self,
        services: Sequence[Service],
        state_file: Path,
        logs: Path,
        code: str = "",
        owner: ProcessId | None = None,
    ) -> None:
        private_files.make_folder(logs)
        stack_id = secrets.token_hex(8)
        self._children = [
            Child(identified(service, stack_id), logs / f"{service.name}.log")
            for service in services
        ]
        self._log_keeper = LogKeeper(lambda: logs_of(services, logs))
        self._owner = owner
        self._file = state_file
        self._state = StackState(
            ProcessId.of(os.getpid()), time.time(), "starting", [], code, id=stack_id
        )
        self._written: bytes | None = None
        self._unwritten = ""
        """Why the state can't be written at present, "" if it can."""

    def run(self, stop: StopRequest) -> str:
        """Start everything, watch it until `stop` is set or the owner is gone, and stop everything.

        Return why it gave up, or "" if it was told to stop. Raises `OSError`, with nothing started,
        if the state can't be written, because nobody could find what was started.
        """
        self._write_state()
        self._log_keeper.start()
        try:
            while not stop.is_set() and (self._owner is None or self._owner.is_alive()):
                problem = self._look_after_children()
                if problem:
                    return self._fail(problem)
                self._report()
                stop.wait(0.03 if self._state.phase == "starting" else 0.3)
            return ""
        finally:
            self._stop()

    def _look_after_children(self) -> str:
        """Start what can be started and restart what crashed; return why to give up, or ""."""
        for child in self._children:
            child.check()
            if child.is_late:
                return child.epitaph()
            if child.state in ("ended", "stuck") and (problem := self._restart(child)):
                return problem
            if child.state == "waiting" and self._has_what_it_needs(child):
                try:
                    child.start()
                except OSError as problem:
                    return f"{child.service.name} can't be started: {explain(problem)}"
                self._report()  # at once: whatever ends this process, the other one can be found
        if all(child.state == "running" for child in self._children):
            self._state.phase = "running"
        return ""

    def _has_what_it_needs(self, child: Child) -> bool:
        running = {other.service.name for other in self._children if other.state == "running"}
        return running.issuperset(child.service.needs)

    def _restart(self, child: Child) -> str:
        """Note a crash, or end what does not answer, and mark the process for a restart; return why
        there is no point, or ""."""
        epitaph = child.epitaph()
        if child.state == "stuck":
            log_files.say_in(child.log, f"{child.ending()}. The supervisor restarts it.")
            child.stop()
        if self._state.phase == "starting":
            return epitaph
        now = time.monotonic()
        child.crashes.append(now)
        if sum(now - crash < RESTART_WINDOW_S for crash in child.crashes) > MAX_RESTARTS:
            crashes = f"{MAX_RESTARTS + 1} times within {RESTART_WINDOW_S:.0f} s"
            return f"{child.service.name} failed {crashes}. {epitaph}"
        self._state.problem = f"{time.strftime('%H:%M:%S')} {epitaph}"
        log_files.say(f"{epitaph}\n  Restarting it.")
        child.state = "waiting"
        return ""

    def _fail(self, problem: str) -> str:
        self._state.phase, self._state.problem = "failed", problem
        log_files.say(f"Giving up: {problem}")
        return problem

    def _stop(self) -> None:
        failed = self._state.phase == "failed"
        if not failed:
            self._state.phase = "stopping"
            self._report()
        deadline = time.monotonic() + STOP_ALL_TIMEOUT_S
        for child in reversed(self._children):
            child.stop(limit_s=max(deadline - time.monotonic(), 0.1))
        self._log_keeper.stop()
        if failed:
            self._report()
            return
        try:
            self._file.unlink(missing_ok=True)
        except OSError as problem:
            log_files.say(f"What was running is gone, but {explain(problem)}")

    def _report(self) -> None:
        """Write the state to its file; where that fails say so once, and go on: those who are
        looked after don't depend on it."""
        try:
            self._write_state()
            self._unwritten = ""
        except OSError as problem:
            if self._unwritten != str(problem):
                log_files.say(f"The state of the stack can't be written: {explain(problem)}")
            self._unwritten = str(problem)

    def _write_state(self) -> None:
        """Write the state to its file, if anything has changed. Raises `OSError` if that fails."""
        self._state.processes = [
            ProcessState(
                child.service.name,
                child.state,
                child.service.url,
                str(child.log),
                child.process if child.state in ("starting", "running") else None,
                len(child.crashes),
            )
            for child in self._children
        ]
        self._written = state.write_if_changed(self._file, self._state, self._written)


def identified(service: Service, stack_id: str) -> Service:
    """Return `service` with a variable that says which stack it belongs to, for its `/ping`."""
    return replace(service, env={**service.env, "STACK_ID": stack_id})


def logs_of(services: Sequence[Service], folder: Path) -> list[Path]:
    """Return the logs that there are: all in `folder`, and what the app writes for its learner."""
    named = {Path(service.env.get("LOG_DIR", folder)) for service in services} - {folder}
    written = [folder / name for folder in named for name in APP_LOGS]
    return [*folder.glob("*.log"), *(path for path in written if path.exists())]
