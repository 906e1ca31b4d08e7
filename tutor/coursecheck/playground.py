"""A copy of the repository to play the course in, as a learner would: with a mine/ of its own, a
stack of its own on free ports, and the real `./workshop`.

Commands of lessons name the usual ports; they are rewritten to those of the stack, and back in what
the commands print.
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

from tutor.coursecheck.edits import Files
from tutor.errors import NotReadyError
from tutor.paths import ROOT, VENV
from tutor.ports import LOOPBACK, any_free
from tutor.sandbox.app_code import Code
from tutor.sandbox.running_code import wait_for_last_save
from tutor.sandbox.target import MINE, Target
from tutor.supervisor.plan import DEFAULT_PORTS

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".hypothesis", ".*_cache", "*.pyc.*", "data", "mine", "tests", "docs"
)
"""Compiled code is copied, or else a learner's app would compile its libraries at each start; but
not what is just being written."""
PATIENCE = 180
"""Seconds that a command may take."""


class Stopped(Exception):  # noqa: N818 (it is no error)
    """Somebody does not want it to go on."""


class Playground:
    """The copy, in `folder`. Nothing more is run once `stop` is set."""

    def __init__(self, folder: Path, stop: threading.Event) -> None:
        self.folder = folder
        self.stop = stop
        self.mine = folder / "mine"
        self.ports = {name: any_free() for name in DEFAULT_PORTS if name != "locust"}

    def workshop(self, *arguments: str) -> str:
        """Run `./workshop` with `arguments`; what it printed.

        Raises `NotReadyError` if it fails.
        """
        code, printed = self.run(" ".join(["./workshop", *arguments]))
        if code:
            raise NotReadyError(f"./workshop {' '.join(arguments)} failed:\n{printed}")
        return printed

    def up(self) -> None:
        """Start the stack with mine/; it ends with this process at the latest."""
        ports = [f"--{name}-port {port}" for name, port in self.ports.items()]
        self.workshop("up", "--mine", "--while", str(os.getpid()), *ports)

    def run(self, command: str) -> tuple[int, str]:
        """Type `command`; its exit code and all that it printed, as on a terminal without colour.

        Raises `NotReadyError` if it takes too long, `Stopped` if it is stopped.
        """
        shell = subprocess.Popen(
            ["sh", "-c", self._with_ports(command)],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < deadline:
                if self.stop.is_set():
                    raise Stopped
                with suppress(subprocess.TimeoutExpired):
                    printed, _ = shell.communicate(timeout=0.5)
                    return shell.returncode, self._without_ports(wiped(printed))
            raise NotReadyError(f"{command!r} did not end within {PATIENCE} s")
        finally:
            if shell.poll() is None:
                os.killpg(shell.pid, signal.SIGKILL)
                shell.communicate()

    def save(self, files: Mapping[str, str], known: Files) -> None:
        """Make the `known` files of mine/ just `files`, and wait until they run."""
        for name in known.keys() - files.keys():
            (self.mine / name).unlink()
        for name, text in files.items():
            if known.get(name) != text:
                (self.mine / name).write_text(text, "utf-8")
        wait_for_last_save(Code(self.mine))

    def target(self) -> Target:
        """The app that runs here, for probes."""
        urls = {
            name: f"http://{LOOPBACK}:{self.ports[name]}"
            for name in ("web", "taster", "collector", "ui")
        }
        return Target(MINE, self.mine, self.mine, **urls)

    def _with_ports(self, text: str) -> str:
        return _replaced(text, {DEFAULT_PORTS[name]: port for name, port in self.ports.items()})

    def _without_ports(self, text: str) -> str:
        return _replaced(text, {port: DEFAULT_PORTS[name] for name, port in self.ports.items()})


def wiped(printed: str) -> str:
    """What is left to be read on a terminal: there a status line, which ends in `…`, is wiped."""
    lines = printed.splitlines(keepends=True)
    return "".join(line for line in lines if not line.endswith(" …\n"))


def environment() -> dict[str, str]:
    """A new learner's: without colour, 100 columns wide, and nothing of the caller's own stack."""
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
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "100"}


def _replaced(text: str, ports: Mapping[int, int]) -> str:
    """`text` with the ports of addresses on this machine replaced."""
    return re.sub(
        r"(?<=localhost:|127\.0\.0\.1:)\d+",
        lambda found: str(ports.get(int(found[0]), found[0])),
        text,
    )


@contextmanager
def playground(stop: threading.Event | None = None) -> Iterator[Playground]:
    """A playground that lasts for the `with` block."""
    with TemporaryDirectory(prefix="workshop-") as parent:
        folder = Path(parent, "workshop")
        shutil.copytree(ROOT, folder, symlinks=True, ignore=LEFT_OUT)
        (folder / ".venv").symlink_to(VENV)
        made = Playground(folder, stop or threading.Event())
        try:
            yield made
        finally:
            made.stop = threading.Event()
            made.run("./workshop down")
