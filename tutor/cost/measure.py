"""Measuring what instrumentation costs: the app of lesson 1 beside the learner's, in turns.

All deliberate waits of the app are turned off: half a second of sleep, a tenth of it random, would
hide the fraction of a millisecond to be measured.
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
from tutor.child_process import running
from tutor.cost.learner_copy import LearnerCopy
from tutor.cost.record import Cost, lines_added
from tutor.cost.timing_logs import TimingLogs
from tutor.errors import NotReadyError
from tutor.paths import ROOT
from tutor.sandbox.hanging import HANG_S, hanging
from tutor.sandbox.target import Target
from tutor.sandbox.temporary_stack import TemporaryStack
from tutor.supervisor.app import App
from tutor.terminal import count

PATH = "/pair/beer?name=ipa"

MIN_TURNS = 10
"""Fewer answered turns say nothing."""

MAX_EXTRA_S = 60.0
"""How much longer than asked for Locust may take: it has to start, too."""

REQUESTS_WITH_WAITS = 3
"""How many requests are made before the waits are turned off: what a visitor sees."""


def measure(
    stack: TemporaryStack,
    plain: App,
    mine: LearnerCopy,
    seconds: float,
    progress: Callable[[str], None],
) -> Cost:
    """Measure for about `seconds`; `progress` is called with one line at a time.

    Raises `NotReadyError` if an app does not run, or answers with an error, and `CheckFailed` if
    the learner's code hangs.
    """
    with ExitStack() as end:
        progress("Starting both apps …")
        targets = []
        for app in (plain, mine.app):  # not both at once: whoever comes first fills the database
            running = stack.start(app)
            end.callback(running.stop)
            running.wait()
            targets.append(running.target)
        visitor_ms = median(request_times(targets[0], REQUESTS_WITH_WAITS))
        log_bytes = learners_log_bytes(targets[1], mine)
        for target in targets:
            for url in (target.web, target.taster):
                turn_off_waits(url)
        times = in_turns(targets, seconds, stack.folder, progress)
    return Cost(
        when=time.time(),
        requests=len(times["plain"]),
        visitor_ms=visitor_ms,
        plain_ms=median(times["plain"]),
        mine_ms=median(times["plain"]) + median(differences(times)),
        margin_ms=margin(differences(times)),
        log_bytes=log_bytes,
        lines=lines_added(plain.folder, mine.app.folder),
    )


def learners_log_bytes(target: Target, mine: LearnerCopy) -> int:
    """Return how many bytes a request adds to the learner's timing.log. Raises as
    `request_log_bytes` does, and `CheckFailed` if the code hangs."""
    try:
        return request_log_bytes(target, mine.logs)
    except http.LateError as problem:
        raise hanging("an answer", HANG_S, folder=mine.app.folder) or problem from None


def request_log_bytes(target: Target, logs: Sequence[Path]) -> int:
    """Return how many bytes a request adds to the timing.log of an app that has it in one of the
    folders `logs`. Raises `NotReadyError` if the app answers with an error."""
    log = TimingLogs(logs)
    request_times(target, REQUESTS_WITH_WAITS)
    return log.growth() // REQUESTS_WITH_WAITS


def request_times(target: Target, number: int) -> list[float]:
    """Return how long `number` pairings took, one after the other, in milliseconds.

    Raises `NotReadyError` if the app answers with an error.
    """
    answers = [http.get(target.web + PATH, timeout=HANG_S) for _ in range(number)]
    for answer in answers:
        if answer.status != 200:
            raise NotReadyError(f"{target.name} answered {answer.status}: {answer.text.strip()}")
    return [answer.seconds * 1000 for answer in answers]


def turn_off_waits(url: str) -> None:
    """Set to 0 all dials that are times in milliseconds."""
    dials = http.get(f"{url}/dials").json()["dials"]
    http.put(f"{url}/dials", {name: 0 for name in dials if name.endswith("_MS")})


def in_turns(
    targets: Sequence[Target], seconds: float, folder: Path, progress: Callable[[str], None]
) -> dict[str, list[float]]:
    """Let Locust send requests to both in turns; return the times in milliseconds, by `plain` and
    `mine`, with those of one turn at the same index.

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
    with (
        log.open("w") as log_file,
        running(
            command,
            cwd=ROOT,
            env={**os.environ, **addresses},
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=log_file,
        ) as locust,
    ):
        end = time.monotonic() + seconds
        while locust.poll() is None and time.monotonic() < end + MAX_EXTRA_S:
            left = max(end - time.monotonic(), 0)
            progress(f"Locust is trying both in turns, {left:.0f} s left …")
            time.sleep(0.2)
    if not output.exists():
        raise NotReadyError(f"Locust did not run:\n{log.read_text().strip()}")
    result = json.loads(output.read_text("utf-8"))
    if result["failure"]:
        raise NotReadyError(result["failure"])
    return whole_turns(result)


def whole_turns(times: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return the times without the first tenth, which warms everything up, and without an
    unfinished turn.

    Raises `NotReadyError` if there are fewer than `MIN_TURNS`.
    """
    turns = min(len(times["plain"]), len(times["mine"]))
    if turns < MIN_TURNS:
        raise NotReadyError(
            f"each app has answered {count(turns, 'request')} only: too few to say anything."
            " Measure for longer: ./workshop cost --run-time 60s"
        )
    return {name: times[name][turns // 10 : turns] for name in ("plain", "mine")}


def differences(times: dict[str, list[float]]) -> list[float]:
    """Return how much longer `mine` took in each turn, in milliseconds."""
    return [mine - plain for plain, mine in zip(times["plain"], times["mine"], strict=True)]


def margin(values: Sequence[float]) -> float:
    """Return how far the median of `values` may be off, with 95 % confidence.

    That is 1.96 standard errors. The standard error of a median is 1.253 standard deviations over
    √n, and a standard deviation is the interquartile range over 1.349 (both hold for a normal
    distribution; the interquartile range is not affected by the occasional slow request).
    """
    low, _, high = quantiles(values, n=4)
    return 1.96 * 1.253 * (high - low) / 1.349 / math.sqrt(len(values))
