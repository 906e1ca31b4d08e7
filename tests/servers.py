"""Starting the project's servers for a test, each a real process on a free port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

ROOT = Path(__file__).resolve().parent.parent
LISTENING = re.compile(r"listening on (http://\S+?)/?$")


@dataclass
class Server:
    """A running server process: where it answers, and the process itself."""

    url: str
    process: subprocess.Popen[str]
    log: list[str]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])


@contextmanager
def running(
    *command: str,
    env: Mapping[str, str] | None = None,
    timeout: float = 20,
    python: str | Path = sys.executable,
) -> Iterator[Server]:
    """Run `python COMMAND` from the repository root until the block ends.

    The program must print `<name> listening on http://127.0.0.1:PORT`. At the end it is asked to
    stop (SIGTERM), and killed if it does not within 10 s.
    """
    process = subprocess.Popen(
        [python, "-u", *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    stdout = process.stdout
    lines: Queue[str] = Queue()
    log: list[str] = []

    def read() -> None:
        for line in stdout:
            log.append(line)
            lines.put(line)
        lines.put("")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield Server(_address(lines, log, command, timeout), process, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        stdout.close()


def _address(lines: Queue[str], log: list[str], command: tuple[str, ...], timeout: float) -> str:
    while True:
        try:
            line = lines.get(timeout=timeout)
        except Empty:
            raise AssertionError(f"{command} did not say where it is listening: {log}") from None
        if not line:
            raise AssertionError(f"{command} ended before it was listening: {''.join(log)}")
        if found := LISTENING.search(line.strip()):
            return found[1]
