"""The app under several tracers at once: a pair of services for each, and where their spans go."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path

from bench.dials import Services, process, started
from tutor.course import lesson_packages
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.paths import ROOT
from tutor.ports import any_free
from tutor.redis_server import find_redis_server

PACKAGES_OF_LESSON = 20
"""The lesson that brings the packages of the other tracers."""


class Stack:
    """Both services under one of the tracers."""

    def __init__(self, tracing: str, running: ExitStack, env: Mapping[str, str]) -> None:
        """Start them, until `running` ends."""
        self.tracing = tracing
        self._pids: list[int] = []
        urls = dict(env)
        for service in ("taster", "web"):
            command = (sys.executable, "-m", "bench.traced_app", service, tracing)
            popen = running.enter_context(process(*command, **urls))
            urls[f"{service.upper()}_URL"] = _address(popen, service, tracing)
            self._pids.append(popen.pid)
        self.web = urls["WEB_URL"]
        self.services = Services(self.web, urls["TASTER_URL"])

    def processor_s(self) -> float:
        """Return the processor time that both services have used so far, in seconds."""
        return sum(map(_processor_s, self._pids))


def _processor_s(pid: int) -> float:
    """Return the processor time of a process, in seconds.

    That is by its own clock, as `clock_getcpuclockid(3)` of Linux finds it, because the ticks in
    /proc are too coarse for a few pairings.
    """
    return time.clock_gettime(~pid << 3 | 2)


def _address(popen: subprocess.Popen[str], service: str, tracing: str) -> str:
    try:
        return started(popen)
    except SystemExit:
        raise NotReadyError(
            f"{service} did not start under {tracing!r}; to see why:"
            f" python -m bench.traced_app {service} {tracing!r}"
        ) from None


@contextmanager
def stacks(names: Sequence[str], with_collector: bool) -> Iterator[list[Stack]]:
    """Start the app under each of the tracers; stop all of it at the end of the block.

    Each has a database and a Redis database of its own: so all go through the same delays, which
    vary, but in the same way in each process.
    """
    packages = _packages()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        redis_port = any_free()
        redis = [str(find_redis_server()), "--port", f"{redis_port}", "--save", "", "--dir"]
        running.enter_context(process(*redis, str(folder), "--bind", "127.0.0.1"))
        far_end = _collector(running, folder) if with_collector else running.enter_context(_sink())
        started_stacks = []
        for number, name in enumerate(names):
            print(f"  starting the app: {name}", flush=True)
            env = {
                "PYTHONPATH": os.pathsep.join((str(ROOT), str(packages))),
                "DATA_DIR": str(folder / str(number)),
                "REDIS_URL": f"redis://127.0.0.1:{redis_port}/{number}",
                "COLLECTOR_URL": far_end,
                "PORT": "0",
            }
            started_stacks.append(Stack(name, running, env))
        yield started_stacks


def _packages() -> Path | None:
    """Return the folder with the other tracers, installed if they are not there."""
    lesson = Course().step(PACKAGES_OF_LESSON)
    lesson_packages.install(lesson)
    return lesson_packages.folder(lesson)


def _collector(running: ExitStack, folder: Path) -> str:
    """Start a collector, until `running` ends; return its address."""
    command = (sys.executable, "-m", "collector", "--port", "0", "--data", str(folder / "traces"))
    return started(running.enter_context(process(*command)))


@contextmanager
def _sink() -> Iterator[str]:
    """Run the sink in a process of its own; yield its address."""
    receiver, sender = Pipe(duplex=False)
    sinking = get_context("spawn").Process(target=_serve_sink, args=(sender,), daemon=True)
    sinking.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        sinking.terminate()
        sinking.join()


class Sink(BaseHTTPRequestHandler):
    """Reads whatever it is sent, and says that all is well."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        """Take spans."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_PUT(self) -> None:
        """Take spans."""
        self.do_POST()

    def do_GET(self) -> None:
        """Answer a client that wants to know what the server can do: nothing in particular."""
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _serve_sink(report: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    report.send(server.server_port)
    server.serve_forever()
