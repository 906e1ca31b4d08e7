"""Lengths of time as people write and read them: `1m30s`, `412 ms`."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

UNIT_S = {"h": 3600, "m": 60, "s": 1}

MAX_RUN_S = 600.0
"""The longest time for which a load may run."""


def seconds(text: str) -> float:
    """Return `"90"`, `"30s"`, `"1m30s"` or `"2h"` in seconds.

    Raises `ArgumentTypeError` (for argparse) if it is not a length of time greater than zero.
    """
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", text.strip())
    lengths = zip(parts.groups(), UNIT_S.values(), strict=True) if parts else ()
    total = sum(float(number) * length for number, length in lengths if number)
    if not total:
        raise ArgumentTypeError(f"{text!r} is not a length of time; write 30s, 2m or 1m30s")
    return total


def run_time(text: str) -> float:
    """Return the time for which a load is to run, in seconds.

    Raises `ArgumentTypeError` if it is not a length of time, or longer than `MAX_RUN_S`.
    """
    length = seconds(text)
    if length > MAX_RUN_S:
        raise ArgumentTypeError(f"{text!r} is longer than {MAX_RUN_S / 60:.0f} minutes")
    return length


def clock(length: float) -> str:
    """Return seconds as minutes and seconds, `1:05`."""
    return f"{int(length) // 60}:{int(length) % 60:02}"


def readable(nanoseconds: float | None) -> str:
    """Return nanoseconds in a fitting unit, `412 ms`, or `-` for None."""
    if nanoseconds is None:
        return "-"
    for unit, length in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= length:
            value = nanoseconds / length
            return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
    return f"{nanoseconds:.0f} ns"
