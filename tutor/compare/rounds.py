"""Rounds of measurement: checkpoints take turns, first with a single visitor, then under load.

The order of the checkpoints is reversed after each round (A B, B A, A B, …), so that whatever else
the machine does, and how it warms up, affects all of them alike.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tutor import child_process
from tutor.compare.measurements import (
    ALONE,
    BURST,
    CROWDED,
    FIRST_BYTE,
    LAST_BYTE,
    REVIEWS,
    THROUGHPUT,
    Measurements,
    Quantity,
)
from tutor.errors import NotReadyError
from tutor.load import locust, options
from tutor.paths import ROOT
from tutor.sandbox.checkpoints import RunningCheckpoint, RunningCheckpoints

PAIRING = "/pair/beer"
MAX_ROUND_S = 60.0
"""How long one round of the single visitor may take at one checkpoint."""

VISITOR_REQUESTS: dict[str, list[tuple[Quantity, str]]] = {
    PAIRING: [(ALONE, "last")],
    "burst": [(BURST, "last")],
    "/beers/<name>/reviews": [(REVIEWS, "last")],
    "/menu": [(FIRST_BYTE, "first"), (LAST_BYTE, "last")],
}
"""What the single visitor requests, with the quantities measured and the byte they are measured
at."""

Progress = Callable[[str], None]


@dataclass
class Result:
    """What was measured, and the marks by which the traces of each part can be found."""

    measurements: Measurements = field(default_factory=Measurements)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    failures: list[str] = field(default_factory=list)
    """The errors with which checkpoints answered under load, in words."""

    @property
    def alone_mark(self) -> str:
        """The mark of what the single visitor requested one by one."""
        return f"{self.mark}-alone"

    @property
    def burst_mark(self) -> str:
        """The mark of the new pairings that the single visitor requested at once."""
        return f"{self.mark}-burst"

    @property
    def load_mark(self) -> str:
        """The mark of what was requested under load."""
        return f"{self.mark}-load"


def measure(
    running: RunningCheckpoints, load: Namespace, rounds: int, progress: Progress
) -> Result:
    """Measure all checkpoints, each under the same `load` (`tutor.load.options`) in every round.

    Raises `NotReadyError` if Locust does not run or an app does not answer.
    """
    result = Result()
    progress("A single visitor tries all of them in turns …")
    visit_alone(running, result, rounds)
    order = list(running.checkpoints)
    for number in range(1, rounds + 1):
        for checkpoint in order:
            progress(f"Round {number} of {rounds}: {checkpoint.version} under load …")
            put_under_load(checkpoint, running, load, result)
        order.reverse()
    return result


def visit_alone(running: RunningCheckpoints, result: Result, rounds: int) -> None:
    """Let one visitor make the same requests to all checkpoints, in turns.

    Raises `NotReadyError` if Locust does not run or an app does not answer.
    """
    samples = visit(running, result.mark, rounds)
    for checkpoint in running.checkpoints:
        own = [sample for sample in samples if sample["app"] == checkpoint.version]
        for what, quantities in VISITOR_REQUESTS.items():
            for number in range(1, rounds + 1):
                times = [time for time in own if (time["what"], time["round"]) == (what, number)]
                if not times and number == 1:
                    raise NotReadyError(f"{checkpoint.version} did not answer {what}")
                for quantity, byte in quantities if times else ():
                    value = median(time[byte] for time in times)
                    result.measurements.add(checkpoint.version, quantity, value)


def visit(running: RunningCheckpoints, mark: str, rounds: int) -> list[dict[str, Any]]:
    """Run the single visitor; return its samples (see `loadtest/comparison_locustfile.py`).

    Raises `NotReadyError` if Locust does not run.
    """
    apps = {checkpoint.version: checkpoint.target.web for checkpoint in running.checkpoints}
    with TemporaryDirectory(prefix="workshop-visit-") as folder:
        output = Path(folder) / "samples.json"
        env = {
            "APPS": json.dumps(apps),
            "OUTPUT": str(output),
            "ROUNDS": str(rounds),
            "MARK": mark,
            "COLLECTOR_URL": running.collector,
            "PYTHONPATH": str(ROOT),
        }
        arguments = "-f loadtest/comparison_locustfile.py --headless --users 1 --only-summary"
        log = Path(folder) / "locust.log"
        timeout_s = MAX_ROUND_S * (rounds + 1) * len(apps)
        with (
            log.open("wb") as log_file,
            child_process.running(
                [sys.executable, "-m", "locust", *arguments.split(), "--loglevel", "ERROR"],
                cwd=ROOT,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
            ) as locust_process,
            suppress(subprocess.TimeoutExpired),
        ):
            locust_process.wait(timeout_s)
        if not output.exists():
            printed = log.read_text("utf-8", "replace")[-2000:]
            raise NotReadyError(f"Locust did not finish within {timeout_s:.0f} s:\n{printed}")
        samples: list[dict[str, Any]] = json.loads(output.read_text("utf-8"))
        return samples


def put_under_load(
    checkpoint: RunningCheckpoint, running: RunningCheckpoints, load: Namespace, result: Result
) -> None:
    """Put one checkpoint under load for one round."""
    target = checkpoint.target
    arguments = [*options.locust_options(load), "--host", target.web, "--mark", result.load_mark]
    addresses = {
        "WEB_URL": target.web,
        "TASTER_URL": target.taster,
        "COLLECTOR_URL": running.collector,
        "UI_URL": running.ui,
    }
    record, interrupted = locust.run(arguments, addresses, load.workers)
    if interrupted:
        raise KeyboardInterrupt
    version, measurements = checkpoint.version, result.measurements
    for route in record["routes"]:
        if route["name"] == PAIRING:
            measurements.add(version, CROWDED, route["p50"] / 1e9)
            measurements.add(version, THROUGHPUT, route["throughput"])
    result.failures += [
        f"{version}: {error['name']} {error['error']}" for error in record["errors"]
    ]


def pairers_load(users: int, seconds: float, workers: int) -> Namespace:
    """Return the options of a load of pairers who do not think: as much as `users` can ask for."""
    return Namespace(
        users=users,
        run_time=seconds,
        shape="constant",
        visitors=["pairers"],
        think=0.0,
        rate=0.0,
        wave=5.0,
        note="",
        workers=workers,
    )
