"""timing.log: the lines that the app wrote while it answered, and the times that they name.

Learners choose how a line looks, so a time is found however it is written: `0.412 seconds`,
`412 ms`, `took=0.412`, `"duration_ms": 412.3`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from tutor.terminal import count

QUIET_S = 0.15
"""The time without a new line after which a request is taken to have written all of its lines."""

TIMEOUT_S = 1.5
"""The time after which the lines written so far must do."""

MAX_OVERHEAD_S = 0.25
"""How much of a quick request may be spent on its way and in the server, outside the function that
was timed: much, if the machine is busy with other things."""

SECONDS_PER_UNIT = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), 1e-9),
}
UNIT = "|".join(sorted(SECONDS_PER_UNIT, key=len, reverse=True))
NUMBER = r"\d+(?:\.\d+)?(?:[eE]-?\d+)?"
WITH_UNIT = re.compile(rf"(?<![\w.:])({NUMBER})\s?({UNIT})(?!\w)")
AFTER_UNIT = re.compile(rf"(?:\b|_)({UNIT})\"?\s*[=:]\s*({NUMBER})(?![\w.:])")
BARE = re.compile(rf"(?<![\w.:,/-])({NUMBER})(?![\w:/-]|[.,]\d)")


class TimingLog:
    """The file `timing.log` in one folder. It need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "timing.log"

    def mark(self) -> int:
        """Return the place where the next line will begin, in bytes."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def settled_lines(self, mark: int) -> list[str]:
        """Return the lines written after `mark`, once no more come (see `QUIET_S`)."""
        deadline = time.monotonic() + TIMEOUT_S
        end, quiet_since = self.mark(), time.monotonic()
        while time.monotonic() < min(quiet_since + QUIET_S, deadline):
            time.sleep(0.02)
            if self.mark() != end:
                end, quiet_since = self.mark(), time.monotonic()
        return self.lines(mark)

    def lines(self, mark: int = 0) -> list[str]:
        """Return the lines written after `mark` so far."""
        try:
            with self.path.open("rb") as log:
                was_emptied = log.seek(0, os.SEEK_END) < mark
                log.seek(0 if was_emptied else mark)
                text = log.read()
        except FileNotFoundError:
            return []
        return text.decode("utf-8", "replace").splitlines()


def none_about(lines: Sequence[str], what: str) -> str:
    """Say that there are lines, but none about `what`: `1 line, which is not about pair`."""
    if len(lines) == 1:
        return f"1 line, which is not about {what}"
    return f"{count(len(lines), 'line')}, none of them about {what}" if lines else "no line"


def times_in(line: str) -> list[float]:
    """Return every time that `line` may be naming, in seconds, the likeliest first: that is the
    last one in the line.

    Where no number has a unit, each may be in seconds or in milliseconds, so it is listed as both.
    Dates, clock times and ids are left out.
    """
    plain = [float(number) * SECONDS_PER_UNIT[unit] for number, unit in WITH_UNIT.findall(line)]
    keyed = [float(number) * SECONDS_PER_UNIT[unit] for unit, number in AFTER_UNIT.findall(line)]
    if plain or keyed:
        return plain[::-1] + keyed[::-1]
    bare = [float(number) for number in BARE.findall(line) if len(number) < 15]
    return [value * unit for value in bare[::-1] for unit in (1, 1e-3)]


def time_in(line: str) -> float | None:
    """Return the likeliest of `times_in(line)`, in seconds; None if the line names no time."""
    return next(iter(times_in(line)), None)


def names_time(line: str, seconds: float) -> bool:
    """Return whether `line` names a time that fits a request which took `seconds`: at most as much,
    give or take a quarter or 50 ms, and at least as much without a quarter or `MAX_OVERHEAD_S`."""
    longest = seconds + max(seconds / 4, 0.05)
    shortest = seconds - max(seconds / 4, MAX_OVERHEAD_S)
    return any(shortest <= time_named <= longest for time_named in times_in(line))
