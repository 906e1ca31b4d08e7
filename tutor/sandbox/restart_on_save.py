"""A process that runs a script and restarts it on every save.

    python -m tutor.sandbox.restart_on_save mine/web.py

The script is restarted whenever a Python file of its folder changes. While it does not run, because
it is not valid Python, ended by itself, or hangs before it listens, an error server answers on its
port and says why, so the rest of the stack stays up and the next save can fix it. So can packages
that are installed at last.

The script must listen on PORT, answer `GET /ping`, and end on SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from tutor.errors import Exit
from tutor.failure import CheckFailed
from tutor.ports import LOOPBACK
from tutor.sandbox import reload_state, whereabouts
from tutor.sandbox.error_server import ErrorServer
from tutor.sandbox.script import Script
from tutor.stop_request import StopRequest
from tutor.terminal import printable_output

POLL_S = 0.1
"""The time between two looks at the folder."""

HANG_S = 8.0
"""The time after which a script that does not answer, and is busy in its own code, hangs."""

LOOK_AGAIN_S = 1.0
"""The time between the two looks that must find it there."""


def main(path: Path, host: str, port: int) -> int:
    """Run the script at `path` until SIGTERM or SIGINT; return the exit code."""
    stop = StopRequest()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    script = Script(path, port)
    try:
        while not stop.is_set():
            digest = settled_digest(script, stop)
            try:
                run(script, digest, stop)
            except CheckFailed as failure:
                if script.port_was_taken:
                    return Exit.NOT_READY
                serve_error(script, digest, failure, ErrorServer(host, port, failure), stop)
            if not stop.is_set():
                say(f"{path.stem}: {path.parent.name}/ has changed")
    finally:
        script.stop()
        reload_state.forget(path.parent, path.stem)
    return Exit.GOOD


def settled_digest(script: Script, stop: StopRequest) -> str:
    """Return the digest of the code, once it has stopped changing: editors write in several
    steps."""
    digest = script.code.digest()
    while not stop.wait(POLL_S) and script.code.digest() != digest:
        digest = script.code.digest()
    return digest


def run(script: Script, digest: str, stop: StopRequest) -> None:
    """Run the script until its code's digest is no longer `digest`, or until `stop` is set.

    Raises `CheckFailed` if it ends by itself, or hangs before it answers.
    """
    folder, name = script.path.parent, script.path.stem
    reload_state.write(folder, name, digest, "restarting")
    script.start()
    is_ready = False
    look_at, place = time.monotonic() + HANG_S, None
    try:
        while not stop.wait(POLL_S) and script.code.digest() == digest:
            if script.has_ended():
                raise script.failure(is_ready)
            if not is_ready and script.is_ready():
                reload_state.write(folder, name, digest, "running")
                is_ready = True
            if not is_ready and time.monotonic() > look_at:
                before, place = place, script.in_start()
                if place and before and place.function == before.function:
                    raise script.hanging(place, HANG_S)
                look_at = time.monotonic() + LOOK_AGAIN_S
            if whereabouts.is_asked(folder, name):
                whereabouts.answer(folder, name, script.in_requests())
    finally:
        reload_state.write(script.path.parent, script.path.stem, digest, "restarting")
        script.stop()


def serve_error(
    script: Script, digest: str, failure: CheckFailed, server: ErrorServer, stop: StopRequest
) -> None:
    """Let `server` answer until the code's digest is no longer `digest`, until packages come that
    the script may have missed, or until `stop` is set."""
    missing = missing_packages()
    say(f"{script.path.stem}: {failure.look}: {failure.seen}\n{failure.detail}")
    reload_state.write(script.path.parent, script.path.stem, digest, "broken")
    try:
        while not stop.wait(POLL_S) and script.code.digest() == digest:
            if missing_packages() != missing:
                break
    finally:
        reload_state.write(script.path.parent, script.path.stem, digest, "restarting")
        server.stop()


def missing_packages() -> list[str]:
    """Return the folders of PYTHONPATH that are not there: a lesson's packages, until it is
    begun."""
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [folder for folder in folders if not os.path.isdir(folder)]


def say(text: str) -> None:
    """Print a line, unless there is no room for it on the disk: the script runs on without."""
    with suppress(OSError):
        print(text, flush=True)


if __name__ == "__main__":
    host, port = os.environ.get("HOST") or LOOPBACK, int(os.environ["PORT"])
    with printable_output():
        sys.exit(main(Path(sys.argv[1]).resolve(), host, port))
