"""A comparison as text: tables of what was measured and predicted, and where the time went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tutor.compare.attribution import Attribution
from tutor.compare.forecasts import Forecast
from tutor.compare.measurements import (
    ALONE,
    BURST,
    CROWDED,
    DECISIVE,
    FIRST_BYTE,
    QUANTITIES,
    REVIEWS,
    THROUGHPUT,
    Measurements,
    Quantity,
    Value,
)
from tutor.durations import readable
from tutor.load.text_report import per_second
from tutor.terminal import count, printable

NAME_WIDTH = 36
CELL_WIDTH = 27

JOURNEY_COLUMNS = (ALONE, BURST, THROUGHPUT, REVIEWS, FIRST_BYTE)
JOURNEY_TOTALS = (ALONE, BURST, CROWDED, THROUGHPUT, REVIEWS, FIRST_BYTE)
"""The ratios of the whole journey, in its last line."""

EXPLANATION = (
    "A time is the median: half of the requests took longer. In brackets: the quickest round and",
    "the slowest. ✓ is clearly better in every round, ✗ clearly worse.",
)
JOURNEY_EXPLANATION = (
    "`improves` is the column that the lesson was to make better; the three figures after it say",
    "how many times as good it is as in the line above: as predicted by you (in predictions.txt),",
    "as predicted by the what-if (from the traces of the line above), and as measured.",
)


def side_by_side(measurements: Measurements, a: str, b: str) -> Iterator[str]:
    """Return the two versions side by side, one line for each quantity."""
    yield f"{'':{NAME_WIDTH}}{a:>{CELL_WIDTH}}{b:>{CELL_WIDTH}}   {b} is"
    for quantity in QUANTITIES:
        value_a, value_b = measurements.value(a, quantity), measurements.value(b, quantity)
        ratio = measurements.ratio(a, b, quantity)
        if not value_a or not value_b or not ratio:
            continue
        cells = "".join(f"{cell(value, quantity):>{CELL_WIDTH}}" for value in (value_a, value_b))
        decisive = quantity in DECISIVE
        mark = " ✓" if decisive and ratio.better else " ✗" if decisive and ratio.worse else ""
        yield f"{quantity.name:{NAME_WIDTH}}{cells}   {times_as_good(ratio.median, quantity)}{mark}"
    yield from EXPLANATION


def cell(value: Value, quantity: Quantity) -> str:
    """Return the median of the rounds and their range: `330 ms (320 ms–341 ms)`."""
    low, high = (with_unit(bound, quantity) for bound in value.spread)
    return f"{with_unit(value.median, quantity)} ({low}–{high})"


def with_unit(value: float, quantity: Quantity) -> str:
    """Return a value with its unit."""
    return readable(value * 1e9) if quantity.unit == "s" else per_second(value)


def times_as_good(ratio: float, quantity: Quantity) -> str:
    """Return a ratio in words: `1.9× as fast`, `12× as many`."""
    return f"{times(ratio)} as {'fast' if quantity.unit == 's' else 'many'}"


def times(ratio: float) -> str:
    """Return a ratio as `1.9×` or `12×`."""
    return f"{ratio:.1f}×" if ratio < 9.95 else f"{ratio:.0f}×"


def predicted(
    measurements: Measurements, a: str, b: str, forecasts: Sequence[Forecast]
) -> Iterator[str]:
    """Return what was predicted beside what was measured, and how far off it was."""
    for forecast in forecasts:
        ratio = measurements.ratio(a, b, forecast.quantity)
        if forecast.factor is None or not ratio:
            yield f"  {forecast.who:<8} {forecast.words or 'no prediction'}"
            continue
        off = forecast.factor / ratio.median - 1
        words = f" ({forecast.words})" if forecast.words else ""
        yield (
            f"  {forecast.who:<8} {times(forecast.factor)}{words}; measured {times(ratio.median)}"
            f" ({forecast.quantity.name}): {abs(off):.0%} too {'high' if off > 0 else 'low'}"
        )


def attributed(attribution: Attribution, where: str) -> Iterator[str]:
    """Return where the time went; the lines add up to the difference."""
    yield (
        f"{where}: a pairing takes {readable(attribution.before)} -> {readable(attribution.after)}"
        f" on average (traces: {attribution.traces[0]:g} and {attribution.traces[1]:g})"
    )
    for shift in attribution.shifts:
        calls = f"calls: {shift.calls[0]:.3g} -> {shift.calls[1]:.3g}"
        yield f"  {signed(shift.difference):>10}  {printable(shift.operation)}  ({calls})"
    others = count(attribution.others, "other operation")
    yield f"  {signed(attribution.rest):>10}  {others} together"
    yield f"  {signed(attribution.difference):>10}  in total"


def in_one_line(version: str, attribution: Attribution) -> str:
    """Return where most of the time went, from the version before to this one."""
    largest = ", ".join(
        f"{signed(shift.difference)} {printable(shift.operation)}" for shift in attribution.shifts
    )
    total, rest = signed(attribution.difference), signed(attribution.rest)
    return f"  {version:9} {total:>9}: {largest}, {rest} elsewhere"


def signed(nanoseconds: float) -> str:
    """Return a difference with its sign: `−129 ms`, `+3.1 ms`."""
    if not nanoseconds:
        return "0"
    return f"{'+' if nanoseconds > 0 else '−'}{readable(abs(nanoseconds))}"


def journey(
    measurements: Measurements,
    versions: Sequence[str],
    forecasts: dict[str, Sequence[Forecast]],
    changed: dict[str, int],
) -> Iterator[str]:
    """Return one line for each version: what was measured, and of the quantity that its lesson
    improves, how many times as good as one line above it was predicted to be, and is.

    `changed` is the number of answers that changed, by version.
    """
    yield (
        f"{'':9}"
        + "".join(f"{quantity.short:>11}" for quantity in JOURNEY_COLUMNS)
        + f"   {'improves':10}{'you':>6}{'what-if':>9}{'measured':>10}  answers"
    )
    for before, version in zip([None, *versions], versions, strict=False):
        line = f"{version:9}"
        for quantity in JOURNEY_COLUMNS:
            value = measurements.value(version, quantity)
            line += f"{with_unit(value.median, quantity) if value else '-':>11}"
        if before:
            quantity = forecasts[version][0].quantity
            ratio = measurements.ratio(before, version, quantity)
            factors = [forecast.factor for forecast in forecasts[version]]
            factors.append(ratio.median if ratio else None)
            you, what_if, measured = (times(factor) if factor else "-" for factor in factors)
            line += f"   {quantity.short:10}{you:>6}{what_if:>9}{measured:>10}"
            line += "  same" if not changed[version] else f"  {changed[version]} changed"
        yield line
    first, last = versions[0], versions[-1]
    ratios = [(total, measurements.ratio(first, last, total)) for total in JOURNEY_TOTALS]
    totals = "; ".join(
        f"{total.name}: {times_as_good(ratio.median, total)}" for total, ratio in ratios if ratio
    )
    yield f"From {first} to {last}: {totals}."
    yield from (f"  {quantity.short:10} {quantity.name}" for quantity in JOURNEY_COLUMNS)
    yield from JOURNEY_EXPLANATION
