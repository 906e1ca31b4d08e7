"""The charts of load runs: saturation curves, percentiles, and each second of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ui.charts.axes import linear_axis, logarithmic_axis, percentile_axis
from ui.charts.line_chart import Chart, Line, chart
from ui.words.wording import duration, three_digits

Run = dict[str, Any]
"""The record of a load run (`GET /api/runs/<number>` of the collector)."""

MAX_POINTS_OVER_TIME = 120
"""Points of a chart over time; in a longer run each stands for several seconds."""


def charts(runs: Sequence[Run], route: str) -> list[Chart]:
    """Return the charts of some runs, drawn over each other. Only percentiles are known of a single
    `route`; empty means all requests."""
    if route or all(len(run["levels"]) <= 1 for run in runs):
        drawn = [_percentiles(runs, route)]
    else:
        drawn = [_throughput(runs), _saturation(runs), _percentiles(runs, route)]
    return [chart for chart in drawn if chart]


def over_time(run: Run) -> list[Chart]:
    """Return the charts of one run second by second: requests, users and p95."""
    seconds = run["timeline"][:-1]  # the last second was cut short
    size = -(-len(seconds) // MAX_POINTS_OVER_TIME) or 1
    parts = [seconds[first : first + size] for first in range(0, len(seconds), size)]
    rates = [(p[0]["second"], sum(second["requests"] for second in p) / len(p)) for p in parts]
    users = [(part[0]["second"], max(second["users"] for second in part)) for part in parts]
    p95s = [
        (part[0]["second"], max(second["p95"] for second in part if second["p95"]))
        for part in parts
        if any(second["p95"] for second in part)
    ]
    x = ("seconds since the start", linear_axis([second for second, _ in rates]), _plain)
    requests = Line("requests", rates, 0, marks=False, words="requests per second")
    visitors = Line("visitors", users, 2, dashed=True, marks=False)
    drawn = [
        chart(
            "Requests and visitors over time",
            "throughput",
            [requests, visitors],
            x,
            (linear_axis([count for _, count in (*rates, *users)]), _plain),
        ),
        chart(
            "p95 of each second",
            "percentiles",
            [Line("p95", p95s, 0, marks=False)],
            x,
            (logarithmic_axis([ns for _, ns in p95s]), duration),
        ),
    ]
    return [chart for chart in drawn if chart]


def _throughput(runs: Sequence[Run]) -> Chart | None:
    lines = [
        Line(
            _name(run),
            [(level["users"], level["throughput"]) for level in run["levels"]],
            index,
        )
        for index, run in enumerate(runs)
    ]
    return chart(
        "Throughput by number of visitors",
        "levels",
        lines,
        ("concurrent visitors", linear_axis(_xs(lines)), _plain),
        (linear_axis(_ys(lines)), lambda rate: f"{_plain(rate)}/s"),
    )


def _saturation(runs: Sequence[Run]) -> Chart | None:
    lines = [
        Line(
            f"{_name(run)} {percentile}",
            [(level["users"], level[percentile]) for level in run["levels"] if level[percentile]],
            index,
            dashed=percentile == "p50",
        )
        for index, run in enumerate(runs)
        for percentile in ("p95", "p50")
    ]
    return chart(
        "p50 and p95 by number of visitors",
        "duration",
        lines,
        ("concurrent visitors", linear_axis(_xs(lines)), _plain),
        (logarithmic_axis(_ys(lines)), duration),
    )


def _percentiles(runs: Sequence[Run], route: str) -> Chart | None:
    lines = []
    for index, run in enumerate(runs):
        routes = [run["total"]] if not route else [r for r in run["routes"] if r["name"] == route]
        points = [tuple(point) for measured in routes for point in measured["percentiles"]]
        lines.append(Line(_name(run), points, index, marks=False))
    return chart(
        f"Percentiles of {route or 'all requests'}",
        "percentiles",
        lines,
        ("percentile: this share of requests (%) took no longer", percentile_axis(), _plain),
        (logarithmic_axis(_ys(lines)), duration),
    )


def _xs(lines: Sequence[Line]) -> list[float]:
    return [x for line in lines for x, _ in line.points]


def _ys(lines: Sequence[Line]) -> list[float]:
    return [y for line in lines for _, y in line.points]


def _name(run: Run) -> str:
    return f"{run['number']}"


def _plain(value: float) -> str:
    return three_digits(value) if value < 1000 else f"{value:,.0f}"
