"""Measuring checkpoints in turns: first by a single visitor, then each under the same load.

The order of the checkpoints is turned round after each round (A B, B A, A B, …), so that whatever
else the machine does, and how it warms up, hits all of them alike.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tutor.compare.ratios import (
    ALONE,
    BURST,
    CROWDED,
    FIRST_BYTE,
    LAST_BYTE,
    REVIEWS,
    THROUGHPUT,
    Measured,
    Quantity,
)
from tutor.errors import NotReadyError
from tutor.load import locust, options
from tutor.paths import ROOT
from tutor.sandbox.checkpoints import RunningCheckpoint, RunningCheckpoints

PAIRING = "/pair/beer"
SLOWEST_ROUND = 60.0
"""Seconds that one round of the single visitor may take at one checkpoint."""

ASKED: dict[str, list[tuple[Quantity, str]]] = {
    PAIRING: [(ALONE, "last")],
    "burst": [(BURST, "last")],
    "/beers/<name>/reviews": [(REVIEWS, "last")],
    "/menu": [(FIRST_BYTE, "first"), (LAST_BYTE, "last")],
}
"""What the single visitor asks for, and what is measured of it."""

Progress = Callable[[str], None]


@dataclass
class Result:
    """What was measured, and what the traces of either part are marked with."""

    measured: Measured = field(default_factory=Measured)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    failures: list[str] = field(default_factory=list)
    """Checkpoints that answered with errors under load, in words."""

    @property
    def alone(self) -> str:
        """Marks what the single visitor asked for."""
        return f"{self.mark}-alone"

    @property
    def burst(self) -> str:
        """Marks the new pairings that the single visitor asked for at once."""
        return f"{self.mark}-burst"

    @property
    def crowded(self) -> str:
        """Marks what was asked for under load."""
        return f"{self.mark}-load"


def measure(ground: RunningCheckpoints, load: Namespace, rounds: int, progress: Progress) -> Result:
    """Measure all checkpoints; `load` (see `tutor.load.options`) is what each gets in every round.

    Raises `NotReadyError` if Locust does not run or an app does not answer.
    """
    result = Result()
    progress("A single visitor asks all of them in turns …")
    alone(ground, result, rounds)
    order = list(ground.checkpoints)
    for number in range(1, rounds + 1):
        for checkpoint in order:
            progress(f"Round {number} of {rounds}: {checkpoint.version} under load …")
            under_load(checkpoint, ground, load, result)
        order.reverse()
    return result


def alone(ground: RunningCheckpoints, result: Result, rounds: int) -> None:
    """Have one visitor ask all checkpoints for the same things, in turns."""
    checkpoints = ground.checkpoints
    with TemporaryDirectory(prefix="workshop-tour-") as folder:
        output = Path(folder) / "tour.json"
        told = {
            "APPS": json.dumps({each.version: each.target.web for each in checkpoints}),
            "OUTPUT": str(output),
            "ROUNDS": str(rounds),
            "MARK": result.mark,
            "COLLECTOR_URL": ground.collector,
            "PYTHONPATH": str(ROOT),
        }
        options = [
            "-f",
            "loadtest/comparison_locustfile.py",
            "--headless",
            "--users",
            "1",
            "--only-summary",
        ]
        done = subprocess.run(
            [sys.executable, "-m", "locust", *options, "--loglevel", "ERROR"],
            cwd=ROOT,
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            timeout=SLOWEST_ROUND * (rounds + 1) * len(checkpoints),
        )
        if not output.exists():
            raise NotReadyError(f"Locust did not run:\n{done.stderr[-2000:]}")
        found = json.loads(output.read_text("utf-8"))
    for checkpoint in checkpoints:
        mine = [each for each in found if each["app"] == checkpoint.version]
        for what, quantities in ASKED.items():
            for number in range(1, rounds + 1):
                times = [e for e in mine if (e["what"], e["round"]) == (what, number)]
                if not times and number == 1:
                    raise NotReadyError(f"{checkpoint.version} did not answer {what}")
                for quantity, byte in quantities if times else ():
                    value = median(each[byte] for each in times)
                    result.measured.add(checkpoint.version, quantity, value)


def under_load(
    checkpoint: RunningCheckpoint, ground: RunningCheckpoints, load: Namespace, result: Result
) -> None:
    """Put one checkpoint under load for one round."""
    target = checkpoint.target
    arguments = [*options.locust_options(load), "--host", target.web, "--mark", result.crowded]
    addresses = {
        "WEB_URL": target.web,
        "TASTER_URL": target.taster,
        "COLLECTOR_URL": ground.collector,
        "UI_URL": ground.ui,
    }
    record, interrupted = locust.run(arguments, addresses, load.workers)
    if interrupted:
        raise KeyboardInterrupt
    version, values = checkpoint.version, result.measured
    for route in record["routes"]:
        if route["name"] == PAIRING:
            values.add(version, CROWDED, route["p50"] / 1e9)
            values.add(version, THROUGHPUT, route["throughput"])
    result.failures += [f"{version}: {each['name']} {each['error']}" for each in record["errors"]]


def load_of(users: int, seconds: float, workers: int) -> Namespace:
    """Pairers only, who do not think: the most that so many visitors can ask for."""
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
