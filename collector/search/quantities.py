"""Numbers and durations as people write them: `1,5s`, `200 ms`, `1m30s`, `2 minutes`, `1,000`."""

from __future__ import annotations

import re

from collector import limits

_S = 10**9
_UNITS_NS = {
    1: "ns nsec nsecs nanosecond nanoseconds",
    1_000: "us μs usec usecs microsecond microseconds",
    1_000_000: "ms msec msecs millis millisecond milliseconds",
    _S: "s sec secs second seconds",
    60 * _S: "m min mins minute minutes",
    3_600 * _S: "h hr hrs hour hours",
    86_400 * _S: "d day days",
}
_NS_OF = {name: ns for ns, names in _UNITS_NS.items() for name in names.split()}

_DIGITS = re.compile(r"[.,]?\d[\d.,]{0,30}")
_GROUPS_AND_POINT = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+")
_GROUPS_AND_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+")
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
_WITH_COMMA = re.compile(r"\d*,\d+")
_WITH_POINT = re.compile(r"\d+|\d*\.\d+")
_PART = re.compile(r"([.,]?\d[\d.,]{0,30})([a-zμ]*)")
_MAX_WHOLE_DIGITS = 18
_MAX_PARTS = 6


class UnclearError(Exception):
    """A quantity that has several meanings, or none."""

    def __init__(self, problem: str, *meant: str) -> None:
        """`meant` are the quantities that may be meant."""
        super().__init__(problem)
        self.meant = meant


def number(text: str) -> str:
    """Return a number with a decimal point, if any, and nothing between groups of digits.

    Raises `UnclearError` if it is not a number, or could be two: `1,500` is one and a half in some
    countries.
    """
    readings = _readings(text)
    if not readings:
        raise UnclearError(f"{text[:40]!r} is not a number")
    if len(readings) > 1:
        raise UnclearError(f"{text} is {' or '.join(readings)}", *readings)
    return readings[0]


def whole_number(text: str) -> int:
    """Return a whole number. Raises `UnclearError` if it is not one."""
    digits = text.replace(",", "") if _GROUPS.fullmatch(text) else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_WHOLE_DIGITS):
        raise UnclearError(f"{text[:40]!r} is not a whole number")
    return int(digits)


def duration_ns(text: str, unit: str = "") -> int:
    """Return a duration in nanoseconds. `unit` is what a number without one is in; "" if it must
    have one.

    Raises `UnclearError` if it is not a duration, or could be two.
    """
    folded = text.casefold()
    parts = list(_PART.finditer(folded))
    if not parts or "".join(part[0] for part in parts) != folded or len(parts) > _MAX_PARTS:
        raise UnclearError(f"{text[:40]!r} is not a duration")
    if len(parts) > 1:
        return _capped(sum(_part_ns(part[1], part[2]) for part in parts))
    digits, own_unit = parts[0].groups()
    try:
        return _capped(_part_ns(digits, own_unit or unit))
    except UnclearError as unclear:
        if own_unit in _NS_OF:
            meant = [f"{reading}{own_unit}" for reading in unclear.meant]
            raise UnclearError(str(unclear), *meant) from None
        raise


def _part_ns(digits: str, unit: str) -> int:
    if unit not in _NS_OF:
        problem = f"{unit} is not a unit" if unit else "the unit is missing"
        meant = [
            f"{reading}{likely}" for reading in _readings(digits)[:1] for likely in ("ms", "s")
        ]
        raise UnclearError(f"{problem}; use ns, us, ms, s, min or h", *meant)
    whole, _, fraction = number(digits).partition(".")
    if len(whole) > _MAX_WHOLE_DIGITS:
        raise UnclearError(f"{digits} is too large")
    billionths = int(whole or "0") * 10**9 + int(fraction[:9].ljust(9, "0"))
    return billionths * _NS_OF[unit] // 10**9


def _capped(nanoseconds: int) -> int:
    return min(nanoseconds, limits.NANOSECONDS)


def _readings(text: str) -> list[str]:
    """Return what a number can mean, with a decimal point; nothing if it is no number."""
    if not text.isascii() or not _DIGITS.fullmatch(text):
        return []
    if _WITH_POINT.fullmatch(text):
        return [text]
    if _GROUPS_AND_POINT.fullmatch(text):
        return [text.replace(",", "")]
    if _GROUPS_AND_COMMA.fullmatch(text):
        return [text.replace(".", "").replace(",", ".")]
    readings = []
    if _WITH_COMMA.fullmatch(text):
        whole, fraction = text.split(",")
        readings.append(f"{whole}.{fraction.rstrip('0') or '0'}")
    if _GROUPS.fullmatch(text):
        readings.append(text.replace(",", ""))
    return readings
