"""Whether memory and open files stay as they are while the stack is in use, hour after hour.

A stack of its own, on free ports and in a temporary folder, gets a steady load: visitors of the
app, and a person who searches, opens traces, looks at every screen and watches traces arrive. At
every minute a line says what each process holds. A process is flat if the median of the last third
is at most 10 % above that of minutes 10 to 20 (of the second third, if there is less than half an
hour).

Before that there are three times as many visitors: the collector keeps the cards and sums of
the newest 10,000 traces in memory, and grows until it has met as many. Visits that the app has no
time for are skipped then, and not counted as failures.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

from bench.visitors import Visitors
from tutor import durations
from tutor.errors import NotReadyError
from tutor.ports import any_free
from tutor.supervisor import client, plan
from tutor.supervisor.process import ProcessId
from tutor.supervisor.state import StackState

EXAMPLES = """
examples:
  ./workshop bench soak                 an hour
  ./workshop bench soak --for 15m       a quarter of an hour: the last third against the second
  ./workshop bench soak --rate 14       twice as many visitors
"""
SAMPLE_S = 60.0
"""Time between two lines; runs shorter than `MIN_SAMPLES` minutes have that many lines, too."""
MIN_SAMPLES = 9
BASE_FROM_S, BASE_UNTIL_S = 600.0, 1200.0
"""What a run of half an hour or more is compared with: caches are full by then."""
WARM_UP_FACTOR = 3.0
"""How many times as many visitors there are until the time that the end is compared with."""
MAX_GROWTH = 0.10
SLACK_MB, SLACK_FILES = 2.0, 15.0
"""Growth that is never called one: a tenth of Redis is less than its noise, and a few visitors more
at the moment of the reading are a few connections more."""
MAX_FAILED_SHARE = 0.01


@dataclass(frozen=True)
class Reading:
    """What a process held at a moment, in seconds since the start of the run."""

    moment: float
    megabytes: float
    files: int


@dataclass
class Watched:
    """A process, and what it held so far."""

    name: str
    process: ProcessId
    readings: list[Reading] = field(default_factory=list)

    def read(self, moment: float) -> Reading | None:
        """Take a reading; None if the process is gone."""
        if not self.process.is_alive():
            return None
        try:
            seen = psutil.Process(self.process.pid)
            reading = Reading(moment, seen.memory_info().rss / 1e6, seen.num_fds())
        except psutil.Error:
            return None
        self.readings.append(reading)
        return reading


def main() -> int:
    """Run; return 0 if everything is flat, 1 if not, 130 if interrupted."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT is ignored where a shell says `&`
        signal.signal(number, _interrupt)
    try:
        with _own_stack() as stack:
            watched = [Watched("supervisor", stack.supervisor)] + [
                Watched(member.name, member.process) for member in stack.processes if member.process
            ]
            visitors = Visitors(stack.url("web") or "", stack.url("ui") or "", options.rate)
            visitors.start()
            try:
                _watch(watched, visitors, options.seconds)
            finally:
                print("Stopping …", flush=True)
                visitors.stop()
    except KeyboardInterrupt:
        print("Interrupted, so there is no verdict.")
        return 130
    except NotReadyError as problem:
        print(f"soak: {problem}", file=sys.stderr)
        return 3
    problems = verdicts(watched, options.seconds) + _failures(visitors)
    print("\n".join(problems) if problems else f"Flat: {_rule(options.seconds)}.")
    return 1 if problems else 0


def verdicts(watched: Sequence[Watched], run_s: float) -> list[str]:
    """Return a sentence for everything that is not flat, and for each process that ended."""
    problems = []
    for each in watched:
        last_moment = each.readings[-1].moment if each.readings else 0.0
        if last_moment < run_s - 1:
            when = durations.clock(last_moment)
            problems.append(f"{each.name} ended after {when}, or was restarted.")
            continue
        begin, end = _base(run_s)
        base = [reading for reading in each.readings if begin <= reading.moment <= end]
        last = [reading for reading in each.readings if reading.moment > run_s * 2 / 3]
        for what, values, slack in (("MB", "megabytes", SLACK_MB), ("files", "files", SLACK_FILES)):
            before = median(getattr(reading, values) for reading in base)
            after = median(getattr(reading, values) for reading in last)
            if after > before * (1 + MAX_GROWTH) and after > before + slack:
                problems.append(
                    f"Not flat: {each.name} went from {before:.0f} to {after:.0f} {what}"
                    f" ({_rule(run_s)})."
                )
    return problems


def _base(run_s: float) -> tuple[float, float]:
    """Return the time that the last third is compared with, in seconds since the start."""
    return (BASE_FROM_S, BASE_UNTIL_S) if run_s >= 1800 else (run_s / 3, run_s * 2 / 3)


def _rule(run_s: float) -> str:
    begin, end = map(durations.clock, _base(run_s))
    return (
        f"median of the last third at most {MAX_GROWTH:.0%} above the median from {begin} to {end}"
    )


def _failures(visitors: Visitors) -> list[str]:
    counts = visitors.counts
    failed, skipped = counts["failed"], counts["skipped"]
    due = counts["made"] + skipped
    if failed + skipped <= MAX_FAILED_SHARE * due:
        return []
    return [
        f"The load did not get through: of {due} requests {failed} failed, and {skipped} were"
        " skipped because the app was busy."
    ]


def _watch(watched: Sequence[Watched], visitors: Visitors, run_s: float) -> None:
    """Print a line at every minute."""
    start = time.monotonic()
    step = min(SAMPLE_S, run_s / MIN_SAMPLES)
    print("MB and open files of each process")
    print("  time" + "".join(f"{each.name:>15}" for each in watched) + "   requests  failed")
    warm_up_s, _ = _base(run_s)
    usual = visitors.per_second
    visitors.per_second *= WARM_UP_FACTOR
    for number in range(1, round(run_s / step) + 1):
        time.sleep(max(0.0, start + number * step - time.monotonic()))
        if number * step >= warm_up_s and visitors.per_second > usual:
            visitors.per_second = usual
            visitors.counts["skipped"] = 0
        readings = [each.read(number * step) for each in watched]
        counts = visitors.counts
        cells = "".join(
            f"{reading.megabytes:>9.1f} {reading.files:>5}" if reading else f"{'gone':>15}"
            for reading in readings
        )
        lost = counts["failed"] + counts["skipped"]
        clock = durations.clock(number * step)
        print(f"{clock:>6}{cells}   {counts['made']:>8} {lost:>7}", flush=True)


@contextmanager
def _own_stack() -> Iterator[StackState]:
    """Run a stack on free ports until the block ends. Raises `NotReadyError` if it does not
    start."""
    with tempfile.TemporaryDirectory(prefix="workshop-soak-") as folder:
        os.environ["DATA_DIR"] = folder
        os.environ["DATABASE_URL"] = ""
        names = plan.members(load=False)
        ports = {name: any_free() for name in names}
        services = plan.services(ports, Path(folder))
        owner = ProcessId.of(os.getpid())
        print("Starting a stack of its own …", flush=True)
        stack = client.start(services, owner, lambda line: None)
        try:
            yield stack
        finally:
            client.stop(stack)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./workshop bench soak",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--for",
        dest="seconds",
        type=durations.seconds,
        default="60m",
        metavar="TIME",
        help="how long to run, e.g. 90s, 15m or 2h (default: 60m)",
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=7.0,
        metavar="N",
        help="visitors of the app per second (default: 7)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
