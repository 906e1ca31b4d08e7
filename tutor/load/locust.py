"""Locust in a process of its own: started, watched while it runs, and stopped cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from tutor.errors import NotReadyError, UsageError
from tutor.paths import ROOT, log_dir
from tutor.ports import LOOPBACK, any_free
from tutor.supervisor import log_files

Record = dict[str, Any]
"""A load run, as docs/api.md describes it."""

LOCUST = ("-m", "locust", "-f", "loadtest/locustfile.py", "--headless", "--only-summary")
QUIET = ("--loglevel", "ERROR", "--exit-code-on-error", "0")
REFUSED = 2
"""Locust's exit code if the load test refuses its options."""


def run(
    options: Sequence[str],
    addresses: Mapping[str, str],
    workers: int = 1,
    progress: Callable[[Record], None] | None = None,
) -> tuple[Record, bool]:
    """Run Locust with `options` until its time is up, or Ctrl-C (or SIGTERM) ends it earlier.

    `addresses` are the variables that say where the others are (`WEB_URL`, …); `progress` is called
    about every second with the run so far. Return the record of the run, and whether it was
    interrupted.

    Raises `UsageError` if the load test refuses its options, `NotReadyError` if it does not run.
    """
    with tempfile.TemporaryDirectory(prefix="workshop-load-") as folder, _terminable():
        file = Path(folder) / "run.json"
        command = [sys.executable, *LOCUST, *QUIET, *options, "--record", str(file)]
        path = log_dir() / "load.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        log_files.trim(path)
        with path.open("ab") as log:
            log_start = log.tell()
            process = subprocess.Popen(
                [*command, *_spread(workers)],
                cwd=ROOT,
                env={**os.environ, **addresses, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches it once, from here
            )
            interrupted = _watch(process, file, progress)
        output = [line for line in log_files.last_lines(path, 8, log_start) if line.strip()]
        if process.returncode == REFUSED:
            raise UsageError("\n".join(output).removeprefix("loadtest: "))
        if record := _read(file):
            return record, interrupted
    if interrupted:
        raise KeyboardInterrupt
    raise NotReadyError("\n  ".join(["Locust did not run:", *output]))


def _watch(
    process: subprocess.Popen[bytes], file: Path, progress: Callable[[Record], None] | None
) -> bool:
    """Wait for the end of Locust; return whether it was interrupted. A second Ctrl-C kills it."""
    interrupted = False
    while True:
        try:
            while process.poll() is None:
                if progress and (record := _read(file)):
                    progress(record)
                time.sleep(0.2)
            return interrupted
        except KeyboardInterrupt:
            if interrupted:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.send_signal(signal.SIGINT)
            interrupted = True
        except BaseException:  # leave nothing running that nobody watches
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


def _spread(workers: int) -> list[str]:
    """Return Locust's options for a master with `workers` workers, which meet on a free port."""
    if workers == 1:
        return []
    port = str(any_free())
    return [
        *("--processes", str(workers), "--master-bind-host", LOOPBACK),
        *("--master-bind-port", port, "--master-port", port),
    ]


def _read(file: Path) -> Record | None:
    try:
        record: Record = json.loads(file.read_bytes())
        return record
    except FileNotFoundError:
        return None


@contextmanager
def _terminable() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C during the `with` block."""
    handler = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
