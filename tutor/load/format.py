"""A run in words: a table of its routes, a small plot, and the requests worth looking at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tutor.durations import clock, readable
from tutor.load.locust import Record
from tutor.load.plot import bar, sparkline
from tutor.terminal import count

BAR = 24
WIDE = 60
SAMPLES = 3
ERRORS = 5
NEARLY = 0.9
"""Of the highest throughput: a level with that much is saturated."""


def so_far(run: Record) -> str:
    """A run that goes on, in one line."""
    total, last = run["total"], (run["timeline"] or [{"users": 0}])[-1]
    left = max(run["load"]["run_time"] - run["seconds"], 0)
    return (
        f"{clock(left)} left · {count(last['users'], 'visitor')} · "
        f"{count(total['requests'], 'request')}, {per_second(total['throughput'])} · "
        f"p50 {readable(total['p50'])}, p95 {readable(total['p95'])} · {total['failed']:,} failed"
    )


def heading(run: Record) -> str:
    """What a run was: `Run 7 · step-10 · steps up to 50 visitors, closed · 60 s`."""
    name = f"Run {run['number']}" if run["number"] else "A run that is not stored"
    cut = " (interrupted)" if run["state"] == "interrupted" else ""
    return f"{name} · {deploy(run)} · {asked(run['load'])} · {run['seconds']:.0f} s{cut}"


def deploy(run: Record) -> str:
    """What was under load: the version, and the dials that were turned."""
    versions = [each["version"] for each in run["deploys"]] or ["deploy not known"]
    turned = [
        f"{name}={dial['value']:g}"
        for name, dial in run["dials"].items()
        if dial["value"] != dial["default"]
    ]
    return ", ".join([*versions, *turned])


def asked(load: dict[str, Any]) -> str:
    """Which load it was, in words."""
    people = count(load["users"], "visitor")
    shape = {
        "steps": f"steps up to {people}",
        "spike": f"a spike of {people}",
        "waves": f"waves of {people} every {load['wave'] or 0:g} s",
    }.get(load["shape"], people)
    if load["mode"] == "open":
        return f"{shape}, open: {load['rate']:g} requests a second"
    if load["shape"] == "waves":  # nobody thinks; all wait for the next wave
        return f"{shape}, closed"
    return f"{shape}, closed: {load['think']:g} s to think"


def told(run: Record, ui: str, blocks: bool) -> Iterator[str]:
    """All of it, line by line. With `blocks` plots are drawn with block characters."""
    yield from table(run)
    yield from plot(run, blocks)
    yield from unusual(run, ui)
    if run["slowest"]:
        yield "\nThe slowest, with their traces:"
    for sample in run["slowest"][:SAMPLES]:
        late = sample["waited"]
        waited = f", {readable(late)} of it before it was sent" if late > 1e6 else ""
        planted = " (planted)" if sample["planted"] else ""
        yield f"  {readable(sample['duration']):>8}  {sample['name']}{waited}{planted}"
        yield f"            {ui}/trace/{sample['trace_id']}"


def table(run: Record) -> Iterator[str]:
    """The routes, most time first, and all of them together."""
    total = {**run["total"], "name": "all"}
    rows = [*run["routes"], total] if run["total"]["requests"] else []
    if not rows:
        yield "Nobody was answered."
        return
    width = max(len(row["name"]) for row in rows)
    columns = ("requests", "a second", "p50", "p95", "p99", "max", "failed")
    yield " " * width + "".join(f"{name:>10}" for name in columns)
    for row in rows:
        cells = [f"{row['requests']:,}", f"{row['throughput']:.3g}"]
        cells += [readable(row[name]) for name in ("p50", "p95", "p99", "max")]
        failed = f"{row['failed']:,}" + (f" + {row['planted']}*" if row["planted"] else "")
        yield row["name"].ljust(width) + "".join(f"{cell:>10}" for cell in [*cells, failed])
    if run["total"]["planted"]:
        yield "* planted failures: slow on purpose, and not counted as failed"


def plot(run: Record, blocks: bool) -> Iterator[str]:
    """The saturation curve where the number of visitors changed, else what came when."""
    levels = run["levels"]
    if len(levels) > 1:
        most = max(level["throughput"] for level in levels)
        yield "\nvisitors  throughput" + " " * (BAR - 2) + f"{'p50':>9}{'p95':>10}"
        for level in levels:
            drawn = bar(level["throughput"], most, BAR, blocks)
            rate = per_second(level["throughput"])
            times = f"{readable(level['p50']):>9}{readable(level['p95']):>10}"
            yield f"{level['users']:>8}  {drawn} {rate:>8}{times}"
        yield (
            f"{NEARLY:.0%} of the most is reached with"
            f" {count(enough(levels), 'visitor')}; more only wait."
        )
    elif blocks and len(run["timeline"]) > 1:
        seconds = run["timeline"][:-1]
        rates = [second["requests"] for second in seconds]
        slow = [second["p95"] or 0 for second in seconds]
        yield f"\nanswers a second  {sparkline(rates, WIDE)}  up to {max(rates)}"
        yield f"p95 of each       {sparkline(slow, WIDE)}  up to {readable(max(slow) or None)}"


def enough(levels: list[dict[str, Any]]) -> int:
    """The least number of visitors with (nearly) the highest throughput."""
    most = max(level["throughput"] for level in levels)
    return next(level["users"] for level in levels if level["throughput"] >= NEARLY * most)


def unusual(run: Record, ui: str) -> Iterator[str]:
    """What went wrong, most often first, and what was left undone."""
    if run["errors"]:
        yield "\nFailed:"
    for error in run["errors"][:ERRORS]:
        yield f"  {error['count']:>6,}×  {error['name']}: {error['error']}"
        yield f"           {ui}/trace/{error['trace_id']}"
    if run["unsent"]:
        yield (
            f"\n{count(run['unsent'], 'request')} more were due and not sent at the end:"
            " the app is slower than the rate."
        )


def per_second(rate: float) -> str:
    """`3.42/s`, `61.2/s`, `412/s`."""
    return f"{rate:.3g}/s" if rate < 1000 else f"{rate:,.0f}/s"
