"""Lengths of time as people write and read them."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

UNITS = {"h": 3600, "m": 60, "s": 1}

LONGEST_RUN = 600.0
"""Seconds."""


def seconds(text: str) -> float:
    """`"90"`, `"30s"`, `"1m30s"` or `"2h"` in seconds.

    Raises `ArgumentTypeError` (for argparse) if it is no length of time greater than zero.
    """
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", text.strip())
    lengths = zip(parts.groups(), UNITS.values(), strict=True) if parts else ()
    total = sum(float(number) * length for number, length in lengths if number)
    if not total:
        raise ArgumentTypeError(f"{text!r} is no length of time; write 30s, 2m or 1m30s")
    return total


def run_time(text: str) -> float:
    """A length of time, in seconds, for which a load may run: it must end soon enough.

    Raises `ArgumentTypeError` as `seconds` does.
    """
    length = seconds(text)
    if length > LONGEST_RUN:
        raise ArgumentTypeError(f"{text!r} is longer than {LONGEST_RUN / 60:.0f} minutes")
    return length


def clock(length: float) -> str:
    """Seconds as minutes and seconds, `1:05`."""
    return f"{int(length) // 60}:{int(length) % 60:02}"


def readable(nanoseconds: float | None) -> str:
    """Nanoseconds in the unit that suits them, `412 ms`; `-` if there is nothing to show."""
    if nanoseconds is None:
        return "-"
    for unit, length in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= length:
            value = nanoseconds / length
            return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
    return f"{nanoseconds:.0f} ns"
