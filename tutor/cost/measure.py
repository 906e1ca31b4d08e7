"""Measuring what instrumentation costs: the app of lesson 1 beside the learner's, asked in turns.

All deliberate waits of the app are turned off for it: half a second of sleep, a tenth of it random,
would hide the fraction of a millisecond that is looked for.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from tutor import http
from tutor.cost.record import Cost, lines_added
from tutor.errors import NotReadyError
from tutor.paths import ROOT
from tutor.sandbox.target import Target
from tutor.sandbox.temporary_stack import TemporaryStack
from tutor.supervisor.app import App

PATH = "/pair/beer?name=ipa"

AS_VISITORS_SEE_IT = 3
"""Requests for which the waits are left as they are."""


def measure(
    ground: TemporaryStack, plain: App, mine: App, seconds: float, progress: Callable[[str], None]
) -> Cost:
    """Measure for about that long. `progress` is told what goes on.

    Raises `NotReadyError` if an app does not run, or answers with an error.
    """
    with ExitStack() as end:
        progress("Starting both apps …")
        both = [ground.start(app) for app in (plain, mine)]
        for app in both:
            end.callback(app.stop)
            app.wait()
        targets = [app.target for app in both]
        waiting, _ = (ask(target, AS_VISITORS_SEE_IT) for target in targets)
        log_bytes = size(targets[1]) // AS_VISITORS_SEE_IT
        for target in targets:
            for url in (target.web, target.taster):
                turn_off_waits(url)
        times = in_turns(targets, seconds, ground.folder, progress)
    return Cost(
        when=time.time(),
        requests=len(times["plain"]),
        visitor_ms=median(waiting),
        plain_ms=median(times["plain"]),
        mine_ms=median(times["plain"]) + median(differences(times)),
        margin_ms=margin(differences(times)),
        log_bytes=log_bytes,
        lines=lines_added(plain.folder, mine.folder),
    )


def ask(target: Target, count: int) -> list[float]:
    """The times of so many pairings, one after the other, in milliseconds."""
    answers = [http.get(target.web + PATH, timeout=30) for _ in range(count)]
    for answer in answers:
        if answer.status != 200:
            raise NotReadyError(f"{target.name} answered {answer.status}: {answer.text.strip()}")
    return [answer.seconds * 1000 for answer in answers]


def size(target: Target) -> int:
    """The bytes of its timing.log."""
    log = target.logs / "timing.log"
    return log.stat().st_size if log.exists() else 0


def turn_off_waits(url: str) -> None:
    """Turn all dials that are lengths of time in milliseconds to 0."""
    dials = http.get(f"{url}/dials").json()["dials"]
    http.put(f"{url}/dials", {name: 0 for name in dials if name.endswith("_MS")})


def in_turns(
    targets: Sequence[Target], seconds: float, folder: Path, progress: Callable[[str], None]
) -> dict[str, list[float]]:
    """Have Locust ask the two in turns; the times in milliseconds, those of one turn at one place.

    Raises `NotReadyError` if Locust does not run, or an app answers with an error.
    """
    output, log = folder / "times.json", folder / "locust.log"
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        "tutor/cost/alternating_locustfile.py",
        "--headless",
    ]
    command += ["--users", "1", "--run-time", f"{seconds:.0f}s", "--only-summary"]
    plain, mine = targets
    addresses = {"PLAIN_URL": plain.web, "MINE_URL": mine.web, "OUTPUT": str(output)}
    with log.open("w") as printed:
        locust = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **addresses},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
        )
    end = time.monotonic() + seconds
    try:
        while locust.poll() is None:
            left = max(end - time.monotonic(), 0)
            progress(f"Locust asks both in turns, {left:.0f} s left …")
            time.sleep(0.2)
    finally:
        locust.kill()
        locust.wait()
    if not output.exists():
        raise NotReadyError(f"Locust did not run:\n{log.read_text().strip()}")
    result = json.loads(output.read_text("utf-8"))
    if result["failure"]:
        raise NotReadyError(result["failure"])
    return whole_turns(result)


def whole_turns(times: dict[str, list[float]]) -> dict[str, list[float]]:
    """The times without the first tenth, in which everything is made for the first time, and
    without a turn that was not finished. Raises `NotReadyError` if too few are left."""
    count = min(len(times["plain"]), len(times["mine"]))
    if count < 10:
        raise NotReadyError(f"only {count} requests were answered: too few to say anything")
    return {name: times[name][count // 10 : count] for name in ("plain", "mine")}


def differences(times: dict[str, list[float]]) -> list[float]:
    """How much longer the second of each turn's two took, in milliseconds."""
    return [mine - plain for plain, mine in zip(times["plain"], times["mine"], strict=True)]


def margin(values: Sequence[float]) -> float:
    """How far their median may be off, with 95 % confidence: 1.96 standard errors, where that of a
    median is 1.253 deviations over √n, and a deviation the middle half's width over 1.349 (both
    hold for a normal distribution; the middle half does not mind the odd slow request)."""
    low, _, high = quantiles(values, n=4)
    return 1.96 * 1.253 * (high - low) / 1.349 / math.sqrt(len(values))
