"""What the sampling laboratory found, as text: tables, and a chart of how far p99 may be off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tutor.durations import readable
from tutor.sampling.experiment import Json
from tutor.terminal import count, paint, printable

NAME_WIDTH = 15
KIND_WIDTH = 20
SHARE_WIDTH = 11
HALF_CHART = 24
"""Columns of the chart on either side of the truth, which stand for 100 %."""

FIGURES = {
    "p50": ("p50", 18),
    "p95": ("p95", 18),
    "p99": ("p99", 18),
    "error_rate": ("error rate", 20),
    "edges": ("map's edges", 16),
}
"""The figures, each with its heading and the width of its column."""
EXPLANATION = (
    "How far it is off: the median of the trials, and in brackets the middle 95 % of them.",
    "Error rate: in points (pt) of per cent. Edges: calls too many or too few, as a share of all.",
)
TIME_UNITS = ((86_400, "days"), (3600, "h"), (60, "min"), (1, "s"))
BYTE_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def report(answer: Json) -> Iterator[str]:
    """Yield the lines of the report."""
    samplings = answer["samplings"]
    yield from _truth(answer)
    yield ""
    yield from _errors(samplings)
    yield ""
    yield from _chart(samplings)
    yield ""
    yield from _found(answer["truth"], samplings)
    yield ""
    yield from _needed(answer["truth"], samplings)
    yield ""
    yield from _left_by_unitary(answer["truth"], samplings)


def name_of(sampling: Json) -> str:
    """Return what a way to sample is called: `head 1 %`."""
    return f"{sampling['way']} {percent(sampling['rate'])}" if "rate" in sampling else "tail"


def percent(share: float) -> str:
    """Return a share in per cent: `0.01 %`, `6.5 %`; only none is `0 %`, only all `100 %`."""
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    if 0 < share < 0.000095:
        return "< 0.01 %"
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.3g} %"


def size(number: float) -> str:
    """Return bytes in a fitting unit: `1.2 GB`."""
    for bytes_of_unit, unit in BYTE_UNITS:
        if number >= bytes_of_unit:
            return f"{number / bytes_of_unit:.3g} {unit}"
    return f"{number:.0f} B"


def span_of_time(seconds: float) -> str:
    """Return seconds in a fitting unit: `31 min`."""
    length, unit = next((each for each in TIME_UNITS if seconds >= 2 * each[0]), TIME_UNITS[-1])
    number = seconds / length
    return f"{number:.3g} {unit}" if number < 1000 else f"{number:,.0f} {unit}"


def _truth(answer: Json) -> Iterator[str]:
    truth, duration = answer["truth"], answer["truth"]["duration"]
    yield paint(f"The truth: {answer['sample']['how']}", "bold")
    yield (
        f"p50 {readable(duration['p50'])} · p95 {readable(duration['p95'])} · p99"
        f" {readable(duration['p99'])} · {percent(truth['error_rate'])} failed ·"
        f" {count(truth['edges'], 'edge')} · {size(truth['bytes'])} in"
        f" {span_of_time(truth['seconds'])}, so {size(truth['bytes_per_day'])} a day"
        f" · seed {answer['seed']}"
    )


def _errors(samplings: Sequence[Json]) -> Iterator[str]:
    heading = f"{'kept':{NAME_WIDTH}}{'traces':>6}{'a day':>9}"
    yield paint(heading + "".join(f"{name:>{width}}" for name, width in FIGURES.values()), "bold")
    for sampling in samplings:
        cells = (
            f"{error_in_words(name, sampling['errors'][name]):>{width}}"
            for name, (_, width) in FIGURES.items()
        )
        yield (
            f"{name_of(sampling):{NAME_WIDTH}}{sampling['traces']['median']:>6,.0f}"
            f"{size(sampling['bytes_per_day']['median']):>9}" + "".join(cells)
        )
    yield from EXPLANATION


def error_in_words(name: str, error: Json | None) -> str:
    """Return how far a figure is off: `+0.4 (-10…+9) %`."""
    if error is None:
        return "-"
    median, low, high = (_signed(100 * error[bound]) for bound in ("median", "low", "high"))
    text = f"{median} ({low}…{high}) {'pt' if name == 'error_rate' else '%'}"
    return text.replace("+", "") if name == "edges" else text  # which cannot be below 0


def _signed(number: float) -> str:
    if abs(number) < 0.05:
        return "0"
    return f"{number:+.1f}" if abs(number) < 0.95 else f"{number:+.0f}"


def _chart(samplings: Sequence[Json]) -> Iterator[str]:
    left, right = "-100 %", "+100 %"
    middle = "p99: the truth".center(2 * HALF_CHART + 1 - len(left) - len(right))
    yield paint(f"{'':{NAME_WIDTH}}{left}{middle}{right}", "bold")
    for sampling in samplings:
        error = sampling["errors"]["p99"]
        yield f"{name_of(sampling):{NAME_WIDTH}}{bar(error) if error else 'nothing kept'}"


def bar(error: Json) -> str:
    """Return the range of an error as characters, with the truth in the middle:
    `     ├──●──┤     `."""
    columns = ["·" if column == HALF_CHART else " " for column in range(2 * HALF_CHART + 1)]
    low, median, high = (_column(error[name]) for name in ("low", "median", "high"))
    for column in range(low, high + 1):
        columns[column] = "─"
    columns[low], columns[high] = "├", "┤" if error["high"] <= 1 else "→"
    columns[median] = "●"
    return "".join(columns).rstrip()


def _column(error: float) -> int:
    return HALF_CHART + round(max(-1.0, min(1.0, error)) * HALF_CHART)


def _found(truth: Json, samplings: Sequence[Json]) -> Iterator[str]:
    names = "".join(f"{_short_name(sampling):>{SHARE_WIDTH}}" for sampling in samplings)
    yield paint(f"{'still found, in':{KIND_WIDTH}}{names}", "bold")
    yield _share_row("the slowest trace", [sampling["slowest_kept"] for sampling in samplings])
    for finding in truth["findings"]:
        kind = finding["kind"]
        yield _share_row(printable(kind), [sampling["found"].get(kind) for sampling in samplings])
    yield "Share of the trials; `-` where that could not be tried."


def _short_name(sampling: Json) -> str:
    return name_of(sampling).replace("unitary", "unit.").replace(" %", "%")


def _share_row(name: str, shares: Sequence[float | None]) -> str:
    cells = ("-" if share is None else percent(share) for share in shares)
    return f"{name:{KIND_WIDTH}}" + "".join(f"{cell:>{SHARE_WIDTH}}" for cell in cells)


def _needed(truth: Json, samplings: Sequence[Json]) -> Iterator[str]:
    needed = truth["needed"]
    if needed["traces"] is None:
        yield "No number of traces up to ten million gets p99 right within 10 %."
        return
    yield (
        f"p99 is right within {percent(needed['within'])}, in {percent(needed['certainty'])} of all"
        f" cases, with {count(needed['traces'], 'trace')} or more."
    )
    per_second = truth["traces_per_day"] / 86_400
    takes = ", ".join(
        f"{percent(sampling['rate'])} {span_of_time(sampling['takes_s'])}"
        for sampling in samplings
        if sampling["way"] == "head" and sampling["takes_s"]
    )
    yield f"At {per_second:.3g} traces a second it takes so long to keep as many: at {takes}."


def _left_by_unitary(truth: Json, samplings: Sequence[Json]) -> Iterator[str]:
    yield paint(f"What unitary sampling leaves of {count(truth['traces'], 'trace')}", "bold")
    for sampling in samplings:
        if broken := sampling.get("broken"):
            yield (
                f"{name_of(sampling):{NAME_WIDTH}}{broken['seen']['median']:,.0f} seen,"
                f" {_whole(broken)} whole; {percent(broken['orphans'])} of the spans without"
                f" parent, {percent(broken['untrusted_critical_paths'])} of the critical paths"
                " untrusted"
            )


def _whole(broken: dict[str, Any]) -> str:
    whole = broken["whole"]
    return f"{whole:,.0f}" if whole >= 0.5 else "none"
