"""A copy of the repository to play the course in as a learner would: with a mine/ of its own, a
stack of its own on free ports, and the real `./workshop`. Its path has a space, as many a path has.

Commands of lessons name the usual ports. What is typed is what `./workshop lesson` makes of them,
with the stack's ports; in what the commands print, the usual ones are put back.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tutor.course.real_ports import with_ports
from tutor.coursecheck.edits import Files
from tutor.errors import NotReadyError
from tutor.paths import ROOT, VENV
from tutor.ports import LOOPBACK, any_free
from tutor.sandbox.app_code import AppCode
from tutor.sandbox.reload_state import wait_for_last_save
from tutor.sandbox.target import Target
from tutor.supervisor.app import MINE
from tutor.supervisor.background_process import end
from tutor.supervisor.plan import DEFAULT_PORTS

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".hypothesis", ".*_cache", "*.pyc.*", "data", "mine", "tests", "docs"
)
"""Compiled code is copied, as a learner's app would compile our packages at each start otherwise;
but not what is just being written (`*.pyc.*`)."""

COMMAND_TIMEOUT_S = 180
BACKGROUND_END_S = 8.0
"""The time that a command which goes on may take to end when it is asked to."""

UP = re.compile(r"\./workshop up\b")

SECOND_BACKEND_PORTS = (8090, 8136)
"""The ports that lessons have a second backend listen on: its page's and its collector's."""


class Stopped(Exception):  # noqa: N818 (it is not an error)
    """`Playground.stop` was set while a command was running."""


class Playground:
    """The copy, in `folder`. No command runs any longer once `stop` is set."""

    def __init__(self, folder: Path, stop: threading.Event) -> None:
        self.folder = folder
        self.stop = stop
        self.mine = folder / "mine"
        self.ports = {name: any_free() for name in DEFAULT_PORTS if name != "locust"}
        self._ports_by_usual = {DEFAULT_PORTS[name]: port for name, port in self.ports.items()}
        self._ports_by_usual |= {usual: any_free() for usual in SECOND_BACKEND_PORTS}
        self._background: list[subprocess.Popen[bytes]] = []

    def workshop(self, *arguments: str) -> str:
        """Run `./workshop` with `arguments`; return what it printed.

        Raises `NotReadyError` if it fails.
        """
        code, printed = self.run(" ".join(["./workshop", *arguments]))
        if code:
            raise NotReadyError(f"./workshop {' '.join(arguments)} failed:\n{printed}")
        return printed

    def up(self, *code: str) -> str:
        """Start the stack with mine/, or with what `code` says (`--step 2`); return what was
        printed."""
        return self.workshop("up", *(code or ("--mine",)))

    def run(self, command: str) -> tuple[int, str]:
        """Type `command`; return its exit code and all that it printed, as on a terminal without
        colour. A stack that it starts has our ports, and ends with this process at the latest.

        Raises `NotReadyError` if it takes too long, `Stopped` if `stop` is set.
        """
        shell = subprocess.Popen(
            ["sh", "-c", UP.sub(self._up, self._with_ports(command))],
            cwd=self.folder,
            env=learner_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        deadline = time.monotonic() + COMMAND_TIMEOUT_S
        try:
            while time.monotonic() < deadline:
                if self.stop.is_set():
                    raise Stopped
                with suppress(subprocess.TimeoutExpired):
                    printed, _ = shell.communicate(timeout=0.5)
                    return shell.returncode, self._without_ports(without_status_lines(printed))
            raise NotReadyError(f"{command!r} did not end within {COMMAND_TIMEOUT_S} s")
        finally:
            if shell.poll() is None:
                os.killpg(shell.pid, signal.SIGKILL)
                shell.communicate()

    def start(self, command: str) -> None:
        """Type `command`, which goes on until the playground ends."""
        process = subprocess.Popen(
            ["sh", "-c", f"exec {self._with_ports(command)}"],
            cwd=self.folder,
            env=learner_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._background.append(process)

    def end(self) -> None:
        """End all that runs here."""
        for process in self._background:
            end(process, BACKGROUND_END_S)
        self.stop = threading.Event()
        self.run("./workshop down")

    def save(self, files: Mapping[str, str], before: Files) -> None:
        """Replace the files of mine/ that are `before` by `files`, and wait until they run."""
        for name in before.keys() - files.keys():
            (self.mine / name).unlink()
        for name, text in files.items():
            if before.get(name) != text:
                (self.mine / name).write_text(text, "utf-8")
        wait_for_last_save(AppCode(self.mine))

    def target(self) -> Target:
        """Return the app that is running here, for probes."""
        urls = {
            name: f"http://{LOOPBACK}:{self.ports[name]}"
            for name in ("web", "taster", "collector", "ui")
        }
        redis = os.environ.get("REDIS_URL") or f"redis://{LOOPBACK}:{self.ports['redis']}/0"
        return Target(MINE, self.mine, self.mine, redis=redis, printed={}, database=None, **urls)

    def _up(self, typed: re.Match[str]) -> str:
        ports = [f"--{name}-port {port}" for name, port in self.ports.items()]
        return " ".join([typed[0], "--while", str(os.getpid()), *ports])

    def _with_ports(self, text: str) -> str:
        return with_ports(text, self._ports_by_usual)

    def _without_ports(self, text: str) -> str:
        return with_ports(text, {port: usual for usual, port in self._ports_by_usual.items()})


def without_status_lines(printed: str) -> str:
    """Return what a terminal still shows at the end: not the status lines, which end in `…`."""
    lines = printed.splitlines(keepends=True)
    return "".join(line for line in lines if not line.endswith(" …\n"))


def learner_environment() -> dict[str, str]:
    """Return a new learner's environment: without colour, 100 columns wide, and without anything of
    the caller's own stack."""
    ours = {
        "DATA_DIR",
        "MINE_DIR",
        "STEPS_DIR",
        "DATABASE_URL",
        "LOG_DIR",
        "VERSION",
        "HOST",
        "PORT",
    }
    ours |= {f"{name.upper()}_URL" for name in DEFAULT_PORTS}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {**inherited, "NO_COLOR": "1", "COLUMNS": "100"}


@contextmanager
def playground(stop: threading.Event | None = None) -> Iterator[Playground]:
    """Make a playground for the `with` block. Set `stop` to end the commands that run in it."""
    with TemporaryDirectory(prefix="workshop-") as parent:
        folder = Path(parent, "a folder", "workshop")
        shutil.copytree(ROOT, folder, symlinks=True, ignore=NOT_COPIED)
        (folder / ".venv").symlink_to(VENV)
        made = Playground(folder, stop or threading.Event())
        try:
            yield made
        finally:
            made.end()
