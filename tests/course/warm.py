"""Apps that are forked from a process that has already imported their libraries.

Importing them again for each app takes most of its start. The app's own code, and the tracer with
all that it patches, are loaded by each app for itself, with its own environment.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import IO, Any

from tutor.paths import ROOT
from tutor.supervisor.child import Child

LIBRARIES = ["flask", "flask_sqlalchemy", "redis", "requests", "waitress.server"]


class WarmProcess:
    """`python SCRIPT`, with what the supervisor uses of `subprocess.Popen`."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code; None while it is running."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for its end; return the exit code."""
        self._process.join()
        return self._process.exitcode


class WarmChild(Child):
    """A child of a temporary stack; web and taster are forked. Where forking a program that has
    loaded a lot is not safe (macOS), and where code is reloaded, it is an ordinary child."""

    def spawn(self, log: IO[bytes]) -> Any:
        """Start its process, which writes to the file `log`, and return it."""
        script = self.service.command[-1]
        if sys.platform != "linux" or self.service.command != (sys.executable, script):
            return super().spawn(log)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([*LIBRARIES, __name__])
        env = {**os.environ, **self.service.env}
        process = context.Process(target=become, args=(script, env, log.name))
        process.start()
        return WarmProcess(process)


def become(script: str, env: Mapping[str, str], log: str) -> None:
    """Turn this process into `python SCRIPT`, in a session of its own."""
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output, stream.fileno())
    sys.argv = [script]
    sys.path[:0] = [str(Path(script).parent.absolute()), *env["PYTHONPATH"].split(os.pathsep)]
    runpy.run_path(script, run_name="__main__")
