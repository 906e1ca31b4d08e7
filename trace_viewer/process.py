"""A room that runs as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from trace_viewer.ports import connection_to

HERE = Path(__file__).resolve().parent
ROOMS = HERE / "rooms" if (HERE / "rooms").is_dir() else HERE.parent
"""Where the rooms are: in what is installed they are kept apart, in the repository beside us."""
STOP_TIMEOUT_S = 8.0
"""How long a room may take to end when asked to; Docker gives us 10 s for all."""
PING_TIMEOUT_S = 0.5
HEAD_BYTES = 4096


class Process:
    """A room that runs until it is stopped, or its viewer ends. Raises `OSError` if it cannot be
    started."""

    def __init__(
        self, room: str, host: str, port: int, options: list[str], env: Mapping[str, str]
    ) -> None:
        self.name = room
        self._host, self._port = host, port
        self._id = os.urandom(8).hex()
        where = ["--host", host, "--port", str(port)]
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "room.py"), str(ROOMS), room, *where, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # what is wrong it says on standard error, which is ours
            env={**os.environ, **env, "STACK_ID": self._id},
            start_new_session=True,  # a Ctrl-C in the terminal is for the viewer
        )

    def is_ready(self) -> bool:
        """Return whether it answers. Another program on its port is not taken for it."""
        try:
            with connection_to(self._host, self._port, PING_TIMEOUT_S) as connection:
                connection.sendall(b"GET /ping HTTP/1.0\r\nHost: localhost\r\n\r\n")
                head = connection.recv(HEAD_BYTES)
        except OSError:
            return False
        return b" 200 " in head.partition(b"\r\n")[0] and self._id.encode() in head

    def exit_code(self) -> int | None:
        """Return its exit code, None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Ask it to end, and kill it if it does not."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
