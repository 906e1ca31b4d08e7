"""Numbers, durations and moments as text; `static/js/wording.js` writes them in the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timezone

UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
"""Units of durations, each with its size in ns."""

SIZE_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
"""Units of sizes, each with its bytes."""


def duration(ns: float | None) -> str:
    """Return a duration in nanoseconds with three significant digits: `412 ms`, `85.3 µs`; `–` if
    it is not known."""
    if ns is None:
        return "–"
    for size, unit in UNITS:
        if ns >= size * 0.9995 or unit == "ns":
            return f"{three_digits(ns / size)} {unit}"
    raise AssertionError("the last unit takes everything")


def between(bounds: Sequence[float | None]) -> str:
    """Return what is known of a duration: `380 to 455 ms`, `at least 380 ms` if there is no upper
    bound, `at most 455 ms` without a lower one (both ns), `too few to tell` without either."""
    low, high = bounds
    if low is None or high is None:
        known = low if high is None else high
        if known is None:
            return "too few to tell"
        return f"{'at least' if high is None else 'at most'} {duration(known)}"
    (shortest, unit), (longest, same_unit) = duration(low).split(" "), duration(high).split(" ")
    if (shortest, unit) == (longest, same_unit):
        return f"{longest} {unit}"
    return f"{shortest if unit == same_unit else duration(low)} to {longest} {same_unit}"


def time_span(ns: float) -> str:
    """Return a length of time (ns) that may be long: `31 min`, `5.1 h`, `2.1 days`."""
    for seconds, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if ns >= 2e9 * seconds:
            return f"{three_digits(ns / 1e9 / seconds)} {unit}"
    return duration(ns)


def signed(ns: float) -> str:
    """Return a difference of durations (ns) with its sign: `+41 ms`, `−310 ms`, `±0`."""
    if not ns:
        return "±0"
    return f"{'+' if ns > 0 else '−'}{duration(abs(ns))}"


def three_digits(value: float) -> str:
    """Return a number with three significant digits and no trailing zeros: `1.24`, `412`."""
    decimals = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: float) -> str:
    """Return a weighted count: whole from ten on, `12,345`; below with decimals, `1.5`."""
    if 0 < value < 0.005:
        return "<0.01"
    return f"{value:,.0f}" if value >= 9.95 or value == int(value) else three_digits(value)


def percent(share: float) -> str:
    """Return a share (0 to 1) with as many digits as it deserves: `40 %`, `0.3 %`, `<0.1 %`."""
    hundredths = share * 100
    if 0 < hundredths < 0.1:
        return "<0.1 %"
    return f"{hundredths:.{1 if 0 < hundredths < 9.95 else 0}f} %"


def signed_percent(share: float) -> str:
    """Return a relative difference (0.04 is 4 %) with its sign: `+4 %`, `−48 %`."""
    return f"{'+' if share > 0 else '−' if share < 0 else '±'}{percent(abs(share))}"


def rate(per_second: float) -> str:
    """Return a rate in the unit that reads best: `12 /s`, `3.5 /min`, `2 /h`."""
    for seconds, unit in ((1, "s"), (60, "min"), (3600, "h")):
        if per_second * seconds >= 0.995 or unit == "h":
            return f"{three_digits(per_second * seconds)} /{unit}"
    raise AssertionError("the last unit takes everything")


def size(size_bytes: float) -> str:
    """Return a number of bytes with three significant digits: `850 bytes`, `1.24 MB`."""
    for bytes_of_unit, unit in SIZE_UNITS:
        if size_bytes >= bytes_of_unit * 0.9995:
            return f"{three_digits(size_bytes / bytes_of_unit)} {unit}"
    return f"{size_bytes:.0f} bytes"


def count(number: int) -> str:
    """Return a whole number in groups of three digits: `12,345`."""
    return f"{number:,}"


def compact(number: int) -> str:
    """Return a whole number where there is little room: `999`, `2.5k`, `25k`."""
    return str(number) if number < 1000 else f"{three_digits(float(f'{number / 1000:.2g}'))}k"


def percentile(rank: float) -> str:
    """Return a rank (0 to 1) as a percentile: `p97`; the last hundredth in tenths: `p99.5`."""
    if 0.99 <= rank < 1:
        return f"p{math.floor(rank * 1000) / 10:.1f}"
    return f"p{math.floor(rank * 100)}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 span`, `12,345 spans`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def weighted(value: float, noun: str) -> str:
    """Return a weighted count with its noun: `1 call`, `0.5 calls`."""
    return f"{number(value)} {noun}" if value == 1 else f"{number(value)} {noun}s"


def moment(ns: str) -> str:
    """Return a moment (ns since 1970) as ISO 8601 in UTC to the millisecond, for `<time>`."""
    seconds, rest = divmod(int(ns), 10**9)
    when = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{rest // 10**6:03d}Z"


def clock(ns: str) -> str:
    """Return a moment (ns since 1970) for people: `2026-11-20 14:03:22.123 UTC`."""
    return moment(ns).replace("T", " ").replace("Z", " UTC")


def age(ns: str, now: int) -> str:
    """Return how long a moment was before `now` (both ns since 1970): `12 s`, `5 min`, `2 d`."""
    seconds = max(0, now - int(ns)) // 10**9
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
