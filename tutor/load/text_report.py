"""The report of a load run as text: a table of its routes, a small plot, and the requests that are
worth a look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tutor.durations import clock, readable
from tutor.load.locust import Record
from tutor.load.options import rate_in_words
from tutor.terminal import count, printable

BAR_WIDTH = 24
SPARKLINE_WIDTH = 60
MAX_SAMPLES = 3
MAX_ERRORS = 5
SATURATED_SHARE = 0.9
"""A level with at least this share of the highest throughput counts as saturated."""
RISING_SHARE = 0.25
"""Throughput that still rises with at least this share of the visitors has not reached its end."""

EIGHTHS = " ▏▎▍▌▋▊▉█"
HEIGHTS = "▁▂▃▄▅▆▇█"


def progress(run: Record) -> str:
    """Return a run that is still going on, in one line."""
    total, last = run["total"], (run["timeline"] or [{"users": 0}])[-1]
    left = max(run["load"]["run_time"] - run["seconds"], 0)
    return (
        f"{clock(left)} left · {count(last['users'], 'visitor')} · "
        f"{count(total['requests'], 'request')}, {per_second(total['throughput'])} · "
        f"p50 {readable(total['p50'])}, p95 {readable(total['p95'])} · {total['failed']:,} failed"
    )


def heading(run: Record) -> str:
    """Return what a run was: `Run 7 · step-10 · steps up to 50 visitors, closed · 60 s`."""
    name = f"Run {run['number']}" if run["number"] else "Run (not stored)"
    end = " (interrupted)" if run["state"] == "interrupted" else ""
    return f"{name} · {deploy(run)} · {load_in_words(run['load'])} · {run['seconds']:.0f} s{end}"


def deploy(run: Record) -> str:
    """Return what was under load: the version, and the dials that were turned."""
    versions = [deploy["version"] for deploy in run["deploys"]] or ["unknown deploy"]
    turned = [
        f"{name}={dial['value']:g}"
        for name, dial in run["dials"].items()
        if dial["value"] != dial["default"]
    ]
    return printable(", ".join([*versions, *turned]))


def load_in_words(load: dict[str, Any]) -> str:
    """Return in words which load a run made."""
    visitors = count(load["users"], "visitor")
    shape = {
        "steps": f"steps up to {visitors}",
        "spike": f"a spike of {visitors}",
        "waves": f"waves of {visitors} every {load['wave'] or 0:g} s",
    }.get(load["shape"], visitors)
    if load["mode"] == "open":
        return f"{shape}, open: {rate_in_words(load['rate'])}"
    if load["shape"] == "waves":  # visitors do not think, they wait for the next wave
        return f"{shape}, closed"
    return f"{shape}, closed: {load['think']:g} s to think"


def report(run: Record, ui: str, blocks: bool) -> Iterator[str]:
    """Return the whole report, line by line; `ui` is the address that links to traces begin with.

    With `blocks`, plots are drawn with block characters.
    """
    yield from table(run)
    yield from plot(run, blocks)
    yield from problems(run, ui)
    if run["slowest"]:
        yield "\nThe slowest requests, with their traces:"
    for sample in run["slowest"][:MAX_SAMPLES]:
        late = sample["waited"]
        waited = f", {readable(late)} of it before it was sent" if late > 1e6 else ""
        planted = " (planted)" if sample["planted"] else ""
        yield f"  {readable(sample['duration']):>8}  {printable(sample['name'])}{waited}{planted}"
        yield f"            {ui}/trace/{printable(sample['trace_id'])}"


def table(run: Record) -> Iterator[str]:
    """Return the routes, those that took most time first, and the total."""
    total = {**run["total"], "name": "all"}
    rows = [*run["routes"], total] if run["total"]["requests"] else []
    names = [printable(row["name"]) for row in rows]
    if not rows:
        yield "No responses."
        return
    width = max(map(len, names))
    columns = ("requests", "req/s", "p50", "p95", "p99", "max", "failed")
    yield " " * width + "".join(f"{name:>10}" for name in columns)
    for name, row in zip(names, rows, strict=True):
        cells = [f"{row['requests']:,}", f"{row['throughput']:.3g}"]
        cells += [readable(row[name]) for name in ("p50", "p95", "p99", "max")]
        failed = f"{row['failed']:,}" + (f" + {row['planted']}*" if row["planted"] else "")
        yield name.ljust(width) + "".join(f"{cell:>10}" for cell in [*cells, failed])
    if run["total"]["planted"]:
        yield "* planted: slow on purpose, and not counted as failed"


def plot(run: Record, blocks: bool) -> Iterator[str]:
    """Return the saturation curve if the number of visitors changed, else a timeline."""
    levels = run["levels"]
    if len(levels) > 1:
        highest = max(level["throughput"] for level in levels)
        yield "\nvisitors  throughput" + " " * (BAR_WIDTH - 2) + f"{'p50':>9}{'p95':>10}"
        for level in levels:
            drawn = bar(level["throughput"], highest, BAR_WIDTH, blocks)
            rate = per_second(level["throughput"])
            times = f"{readable(level['p50']):>9}{readable(level['p95']):>10}"
            yield f"{level['users']:>8}  {drawn} {rate:>8}{times}"
        if run["load"]["shape"] == "steps":
            yield saturation(levels)
    elif blocks and len(run["timeline"]) > 1:
        seconds = run["timeline"][:-1]
        rates = [second["requests"] for second in seconds]
        slow = [second["p95"] or 0 for second in seconds]
        yield f"\nanswers per second  {sparkline(rates, SPARKLINE_WIDTH)}  up to {max(rates)}"
        yield (
            f"p95 of each second  {sparkline(slow, SPARKLINE_WIDTH)}"
            f"  up to {readable(max(slow) or None)}"
        )


def saturation(levels: list[dict[str, Any]]) -> str:
    """Say with how many visitors throughput is as high as it gets, or that it was still rising.

    It was if visitors beyond the first level that reaches `SATURATED_SHARE` of the highest
    throughput were not there, or still brought `RISING_SHARE` of what they would bring if nobody
    had to wait.
    """
    highest = max(level["throughput"] for level in levels)
    if not highest:
        return "No answers in time: that says nothing about saturation."
    enough = next(level for level in levels if level["throughput"] >= SATURATED_SHARE * highest)
    last = levels[-1]
    more_visitors = last["users"] / enough["users"] - 1
    more_answers = last["throughput"] / enough["throughput"] - 1
    if more_answers >= RISING_SHARE * more_visitors:
        return (
            f"Not saturated: {count(last['users'], 'visitor')} still get more answers than fewer"
            f" do. Try more: --users {2 * last['users']}"
        )
    return (
        f"{SATURATED_SHARE:.0%} of the highest throughput is reached with"
        f" {count(enough['users'], 'visitor')}; any more only wait."
    )


def problems(run: Record, ui: str) -> Iterator[str]:
    """Return what went wrong, most frequent first, and what was left undone."""
    if run["errors"]:
        yield "\nFailed:"
    for error in run["errors"][:MAX_ERRORS]:
        yield f"  {error['count']:>6,}×  {printable(error['name'])}: {printable(error['error'])}"
        yield f"           {ui}/trace/{printable(error['trace_id'])}"
    if run["unsent"]:
        due = "request was" if run["unsent"] == 1 else "requests were"
        yield (
            f"\n{run['unsent']:,} more {due} due and not sent by the end:"
            " the app can't keep up with the rate."
        )


def per_second(rate: float) -> str:
    """Return a rate as text: `3.42/s`, `61.2/s`, `1,412/s`."""
    return f"{rate:.3g}/s" if rate < 1000 else f"{rate:,.0f}/s"


def bar(value: float, largest: float, width: int, blocks: bool) -> str:
    """Return `value` as a bar, which fills all `width` characters if it is the `largest` value."""
    share = min(max(value / largest, 0), 1) if largest else 0
    if not blocks:
        return ("#" * round(share * width)).ljust(width)
    whole, rest = divmod(round(share * width * 8), 8)
    return ("█" * whole + (EIGHTHS[rest] if rest else "")).ljust(width)


def sparkline(values: Sequence[float], width: int) -> str:
    """Return `values` as up to `width` columns of different heights."""
    size = -(-len(values) // width) or 1
    columns = [max(values[start : start + size]) for start in range(0, len(values), size)]
    largest = max(columns, default=0)
    if not largest:
        return HEIGHTS[0] * len(columns)
    return "".join(HEIGHTS[min(int(value / largest * 8), 7)] for value in columns)
