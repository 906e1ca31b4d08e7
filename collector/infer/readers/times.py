"""Moments and durations as logs write them, in nanoseconds, and how exactly they are written."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from collector.infer.readers.lines import LineError
from collector.limits import NANOSECONDS

SECOND = 1_000_000_000
UNITS = {"s": SECOND, "ms": 1_000_000, "us": 1_000, "ns": 1}
"""Nanoseconds of each unit."""

NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,18})?"
ISO = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
"""A moment as in RFC 3339, or as Python's `logging` writes it. Without a zone it is local time."""
CLF = r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}[: ][0-9]{2}:[0-9]{2}:[0-9]{2}(?: [+-][0-9]{4})?"
"""A moment in the Common Log Format, or as Werkzeug writes it: then it is local time."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Time = tuple[int, int]
"""Nanoseconds, and by how many of them they may be off because of how they were written."""


def iso(text: str) -> Time:
    """Return a moment in the form of `ISO`. Raises `LineError` if there is no such moment."""
    whole, fraction, zone = text[:19], "", text[19:]
    if zone[:1] in (".", ","):
        digits = re.match(r"[0-9]*", zone[1:])
        fraction = digits[0] if digits else ""
        zone = zone[1 + len(fraction) :]
    seconds = _seconds(whole.replace("T", " "), zone.replace(":", ""))
    return _in_range(seconds * SECOND + int(fraction.ljust(9, "0") or 0)), 10 ** (9 - len(fraction))


def clf(text: str) -> Time:
    """Return a moment in the form of `CLF`. Raises `LineError` if there is no such moment."""
    day, month, year = text[:2], text[3:6], text[7:11]
    if month not in _MONTHS:
        raise LineError(f"there is no month {month}")
    number = _MONTHS.index(month) + 1
    seconds = _seconds(f"{year}-{number:02}-{day} {text[12:20]}", text[21:])
    return _in_range(seconds * SECOND), SECOND


def count(text: str, unit: str) -> Time:
    """Return a number in the form of `NUMBER`, of units since 1970 or of a duration.

    Raises `LineError` if it is larger than any time can be.
    """
    whole, _, fraction = text.partition(".")
    nanoseconds = UNITS[unit]
    scale = 10 ** len(fraction)
    value = (int(whole) * scale + int(fraction or 0)) * nanoseconds // scale
    return _in_range(value), max(1, nanoseconds // scale)


@lru_cache(maxsize=4096)
def _seconds(moment: str, zone: str) -> int:
    """Return the seconds from 1970 to a moment such as `2026-11-27 07:01:02`, with its zone."""
    try:
        local = datetime.fromisoformat(moment)
        if not zone:
            return int(local.timestamp())
        return int(local.replace(tzinfo=_zone(zone)).timestamp())
    except (ValueError, OverflowError, OSError):
        raise LineError(f"there is no moment {moment} {zone}".rstrip()) from None


def _zone(text: str) -> timezone:
    if text == "Z":
        return timezone.utc
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _in_range(nanoseconds: int) -> int:
    if 0 <= nanoseconds < NANOSECONDS:
        return nanoseconds
    raise LineError("its time is before 1970 or after 2116")
