"""A comparison in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tutor.compare.attribution import Attribution
from tutor.compare.predictions import Foretold
from tutor.compare.ratios import (
    ALONE,
    BURST,
    CROWDED,
    FIRST_BYTE,
    JUDGED,
    QUANTITIES,
    REVIEWS,
    THROUGHPUT,
    Measured,
    Quantity,
    Value,
)
from tutor.durations import readable
from tutor.load.format import per_second
from tutor.terminal import count

NAME = 36
CELL = 27


def side_by_side(measured: Measured, a: str, b: str) -> Iterator[str]:
    """The two versions, quantity by quantity."""
    yield f"{'':{NAME}}{a:>{CELL}}{b:>{CELL}}   times as good"
    for quantity in QUANTITIES:
        of_a, of_b = measured.value(a, quantity), measured.value(b, quantity)
        ratio = measured.ratio(a, b, quantity)
        if not of_a or not of_b or not ratio:
            continue
        cells = f"{cell(of_a, quantity):>{CELL}}{cell(of_b, quantity):>{CELL}}"
        judged = quantity in JUDGED
        mark = " ✓" if judged and ratio.better else " ✗" if judged and ratio.worse else ""
        yield f"{quantity.name:{NAME}}{cells}   {times(ratio.median)}{mark}"


def cell(value: Value, quantity: Quantity) -> str:
    """`330 ms (320 ms–341 ms)`: the median of the rounds, and how far they lie apart."""
    low, high = (unit(each, quantity) for each in value.spread)
    return f"{unit(value.median, quantity)} ({low}–{high})"


def unit(value: float, quantity: Quantity) -> str:
    """A value with its unit."""
    return readable(value * 1e9) if quantity.unit == "s" else per_second(value)


def times(ratio: float) -> str:
    """`1.9×`, `12×`."""
    return f"{ratio:.1f}×" if ratio < 9.95 else f"{ratio:.0f}×"


def predicted(measured: Measured, a: str, b: str, said: Sequence[Foretold]) -> Iterator[str]:
    """What was predicted beside what was measured, and how far off it was."""
    for each in said:
        ratio = measured.ratio(a, b, each.quantity)
        if each.factor is None or not ratio:
            yield f"  {each.who:<8} {each.words or 'no prediction'}"
            continue
        off = each.factor / ratio.median - 1
        words = f" ({each.words})" if each.words else ""
        yield (
            f"  {each.who:<8} {times(each.factor)}{words}; measured {times(ratio.median)}"
            f" ({each.quantity.name}): {off:+.0%}"
        )


def attributed(found: Attribution, where: str) -> Iterator[str]:
    """Where the time went; the lines add up to the difference."""
    yield (
        f"{where}: a pairing takes {readable(found.before)} -> {readable(found.after)} on average"
        f" ({found.traces[0]:g} and {found.traces[1]:g} traces)"
    )
    for shift in found.shifts:
        calls = f"{shift.calls[0]:.3g} -> {shift.calls[1]:.3g} calls"
        yield f"  {signed(shift.difference):>10}  {shift.what}  ({calls})"
    yield f"  {signed(found.rest):>10}  {count(found.others, 'other operation')} together"
    yield f"  {signed(found.difference):>10}  in all"


def in_one_line(version: str, found: Attribution) -> str:
    """Where most of the time went, from the version before to this one."""
    most = ", ".join(f"{signed(shift.difference)} {shift.what}" for shift in found.shifts)
    return f"  {version:9} {signed(found.difference):>9}: {most}, {signed(found.rest)} elsewhere"


def signed(nanoseconds: float) -> str:
    """`−129 ms`, `+3.1 ms`."""
    if not nanoseconds:
        return "0"
    return f"{'+' if nanoseconds > 0 else '−'}{readable(abs(nanoseconds))}"


COLUMNS = (ALONE, BURST, THROUGHPUT, REVIEWS, FIRST_BYTE)


def journey(
    measured: Measured,
    versions: Sequence[str],
    foretold: dict[str, Sequence[Foretold]],
    changed: dict[str, int],
) -> Iterator[str]:
    """One line for each version: what was measured; and of what its lesson cures, how many times as
    good as one line above it was predicted to be, and is."""
    yield (
        f"{'':9}"
        + "".join(f"{each.short:>11}" for each in COLUMNS)
        + f"   {'of':8}{'you':>7}{'what-if':>9}{'measured':>10}  answers"
    )
    for before, version in zip([None, *versions], versions, strict=False):
        cells = [
            unit(value.median, each) if (value := measured.value(version, each)) else "-"
            for each in COLUMNS
        ]
        line = f"{version:9}" + "".join(f"{each:>11}" for each in cells)
        if before:
            said = foretold[version]
            of = said[0].quantity
            ratio = measured.ratio(before, version, of)
            factors = [*(each.factor for each in said), ratio.median if ratio else None]
            you, what_if, now = (times(each) if each else "-" for each in factors)
            line += f"   {of.short:8}{you:>7}{what_if:>9}{now:>10}"
            line += "  same" if not changed[version] else f"  {changed[version]} changed"
        yield line
    first, last = versions[0], versions[-1]
    totals = [(name, measured.ratio(first, last, each)) for name, each in WHOLE]
    told = ", ".join(f"{name} {times(ratio.median)}" for name, ratio in totals if ratio)
    yield f"From {first} to {last}: {told}."


WHOLE = (
    ("/pair/beer alone", ALONE),
    ("6 at once", BURST),
    ("/pair/beer under load", CROWDED),
    ("throughput", THROUGHPUT),
    ("reviews", REVIEWS),
    ("the menu's first byte", FIRST_BYTE),
)
