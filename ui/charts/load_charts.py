"""Which charts there are of load runs: saturation curves, percentiles, and what came when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ui.charts.axis import linear, logarithmic, nines
from ui.charts.line_chart import Chart, Line, chart
from ui.words.wording import duration, three_digits

Run = dict[str, Any]

SMOOTHED = 120
"""Points of a chart over time; where there are more seconds, each stands for several."""


def charts(runs: Sequence[Run], route: str) -> list[Chart]:
    """The runs over each other. Of one `route` only percentiles are known."""
    drawn = [_percentiles(runs, route)]
    if not route and any(len(run["levels"]) > 1 for run in runs):
        drawn = [_throughput(runs), _saturation(runs), *drawn]
    return [each for each in drawn if each]


def over_time(run: Run) -> list[Chart]:
    """What one run's visitors were answered, second by second."""
    seconds = run["timeline"][:-1]
    size = -(-len(seconds) // SMOOTHED) or 1
    parts = [seconds[at : at + size] for at in range(0, len(seconds), size)]
    rates = [
        (part[0]["second"], sum(each["requests"] for each in part) / len(part)) for part in parts
    ]
    users = [(part[0]["second"], max(each["users"] for each in part)) for part in parts]
    slow = [
        (part[0]["second"], max(each["p95"] for each in part if each["p95"]))
        for part in parts
        if any(each["p95"] for each in part)
    ]
    across = ("seconds after the start", linear([at for at, _ in rates]), _plain)
    counts = [value for _, value in (*rates, *users)]
    drawn = [
        chart(
            "Answers and visitors over time",
            "throughput",
            [
                Line("answers", rates, 0, marks=False, words="answers a second"),
                Line("visitors", users, 2, dashed=True, marks=False),
            ],
            across,
            (linear(counts), _plain),
        ),
        chart(
            "p95 of each second",
            "percentiles",
            [Line("p95", slow, 0, marks=False)],
            across,
            (logarithmic([value for _, value in slow]), duration),
        ),
    ]
    return [each for each in drawn if each]


def _throughput(runs: Sequence[Run]) -> Chart | None:
    lines = [
        Line(_name(run), [(each["users"], each["throughput"]) for each in run["levels"]], at)
        for at, run in enumerate(runs)
    ]
    return chart(
        "Throughput against visitors",
        "levels",
        lines,
        ("visitors at once", linear([at for line in lines for at, _ in line.points]), _plain),
        (
            linear([value for line in lines for _, value in line.points]),
            lambda rate: f"{_plain(rate)}/s",
        ),
    )


def _saturation(runs: Sequence[Run]) -> Chart | None:
    lines = [
        Line(
            f"{_name(run)} {which}",
            [(each["users"], each[which]) for each in run["levels"] if each[which]],
            at,
            dashed=which == "p50",
        )
        for at, run in enumerate(runs)
        for which in ("p95", "p50")
    ]
    return chart(
        "p50 and p95 against visitors",
        "duration",
        lines,
        ("visitors at once", linear([at for line in lines for at, _ in line.points]), _plain),
        (logarithmic([value for line in lines for _, value in line.points]), duration),
    )


def _percentiles(runs: Sequence[Run], route: str) -> Chart | None:
    lines = []
    for at, run in enumerate(runs):
        routes = [run["total"]] if not route else [r for r in run["routes"] if r["name"] == route]
        points = [tuple(point) for each in routes for point in each["percentiles"]]
        lines.append(Line(_name(run), points, at, marks=False))
    return chart(
        f"Percentiles of {route or 'all requests'}",
        "percentiles",
        lines,
        ("percentile: so many % took at most as long", nines(), _plain),
        (logarithmic([value for line in lines for _, value in line.points]), duration),
    )


def _name(run: Run) -> str:
    return f"{run['number']}"


def _plain(value: float) -> str:
    return three_digits(value) if value < 1000 else f"{value:,.0f}"
