"""The record of a run as it is stored, made from its counts. docs/api.md describes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec

from loadtest.histogram import BIN_RATIO, Histogram, merged
from loadtest.request_counts import RequestCounts, RunCounts, Sample

PERCENTILES = (1, 5, *range(10, 100, 5), 96, 97, 98, 99, 99.5, 99.9)
"""The percentiles kept, of all requests and of each route."""

HOW_COMPUTED = {
    "percentiles": f"nearest rank in bins that are {BIN_RATIO - 1:.0%} wide (loadtest.histogram)",
    "throughput": "responses per second, over all whole seconds but the last; a route's share of"
    " it is its share of the requests",
    "levels": "the whole seconds for which the number of users was planned, without the first"
    " second of each level that lasted longer than two; a response counts in the second in which it"
    " came",
    "duration": "closed mode: from sending the request to the last byte of the response; open mode:"
    " from when the request was due",
}


def run_record(
    run: RunCounts, users: Mapping[int, int], start_ns: int, seconds: float, **details: Any
) -> dict[str, Any]:
    """Return the record of a run that began at `start_ns` (since 1970) and lasted `seconds`.

    `users` is the planned number of users by the second since 1970; `details` are added to the
    record as they are. Times in the record are in ns.
    """
    total = RequestCounts()
    for counts in run.routes.values():
        total.merge(counts)
    responses = [
        run.seconds.get(second, RequestCounts()).times.count for second in sorted(users)[:-1]
    ]
    rate = sum(responses) / len(responses) / total.times.count if sum(responses) else 0
    return {
        "began": str(start_ns),
        "seconds": round(seconds, 3),
        **details,
        "unsent": run.unsent,
        "total": _route("", total, rate),
        "routes": [
            _route(name, counts, rate)
            for name, counts in sorted(run.routes.items(), key=lambda item: -item[1].times.total)
        ],
        "timeline": [
            _second(second - start_ns // 1_000_000_000, users[second], run.seconds.get(second))
            for second in sorted(users)
        ],
        "levels": [_level(number, counts) for number, counts in _levels(run.seconds, users)],
        "errors": [
            dict(
                zip(("name", "error"), key.split("\n", 1), strict=True),
                count=failure.count,
                trace_id=failure.trace_id,
            )
            for key, failure in sorted(run.failures.items(), key=lambda item: -item[1].count)
        ],
        "slowest": [_sample(sample) for sample in run.slowest],
        "failed": [_sample(sample) for sample in run.failed],
        "how": HOW_COMPUTED,
    }


def _route(name: str, counts: RequestCounts, rate: float) -> dict[str, Any]:
    """Return one route's figures; `rate` is the throughput that one request stands for."""
    times = counts.times
    return {
        "name": name,
        "requests": times.count,
        "failed": counts.failed,
        "planted": counts.planted,
        "throughput": round(times.count * rate, 3),
        **_figures(times),
        "p99": times.quantile(0.99),
        "mean": times.mean,
        "max": times.longest if times.count else None,
        "percentiles": [
            [percentile, times.quantile(percentile / 100)]
            for percentile in PERCENTILES
            if times.count
        ],
    }


def _figures(times: Histogram) -> dict[str, float | None]:
    return {"p50": times.quantile(0.5), "p95": times.quantile(0.95)}


def _second(second: int, users: int, counts: RequestCounts | None) -> dict[str, Any]:
    """Return the figures of one second of the run, counted from its beginning."""
    counts = counts or RequestCounts()
    return {
        "second": second,
        "users": users,
        "requests": counts.times.count,
        "failed": counts.failed,
        **_figures(counts.times),
    }


def _levels(
    seconds: Mapping[int, RequestCounts], users: Mapping[int, int]
) -> Iterable[tuple[int, list[RequestCounts]]]:
    """Return the levels, fewest users first: each number of users with the seconds that count.

    The last second of a run was cut off and does not count.
    """
    levels: dict[int, list[RequestCounts]] = {}
    for number, group in groupby(sorted(users)[:-1], key=users.__getitem__):
        whole_seconds = list(group)
        for second in whole_seconds[1:] if len(whole_seconds) > 2 else whole_seconds:
            levels.setdefault(number, []).append(seconds.get(second, RequestCounts()))
    return sorted((number, counts) for number, counts in levels.items() if number)


def _level(users: int, seconds: list[RequestCounts]) -> dict[str, Any]:
    times = merged(counts.times for counts in seconds)
    return {
        "users": users,
        "seconds": len(seconds),
        "requests": times.count,
        "failed": sum(counts.failed for counts in seconds),
        "throughput": round(times.count / len(seconds), 3),
        **_figures(times),
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {**msgspec.to_builtins(sample), "start": str(sample.start)}
