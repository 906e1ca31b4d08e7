"""Locust in a process of its own: started, watched while it runs, and stopped cleanly."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tutor import private_files
from tutor.child_process import kill, running
from tutor.errors import NotReadyError, UsageError
from tutor.interrupts import interruptible
from tutor.paths import ROOT, log_dir
from tutor.ports import LOOPBACK, any_free
from tutor.supervisor import log_files

Record = dict[str, Any]
"""A load run, as docs/api.md describes it."""

LOCUST = ("-m", "locust", "-f", "loadtest/locustfile.py", "--headless", "--only-summary")
QUIET = ("--loglevel", "ERROR", "--exit-code-on-error", "0")
REFUSED = 2
"""Locust's exit code if the load test refuses its options."""
END_TIMEOUT_S = 15.0
"""How long Locust may take to end at Ctrl-C: its last figures and spans take up to 5 s each."""


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
    with tempfile.TemporaryDirectory(prefix="workshop-load-") as folder, interruptible():
        file = Path(folder) / "run.json"
        command = [sys.executable, *LOCUST, *QUIET, *options, "--record", str(file)]
        path = log_dir() / "load.log"
        private_files.make_folder(path.parent)
        log_files.trim(path)
        with open(path, "ab", opener=private_files.opener) as log:
            log_start = log.tell()
            with running(
                [*command, *_spread(workers)],
                cwd=ROOT,
                env={**os.environ, **addresses, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            ) as process:
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
    """Wait for the end of Locust; return whether it was interrupted.

    Ctrl-C lets it end in good order. It is killed by a second one, or if it takes longer than
    `END_TIMEOUT_S`: Locust never ends if the first one meets it while it is starting.
    """
    deadline = math.inf
    while True:
        try:
            while process.poll() is None:
                if time.monotonic() > deadline:
                    kill(process)
                elif progress and (record := _read(file)):
                    progress(record)
                time.sleep(0.2)
            return deadline < math.inf
        except KeyboardInterrupt:
            if deadline < math.inf:
                deadline = 0
            else:
                process.send_signal(signal.SIGINT)
                deadline = time.monotonic() + END_TIMEOUT_S


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
